/** A copy of a SQLite database of one moment, while others write to it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

const MAGIC = Buffer.from('SQLite format 3\0');
const BUSY_TIMEOUT_MS = 5_000;
// Half a megabyte of the store's pages, after each of which it may be stopped.
const PAGES_AT_ONCE = 250;

export function isSqlite(path: string): boolean {
  const descriptor = openSync(path, 'r');
  try {
    const begin = Buffer.alloc(MAGIC.length);
    return readSync(descriptor, begin) === begin.length && begin.equals(MAGIC);
  } finally {
    closeSync(descriptor);
  }
}

/** `to` must not be there yet. */
export async function copySqlite(from: string, to: string, signal: AbortSignal): Promise<void> {
  const source = existing(from);
  try {
    // SQLite begins a copy again whenever another connection has written: of 75 MB, under 1 000 rows a second, it made no
    // end in 25 s. A transaction that reads holds the moment, and the copy took 0.3 s. In the write-ahead log it blocks no
    // writer; the log grows for as long, and the journal is trimmed when the copy is done.
    source.exec('BEGIN');
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
    // Made here, so that it is nobody else's to read from its first moment on.
    closeSync(openSync(to, 'wx', 0o600));
    await backup(source, to, { rate: PAGES_AT_ONCE, progress: () => signal.throwIfAborted() });
  } finally {
    source.close();
  }
}

/** SQLite's own words on what is wrong with a file; none: nothing is. */
export function faultsOf(file: string): readonly string[] {
  const database = existing(file);
  try {
    const rows = database.prepare('PRAGMA integrity_check(3)').all();
    return rows.map((row) => String(row['integrity_check'])).filter((words) => words !== 'ok');
  } finally {
    database.close();
  }
}

/** Never makes one: an empty database where one was just removed would be worse than none. */
function existing(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set('mode', 'rw');
  return new DatabaseSync(url, { timeout: BUSY_TIMEOUT_MS });
}
