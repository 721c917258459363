/**
 * A backup into an empty folder. Every byte of it is read and held against its checksums before the first one is written. From then on to
 * the end the folder says that it is not whole (half-restored.ts), and the same command begins again.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FOLDER_FORMAT, lockFolder } from '../data-folder.ts';
import { replacePrivateFile } from '../files/private-file.ts';
import { syncFolder, syncFolderNow } from '../files/sync-folder.ts';
import { backupFailed, codeOf, notWritten } from './backup-errors.ts';
import type { CheckedBackup } from './check-backup.ts';
import type { BackupEntry } from './container.ts';
import { FOLDER_FILE, markRestoring, restoringIn } from './half-restored.ts';
import { inspectFolder } from './inspect-folder.ts';
import { type Damage, type EntrySink, type ReadContainer, readContainer } from './read-container.ts';
import { unpackTo } from './unpack.ts';
import { databaseOf, isKept } from './what-goes-in.ts';

export type RestoreOptions = { readonly file: string; readonly folder: string; readonly signal: AbortSignal };

export type RestoredBackup =
  | CheckedBackup
  | Damage
  | { readonly ok: false; readonly kind: 'not-empty'; readonly names: readonly string[] };

export async function restoreBackup({ file, folder, signal }: RestoreOptions): Promise<RestoredBackup> {
  const foreign = foreignIn(folder);
  if (foreign.length > 0) return { ok: false, kind: 'not-empty', names: foreign };
  try {
    const read = await readContainer(file, { signal });
    return read.ok ? (unusable(read) ?? (await restoreInto(folder, file, read, signal))) : read;
  } catch (error) {
    const kept = restoringIn(folder) === undefined ? 'nothing was restored' : `${folder} is not whole and says so`;
    throw notWritten(folder, kept, error);
  }
}

/** What is in the folder and was not put there by a restore that was interrupted. */
function foreignIn(folder: string): readonly string[] {
  const isOwn = ownOf(folder);
  return namesIn(folder).filter((name) => isKept(name) && !isOwn(name));
}

/** What an interrupted restore has put there, with what SQLite made beside it when it was looked at. */
function ownOf(folder: string): (name: string) => boolean {
  const own = restoringIn(folder);
  return (name) => own !== undefined && [FOLDER_FILE, ...own.names].includes(databaseOf(name));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw backupFailed(`${folder} cannot be read as a folder (${codeOf(cause)}); name another with --data`, cause);
  }
}

/** A file that is whole, and not for this version or no data folder's. */
function unusable({ header, entries }: ReadContainer): Damage | undefined {
  const { folderFormat, version } = header;
  if (folderFormat > FOLDER_FORMAT) {
    const what = `holds a data folder of Amphora ${version} (format ${folderFormat}; this one knows formats up to ${FOLDER_FORMAT}); restore it with that`;
    return { ok: false, kind: 'newer', what };
  }
  const files = new Set(entries.map(({ path }) => path));
  const clash = entries.find(({ path }) => parentsOf(path).some((parent) => files.has(parent)) || !isKept(path));
  return clash === undefined
    ? undefined
    : { ok: false, kind: 'changed', what: `holds ${clash.path}, which no data folder keeps` };
}

const parentsOf = (path: string): readonly string[] =>
  path.split('/').flatMap((_, i, parts) => (i === 0 ? [] : [parts.slice(0, i).join('/')]));

async function restoreInto(
  folder: string,
  file: string,
  checked: ReadContainer,
  signal: AbortSignal,
): Promise<RestoredBackup> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  syncFolderNow(dirname(folder));
  const unlock = lockFolder(folder);
  try {
    const names = topNames(checked.entries);
    // Until its place is taken, the word that the folder is not whole stays.
    for (const name of namesIn(folder).filter(ownOf(folder)))
      if (name !== FOLDER_FILE) rmSync(join(folder, name), { recursive: true, force: true });
    markRestoring(folder, { from: file, names });
    const folderFile: Buffer[] = [];
    const read = await readContainer(file, {
      sinkOf: async (entry) =>
        entry.path === FOLDER_FILE ? collecting(folderFile) : unpackTo(folder, entry, { isDurable: true }),
      signal,
    });
    if (!read.ok) return read;
    for (const parent of foldersOf(read.entries)) await syncFolder(join(folder, parent));
    const contents = await inspectFolder(folder);
    if (contents.problems.length === 0) finish(folder, folderFile);
    return { ok: true, header: read.header, files: read.entries.length, bytes: read.bytes, contents };
  } finally {
    unlock();
  }
}

/** From here on the folder is a data folder like any other. */
function finish(folder: string, folderFile: readonly Buffer[]): void {
  if (folderFile.length > 0) return replacePrivateFile(join(folder, FOLDER_FILE), Buffer.concat(folderFile).toString());
  rmSync(join(folder, FOLDER_FILE));
  syncFolderNow(folder);
}

const collecting = (chunks: Buffer[]): EntrySink => ({
  write: async (chunk) => void chunks.push(chunk),
  close: async () => {},
});

const topNames = (entries: readonly BackupEntry[]): readonly string[] => [
  ...new Set(entries.map(({ path }) => path.split('/')[0] ?? path)),
];

/** Each folder that has an entry somewhere below it, the data folder itself included. */
const foldersOf = (entries: readonly BackupEntry[]): readonly string[] => [
  ...new Set(['', ...entries.flatMap(({ path }) => parentsOf(path))]),
];
