/** One connection to the store's file: opened at the first call, checked at every call. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { storeError, unavailable } from './sqlite-errors.ts';
import { prepareSchema } from './sqlite-schema.ts';
import { prepareStatements, type Statements } from './sqlite-statements.ts';

/** The statements, and the ids already looked up. Ids never change and are never given again. */
export type Session = {
  readonly sql: Statements;
  readonly seriesIds: Map<string, number>;
  readonly fieldIds: Map<string, number>;
  readonly fieldNames: Map<number, string>;
};

export type Connection = {
  /** Runs `work` outside of any transaction. What SQLite says comes out as an AmphoraError, and nothing is half done. */
  readonly use: <T>(work: (session: Session) => T) => T;
  readonly close: () => void;
};

export type FileOptions = {
  /** Path of the database, or ':memory:'. */
  readonly file: string;
  /** Make the file when it is not there (default: no, so that a wrong path is not taken for an empty store). */
  readonly createIfMissing?: boolean;
  /** How long to wait for another connection that writes. */
  readonly busyTimeoutMs?: number;
  /** Sync the log at every commit (default: at checkpoints, which a journal waits for). */
  readonly isDurable?: boolean;
};

type Opened = { readonly db: DatabaseSync; readonly session: Session; readonly identity: string };

const BUSY_TIMEOUT_MS = 5_000;
const IN_MEMORY = ':memory:';
// 8 MB of pages, twice SQLite's default, for each checkpoint waits for the disk.
const CHECKPOINT_PAGES = 4_000;
// The log's file keeps its largest size for ever unless told otherwise.
const WAL_KEPT_BYTES = 64 * 1024 * 1024;

export function sqliteConnection(options: FileOptions): Connection {
  const { file } = options;
  let opened: Opened | undefined;
  let isClosed = false;

  const use = <T>(work: (session: Session) => T): T => {
    if (isClosed) throw unavailable(`the store of ${file} was closed; open it again`);
    try {
      opened ??= open(options);
      // SQLite goes on writing into a file that was removed, and what it acknowledges there is gone with the process.
      if (identityOf(file) !== opened.identity) {
        throw unavailable(
          `the database ${file} was removed or replaced while in use; put it back, or start Amphora again`,
        );
      }
      return work(opened.session);
    } catch (error) {
      if (opened?.db.isTransaction === true) rollBack(opened);
      throw storeError(error, file);
    }
  };

  const close = (): void => {
    isClosed = true;
    opened?.db.close();
    opened = undefined;
  };

  // Whoever makes the file does so at once, so that the others find it.
  if (options.createIfMissing === true) use(() => undefined);
  return { use, close };
}

function open({
  file,
  createIfMissing = false,
  busyTimeoutMs = BUSY_TIMEOUT_MS,
  isDurable = false,
}: FileOptions): Opened {
  const create = createIfMissing || file === IN_MEMORY;
  if (!create && identityOf(file) === undefined) {
    throw unavailable(`there is no database ${file}; start Amphora once to make it, or name the right file`);
  }
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    prepareSchema(db, { file, create, busyTimeoutMs });
    db.exec(
      `PRAGMA synchronous = ${isDurable ? 'FULL' : 'NORMAL'}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${WAL_KEPT_BYTES}`,
    );
    const session = { sql: prepareStatements(db), seriesIds: new Map(), fieldIds: new Map(), fieldNames: new Map() };
    return { db, session, identity: identityOf(file) ?? '' };
  } catch (error) {
    db.close();
    throw error;
  }
}

function rollBack({ db, session }: Opened): void {
  db.exec('ROLLBACK');
  // The ids given in it are given no more.
  session.seriesIds.clear();
  session.fieldIds.clear();
  session.fieldNames.clear();
}

/** Which file stands at the path; undefined when none does. */
function identityOf(file: string): string | undefined {
  if (file === IN_MEMORY) return IN_MEMORY;
  const status = statSync(file, { throwIfNoEntry: false });
  return status === undefined ? undefined : `${status.dev}:${status.ino}`;
}
