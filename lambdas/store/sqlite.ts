/**
 * The store in one SQLite file, by `node:sqlite`: no server, no dependency. Many processes and threads may have it open;
 * SQLite lets one write at a time, and the others wait.
 */
import { DEMO_BATTERY } from '../batteries/battery.ts';
import { appendPoints } from './sqlite-append.ts';
import { type Connection, type FileOptions, type Session, sqliteConnection } from './sqlite-connection.ts';
import { batteries, counts, latest, live, nearest, newestTimes, points, steps } from './sqlite-read.ts';
import { numberIn } from './sqlite-statements.ts';
import type { Store } from './store.ts';

/** What the file holds. The times are those of real batteries; the simulated one is left out. */
export type Figures = {
  readonly points: number;
  /** Of real batteries. */
  readonly stored: number;
  readonly collided: number;
  readonly firstAtMs?: number;
  readonly lastAtMs?: number;
};

export type SqliteStore = Store & {
  /** Removes what a battery has stored up to now, in turns that leave room for other writers. */
  readonly remove: (battery: string) => Promise<void>;
  readonly figures: () => Promise<Figures>;
  /**
   * Copies the write-ahead log into the database file and syncs it. `complete` means that everything that was committed
   * before the call now survives a loss of power.
   */
  readonly checkpoint: () => { readonly complete: boolean };
};

export function sqliteStore(options: FileOptions): SqliteStore {
  const connection = sqliteConnection(options);
  // Async, so that an error is a rejection and never a throw.
  const answering =
    <Query, Answer>(read: (session: Session, query: Query) => Answer) =>
    async (query: Query) =>
      connection.use((session) => read(session, query));
  return {
    append: answering(appendPoints),
    latest: answering(latest),
    live: answering(live),
    points: answering(points),
    steps: answering(steps),
    nearest: answering(nearest),
    newestTimes: answering(newestTimes),
    counts: answering(counts),
    batteries: async () => connection.use(batteries),
    remove: (battery) => remove(connection, battery),
    figures: async () => connection.use(figures),
    checkpoint: () => connection.use(checkpoint),
    close: async () => connection.close(),
  };
}

function figures({ sql }: Session): Figures {
  const row = sql.figures.get(DEMO_BATTERY);
  return {
    points: numberIn(row, 'points'),
    stored: numberIn(row, 'stored'),
    collided: numberIn(row, 'collided'),
    ...(row?.['first_ms'] == null ? {} : { firstAtMs: numberIn(row, 'first_ms') }),
    ...(row?.['last_ms'] == null ? {} : { lastAtMs: numberIn(row, 'last_ms') }),
  };
}

function checkpoint({ sql }: Session): { readonly complete: boolean } {
  const row = sql.checkpoint.get();
  return { complete: numberIn(row, 'busy') === 0 && numberIn(row, 'log') === numberIn(row, 'checkpointed') };
}

async function remove(connection: Connection, battery: string): Promise<void> {
  const found = connection.use(({ sql }) => sql.seriesOf.all(battery));
  for (const row of found) {
    const [series, lastMs] = [numberIn(row, 'id'), numberIn(row, 'ms')];
    while (connection.use((session) => removeOldest(session, series, lastMs))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

// Measured: about 20 ms, in which no other connection can write.
const ROWS_AT_ONCE = 10_000;

/** Whether there is more to remove, up to and with `lastMs`. The series itself stays, for others know its id. */
function removeOldest({ sql }: Session, series: number, lastMs: number): boolean {
  sql.beginWrite.run();
  const next = sql.nthTime.get(series, lastMs, ROWS_AT_ONCE);
  // At least the oldest millisecond goes, however many rows it has.
  const cutMs = next === undefined ? lastMs + 1 : numberIn(next, 'ms') + 1;
  const samples = Number(sql.removeSamples.run(series, cutMs).changes);
  sql.removeValues.run(series, cutMs);
  sql.removeNewest.run(series, cutMs);
  sql.uncountSamples.run(series, samples);
  sql.commit.run();
  return next !== undefined;
}
