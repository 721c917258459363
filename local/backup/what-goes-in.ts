/**
 * What of a data folder goes into a backup, and in which order: all of it but what is named here, so that a new kind of file
 * is in without anybody thinking of it.
 *
 * The order is what makes a backup of a running Amphora whole. A message that was acknowledged is in the journal, and moves
 * down this list only: it stands in the next place, synced, before it leaves the one above (local/delivery.ts releases a
 * record when its functions are done with it and a checkpoint covers them, or a queue has it; what a retry, a redrive or a
 * replay sends again is stored, or in quarantine, before it is removed where it waited). Each place is copied after those above it. So take a message that was
 * acknowledged before the instant, which is read from the clock before the first byte. When its place of that moment is
 * copied it is still there, and is in the file; or it has moved down, to a place that is copied later, where the same holds.
 * The last place, the database, it does not leave, and that copy is of one moment (copy-sqlite.ts). The other way round, the
 * database first, a message that is stored between the two copies and then leaves the journal would be in neither. What is
 * in two places counts once, as after any crash: a repeat changes nothing. Notes of schedules are copied with the journal that
 * they lie in: one that is older than its message costs a try too many, and one that says it was handed over was written when
 * the place below had it.
 */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Of one run, or of one moment. By the path below the data folder. */
const NOT_KEPT = [
  // Who runs now, and who holds the folder.
  /^run\.json$/,
  /^lock\.sqlite/,
  // Locks of single files, and files that were not renamed yet.
  /\.lock(-journal|-wal|-shm)?$/,
  /\.new$/,
] as const;

/** Messages move from the top to the bottom. `undefined`: everything that has no place of its own here. */
const PLACES = ['journal', undefined, 'queues.sqlite', 'quarantine', 'store.sqlite'] as const;

// SQLite's own, and already in the copy of their database.
const COMPANION = /-(journal|wal|shm)$/;

/** The database's own name, of a file that SQLite keeps beside it; else the name itself. */
export const databaseOf = (name: string): string => name.replace(COMPANION, '');

export const isKept = (path: string): boolean => !NOT_KEPT.some((pattern) => pattern.test(path));

/** One path below the folder after the other, each place listed when those above it are done with. */
export function* pathsIn(folder: string, isDatabase: (path: string) => boolean): Generator<string, undefined> {
  for (const place of PLACES) {
    const names = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => placeOf(name) === place);
    yield* filesOf(folder, '', names, isDatabase);
  }
}

// The database's companions go with it.
function placeOf(name: string): (typeof PLACES)[number] {
  return PLACES.find((place) => place === name || place === databaseOf(name));
}

function* filesOf(
  folder: string,
  below: string,
  entries: readonly Dirent[],
  isDatabase: (path: string) => boolean,
): Generator<string, undefined> {
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below + entry.name;
    if (!isKept(path) || isCompanion(path, isDatabase)) continue;
    const kind = kindOf(join(folder, path), entry);
    if (kind === 'file') yield path;
    if (kind === 'folder') yield* filesOf(folder, `${path}/`, entriesOf(join(folder, path)), isDatabase);
  }
}

/** One that is gone meanwhile was empty, or what was in it has moved down. */
function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

const isCompanion = (path: string, isDatabase: (path: string) => boolean): boolean =>
  COMPANION.test(path) && isDatabase(databaseOf(path));

/** A link counts as what it leads to, for a journal may be on another disk. Sockets and the like are of one run. */
function kindOf(path: string, entry: Dirent): 'file' | 'folder' | undefined {
  const stats = entry.isSymbolicLink() ? statSync(path) : entry;
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : undefined;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
