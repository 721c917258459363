/**
 * The data folder: one process at a time, and a format number from the first day.
 * `folder.json` says the format and who wrote it, `run.json` who runs now, `lock.sqlite` holds the lock.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../lambdas/aws/log.ts';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import { FOLDER_FILE, halfRestoredSentence, restoringOf } from './backup/half-restored.ts';
import { fileLock } from './files/file-lock.ts';
import { replacePrivateFile } from './files/private-file.ts';
import { syncFolderNow } from './files/sync-folder.ts';
import type { InfluxPlace, StoreChoice } from './store-choice.ts';

/** Raised by one whenever an older program could not read the folder any more. */
export const FOLDER_FORMAT = 1;

const OWN_FILE =
  /^(journal|quarantine|kept\.ndjson.*|folder\.json|(store|queues|lock|devices|sign-in)\.sqlite(-wal|-shm)?|users\.json.*|device-ca\.(key|cert)\.pem|access-token|broker-password|machine-client-secret)$/;

const OWN_FOLDERS = ['journal', 'quarantine'];

export type RunInfo = {
  readonly pid: number;
  readonly port: number;
  readonly mqttPort: number;
  readonly iotPort: number;
  /** Without it the port takes nothing: who may read this file may act for the functions. */
  readonly iotAccessKeyId: string;
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
  /** `Type.Property` of what the template names and nothing does here. */
  readonly notEmulated?: readonly string[];
};

export type FolderInfo = { readonly format: number; readonly version: string; readonly demoRemoved?: boolean };

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
  let info = readFolderInfo(path, version);
  closeToOthers(path);
  const unlock = lockFolder(path);
  // What a killed run left says nothing of this one.
  rmSync(file('run.json'), { force: true });
  const write = (next: FolderInfo): void => {
    info = next;
    writeWhole(file(FOLDER_FILE), info);
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
    const code = codeOf(cause);
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? ': a file is in the way' : '';
    throw refused(`the data folder ${path} cannot be made${why} (${code}); name another with --data`, cause);
  }
}

// In a folder that was there before, older versions let everybody of this machine read.
function closeToOthers(path: string): void {
  for (const name of readdirSync(path).filter((one) => OWN_FILE.test(one))) {
    try {
      chmodSync(join(path, name), OWN_FOLDERS.includes(name) ? 0o700 : 0o600);
    } catch {
      // Another user's, who decides himself; or gone since the list was made.
    }
  }
}

/** Throws when this version must not touch the folder. One without a folder.json is taken for one of this version. */
export function readFolderInfo(folder: string, version: string): FolderInfo {
  const path = join(folder, FOLDER_FILE);
  if (!existsSync(path)) return { format: FOLDER_FORMAT, version };
  const info = parseInfo(readFileSync(path, 'utf8'), folder);
  if (info.format <= FOLDER_FORMAT) return info;
  throw refused(
    `the data folder was written by Amphora ${info.version} (format ${info.format}); this is ${version}, which knows formats up to ${FOLDER_FORMAT}. Nothing was changed; start ${info.version} or newer, or name another folder with --data`,
  );
}

function parseInfo(text: string, folder: string): FolderInfo {
  try {
    const info: FolderInfo = JSON.parse(text);
    const restoring = restoringOf(info);
    if (restoring !== undefined) throw refused(halfRestoredSentence(folder, restoring));
    if (Number.isInteger(info.format)) return info;
  } catch (error) {
    if (error instanceof AmphoraError) throw error;
    // Told below, as is a file that is JSON but has no format.
  }
  throw refused(
    `${join(folder, FOLDER_FILE)} is not readable as JSON with a format number; nothing was changed. Restore it, or name another folder with --data`,
  );
}

/** Gives what frees it again. Throws while another process has the folder. */
export function lockFolder(path: string): () => void {
  const unlock = lockOf(path, join(path, 'lock.sqlite'));
  if (unlock !== undefined) return unlock;
  const runFile = join(path, 'run.json');
  const run = existsSync(runFile) ? readFileSync(runFile, 'utf8') : '{}';
  const { pid, port } = runOf(run);
  const who = pid === undefined ? 'another Amphora' : `Amphora with process id ${pid} on port ${port}`;
  throw refused(`the data folder ${path} is in use by ${who}; stop that one, or name another folder with --data`);
}

function lockOf(path: string, lockFile: string): (() => void) | undefined {
  try {
    return fileLock(lockFile);
  } catch (cause) {
    throw refused(
      `the data folder ${path} cannot be locked (${messageOf(cause)}); mend that, or name another with --data`,
      cause,
    );
  }
}

function runOf(text: string): Partial<RunInfo> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function writeWhole(path: string, content: unknown): void {
  replacePrivateFile(path, `${JSON.stringify(content)}\n`);
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
