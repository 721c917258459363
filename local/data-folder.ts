/**
 * The data folder: one process at a time, and a format number from the first day.
 * `folder.json` says the format and who wrote it, `run.json` who runs now, `lock.sqlite` holds the lock.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../lambdas/aws/log.ts';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import type { InfluxPlace, StoreChoice } from './store-choice.ts';
import { syncFolderNow } from './sync-folder.ts';

/** Raised by one whenever an older program could not read the folder any more. */
export const FOLDER_FORMAT = 1;

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

export type RunInfo = {
  readonly pid: number;
  readonly port: number;
  readonly mqttPort: number;
  readonly iotPort: number;
  readonly version: string;
  /** First level of every topic. */
  readonly topicRoot: string;
  readonly store: StoreChoice['kind'];
  /** Where the database is, when it is not in the folder. */
  readonly influx?: InfluxPlace;
  /** Where devices with certificates connect; then nobody publishes without one. */
  readonly mqttsPort?: number;
  /** HTTP wants the token of the file access-token. */
  readonly accessToken?: true;
  /** Where one signs in, when one has to. */
  readonly signInUrl?: string;
};

type FolderInfo = { readonly format: number; readonly version: string; readonly demoRemoved?: boolean };

export type DataFolder = {
  readonly path: string;
  readonly file: (name: string) => string;
  /** Whether the owner removed the simulated battery. */
  readonly demoRemoved: () => boolean;
  readonly rememberDemoRemoved: () => void;
  readonly writeRun: (run: RunInfo) => void;
  readonly sizeBytes: () => number;
  readonly release: () => void;
};

export function openDataFolder(path: string, version: string): DataFolder {
  const file = (name: string): string => join(path, name);
  makeFolder(path);
  let info = readInfo(file('folder.json'), version);
  const unlock = lock(path, file);
  // What a killed run left says nothing of this one.
  rmSync(file('run.json'), { force: true });
  const write = (next: FolderInfo): void => {
    info = next;
    writeWhole(file('folder.json'), info);
  };
  write({ ...info, format: FOLDER_FORMAT, version });
  return {
    path,
    file,
    demoRemoved: () => info.demoRemoved === true,
    rememberDemoRemoved: () => write({ ...info, demoRemoved: true }),
    writeRun: (run) => writeWhole(file('run.json'), run),
    sizeBytes: () => folderBytes(path),
    release: () => {
      rmSync(file('run.json'), { force: true });
      unlock();
    },
  };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    syncFolderNow(dirname(path));
  } catch (cause) {
    throw refused(`the data folder ${path} cannot be made (${codeOf(cause)}); name another with --data`, cause);
  }
}

function readInfo(path: string, version: string): FolderInfo {
  if (!existsSync(path)) return { format: FOLDER_FORMAT, version };
  const info = parseInfo(readFileSync(path, 'utf8'), path);
  if (info.format <= FOLDER_FORMAT) return info;
  throw refused(
    `the data folder was written by Amphora ${info.version} (format ${info.format}); this is ${version}, which knows formats up to ${FOLDER_FORMAT}. Nothing was changed; start ${info.version} or newer, or name another folder with --data`,
  );
}

function parseInfo(text: string, path: string): FolderInfo {
  try {
    const info: FolderInfo = JSON.parse(text);
    if (Number.isInteger(info.format)) return info;
  } catch {
    // Told below, as is a file that is JSON but has no format.
  }
  throw refused(
    `${path} is not readable as JSON with a format number; nothing was changed. Restore it, or name another folder with --data`,
  );
}

// A lock of the operating system on a file of its own: it ends with the process, however that ends.
function lock(path: string, file: DataFolder['file']): () => void {
  try {
    const database = new DatabaseSync(file('lock.sqlite'), { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (cause) {
    if (!isBusy(cause)) {
      throw refused(
        `the data folder ${path} cannot be locked (${messageOf(cause)}); mend that, or name another with --data`,
        cause,
      );
    }
    const run = existsSync(file('run.json')) ? readFileSync(file('run.json'), 'utf8') : '{}';
    const { pid, port } = runOf(run);
    const who = pid === undefined ? 'another Amphora' : `Amphora with process id ${pid} on port ${port}`;
    throw refused(
      `the data folder ${path} is in use by ${who}; stop that one, or name another folder with --data`,
      cause,
    );
  }
}

function isBusy(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : 0;
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

function runOf(text: string): Partial<RunInfo> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// Written beside and renamed, so that a crash leaves the old file or the new one.
function writeWhole(path: string, content: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function folderBytes(path: string): number {
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries.reduce((sum, entry) => {
    const stats = entry.isFile() ? statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false }) : undefined;
    return sum + (stats?.size ?? 0);
  }, 0);
}

function refused(message: string, cause?: unknown): AmphoraError {
  return new AmphoraError('folder-refused', message, { retry: false, cause });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}
