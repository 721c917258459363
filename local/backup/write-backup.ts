/** One file with all that a data folder keeps, made while Amphora runs on it or not. */
import { lstatSync, realpathSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { readFolderInfo } from '../data-folder.ts';
import type { InfluxPlace } from '../store-choice.ts';
import { backupFailed, codeOf, notRead, notWritten } from './backup-errors.ts';
import { type CheckedBackup, checkBackup } from './check-backup.ts';
import { type BackupWriter, backupWriter } from './container.ts';
import { copySqlite, isSqlite } from './copy-sqlite.ts';
import { type NewFile, newFile } from './new-file.ts';
import { pathsIn } from './what-goes-in.ts';

export type BackupOptions = {
  readonly folder: string;
  readonly file: string;
  /** Whether it may take the place of a file that is there. */
  readonly isReplacing: boolean;
  /** Where the readings are, when they are not in the folder. */
  readonly influx: InfluxPlace | undefined;
  readonly version: string;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
};

export type WrittenBackup =
  | CheckedBackup
  | { readonly ok: false; readonly reason: 'taken' }
  /** The folder itself is damaged; no file was left. */
  | { readonly ok: false; readonly reason: 'damaged'; readonly problems: readonly string[] };

const CHUNK_BYTES = 1024 * 1024;
const NOTHING_LEFT = 'no file was left';

export async function writeBackup(options: BackupOptions): Promise<WrittenBackup> {
  const { folder, file, isReplacing, version, signal } = options;
  const { format: folderFormat } = readFolderInfo(realFolder(folder), version);
  ensureOutside(folder, file);
  try {
    const made = await newFile(file, {
      isReplacing,
      fill: async (fresh) => {
        await write(options, folderFormat, fresh);
        // Read back before it has its name: what cannot be restored must not take the place of what can.
        const filled = await checkBackup(fresh.path, { scratch: fresh.scratch, signal });
        if (!filled.ok) throw backupFailed(`${file} cannot be read back: it ${filled.what}; check the disk`);
        return { isWanted: filled.contents.problems.length === 0, filled };
      },
    });
    if (made.kind === 'taken') return { ok: false, reason: 'taken' };
    const { problems } = made.filled.contents;
    return problems.length === 0 ? made.filled : { ok: false, reason: 'damaged', problems };
  } catch (error) {
    throw notWritten(file, NOTHING_LEFT, error);
  }
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (cause) {
    throw backupFailed(
      codeOf(cause) === 'ENOENT'
        ? `there is no data folder ${folder}; name the one to back up with --data`
        : `the data folder ${folder} cannot be read (${codeOf(cause)}); mend that, or name another with --data`,
      cause,
    );
  }
}

/** In the folder, the next backup would have this one in it. */
function ensureOutside(folder: string, file: string): void {
  let beside: string;
  try {
    beside = realpathSync(dirname(file));
  } catch (cause) {
    throw backupFailed(`${file} cannot be written: there is no folder ${dirname(file)}; make it first`, cause);
  }
  if (`${beside}${sep}`.startsWith(`${realFolder(folder)}${sep}`))
    throw backupFailed(`${file} is in the data folder itself; name a file elsewhere, on another disk if there is one`);
}

async function write(
  options: BackupOptions,
  folderFormat: number,
  { write: put, sync, scratch }: NewFile,
): Promise<void> {
  const { folder, influx, version, nowMs, signal } = options;
  // Before the first byte is copied: what-goes-in.ts says why everything that was acknowledged by now is in.
  const header = { version, instantMs: nowMs(), folderFormat, ...(influx === undefined ? {} : { influx }) };
  const writer = await backupWriter(put, header);
  let isEmpty = true;
  for (const path of readingOf(folder, () => pathsIn(folder, (name) => isDatabase(join(folder, name))))) {
    signal.throwIfAborted();
    await addFile(writer, join(folder, path), path, { scratch, signal });
    isEmpty = false;
  }
  if (isEmpty) throw backupFailed(`the data folder ${folder} holds nothing yet; name the right one with --data`);
  await writer.finish();
  await sync();
}

/** An error of the listing names the folder. */
function* readingOf(folder: string, paths: () => Iterable<string>): Generator<string, undefined> {
  try {
    yield* paths();
  } catch (error) {
    throw notRead(pathOf(error) ?? folder, error);
  }
}

type Means = { readonly scratch: string; readonly signal: AbortSignal };

async function addFile(writer: BackupWriter, source: string, path: string, { scratch, signal }: Means): Promise<void> {
  const copy = join(scratch, basename(path));
  const isCopied = await unlessGone(source, async () => {
    if (!isSqlite(source)) return false;
    await copySqlite(source, copy, signal);
    return true;
  });
  if (isCopied === undefined) return;
  const handle = await unlessGone(source, () => open(isCopied ? copy : source, 'r'));
  if (handle === undefined) return;
  try {
    const { size: bytes } = await handle.stat();
    await writer.add({ path, bytes }, bytesOf(handle, { bytes, source, signal }));
  } finally {
    await handle.close();
    rmSync(copy, { force: true });
  }
}

/** Undefined: the file is gone since it was listed, for what was in it has moved on. */
async function unlessGone<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    throw notRead(path, error);
  }
}

/** As many as there were when it was opened: what is appended meanwhile is of later than the instant. */
async function* bytesOf(
  handle: FileHandle,
  { bytes, source, signal }: { readonly bytes: number; readonly source: string; readonly signal: AbortSignal },
): AsyncGenerator<Buffer, undefined> {
  for (let left = bytes; left > 0; ) {
    signal.throwIfAborted();
    const chunk = await chunkOf(handle, Math.min(left, CHUNK_BYTES), source);
    left -= chunk.length;
    yield chunk;
  }
}

async function chunkOf(handle: FileHandle, bytes: number, source: string): Promise<Buffer> {
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(bytes), 0, bytes);
    if (bytesRead > 0) return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw notRead(source, error);
  }
  throw backupFailed(`${source} became shorter while it was copied; ${NOTHING_LEFT}. Type the same again`);
}

function isDatabase(path: string): boolean {
  try {
    return isSqlite(path);
  } catch {
    // Gone: what is named after it is a file like any other.
    return false;
  }
}

function pathOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'path' in error ? String(error.path) : undefined;
}
