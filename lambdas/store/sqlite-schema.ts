/** The tables of the SQLite store, and whether a file holds them. */
import type { DatabaseSync } from 'node:sqlite';
import { AmphoraError } from '../failures/amphora-error.ts';
import { isBusy, unavailable } from './sqlite-errors.ts';

/** `PRAGMA user_version` of the tables below. */
export const SCHEMA_VERSION = 1;

// A commit writes whole pages: of 2 kB for 21 000 single readings a second, of SQLite's own 4 kB for 16 000 (measured).
const PAGE_BYTES = 2048;

// `series` and `field` only give numbers to names, and those numbers never change.
// `value` is the store. Its row with field 0 is the sample itself and holds the fingerprint, so that a repeat is told
// from a collision, and distinct sample times need no look at the fields. Values are ANY, for an affinity would turn the
// text '12' into a number.
// `newest` is kept in the same transaction and spares `latest` every look back. Its row with field 0 is about the samples
// of the series: the first and the newest time, and as value how many. In a table of its own it would be one more page a
// commit. Of a field nobody asks for the first time: it is 0, or in rows of older versions a time that is not kept up.
const TABLES = `
  CREATE TABLE series (
    id INTEGER PRIMARY KEY, battery TEXT NOT NULL, measurement TEXT NOT NULL, UNIQUE (battery, measurement)
  ) STRICT;
  CREATE TABLE field (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE value (
    series INTEGER NOT NULL, ms INTEGER NOT NULL, nanos INTEGER NOT NULL, field INTEGER NOT NULL, value ANY NOT NULL,
    PRIMARY KEY (series, ms, nanos, field)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE newest (
    series INTEGER NOT NULL, field INTEGER NOT NULL, first_ms INTEGER NOT NULL,
    ms INTEGER NOT NULL, nanos INTEGER NOT NULL, value ANY NOT NULL,
    PRIMARY KEY (series, field)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE counter (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

type SchemaOptions = { readonly file: string; readonly create: boolean; readonly busyTimeoutMs: number };

/** Makes an empty file a store; refuses, and leaves as it is, a file of another program or of a newer Amphora. */
export function prepareSchema(db: DatabaseSync, { file, create, busyTimeoutMs }: SchemaOptions): void {
  const isReady = inTransaction(db, 'BEGIN', () => holdsTables(db, file));
  if (!isReady && !create) throw unavailable(`the database ${file} has no tables yet; start Amphora once to make them`);
  if (!isReady) db.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
  useWriteAheadLog(db, busyTimeoutMs);
  if (isReady) return;
  inTransaction(db, 'BEGIN IMMEDIATE', () => {
    // Another process may have made them while this one waited for its turn.
    if (!holdsTables(db, file)) db.exec(`${TABLES} PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

function holdsTables(db: DatabaseSync, file: string): boolean {
  const version = count(db, 'SELECT user_version AS n FROM pragma_user_version');
  if (version === SCHEMA_VERSION) return true;
  if (version > SCHEMA_VERSION) {
    throw refused(
      `the database ${file} has format ${version}, and this Amphora knows ${SCHEMA_VERSION}; use a newer Amphora`,
    );
  }
  if (version < 0 || count(db, 'SELECT count(*) AS n FROM sqlite_schema') > 0) {
    throw refused(`the database ${file} holds another program's tables; name another file`);
  }
  return false;
}

// SQLite does not wait for a second connection that makes this switch at the same moment, but answers busy at once
// (4 of 90 opens in a race of six processes). So the waiting is done here.
function useWriteAheadLog(db: DatabaseSync, busyTimeoutMs: number): void {
  const WAIT_MS = 10;
  for (let waitedMs = 0; ; waitedMs += WAIT_MS) {
    try {
      db.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || waitedMs >= busyTimeoutMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}

function inTransaction<T>(db: DatabaseSync, begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T {
  db.exec(begin);
  const result = work();
  db.exec('COMMIT');
  return result;
}

function count(db: DatabaseSync, sql: string): number {
  return Number(db.prepare(sql).get()?.['n']);
}

const refused = (message: string): AmphoraError => new AmphoraError('folder-refused', message, { retry: false });
