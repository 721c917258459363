/**
 * The store in an InfluxDB 2 (or another server with its write API, Flux and InfluxQL), by its official client. See
 * influxdb.md for what is asked in which language, and why.
 */
import { appendPoints } from './influxdb-append.ts';
import { forOneCall, type InfluxConnection, type InfluxTimes, influxConnection } from './influxdb-connection.ts';
import { latest, latestMemory } from './influxdb-latest.ts';
import { batteries, counts, nearest, newestTimes, points, steps } from './influxdb-read.ts';
import type { Store } from './store.ts';

export type InfluxSettings = {
  /** As in http://localhost:8086. */
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  /** The token; with the one that the server refused, it is fetched again. */
  readonly token: (refused?: string) => Promise<string>;
  readonly times?: Partial<InfluxTimes>;
};

// The writer has 10 s: its own code decides, and not the platform's end of it.
const DEFAULT_TIMES: InfluxTimes = { writeTimeoutMs: 4_000, queryTimeoutMs: 8_000, appendBudgetMs: 8_000 };

/** For who only writes. */
export function influxAppend({ times, ...settings }: InfluxSettings): Store['append'] {
  const limits = { ...DEFAULT_TIMES, ...times };
  const connection = influxConnection({ ...settings, ...limits });
  return async (batch) => appendPoints(connection, limits, batch);
}

export function influxStore({ times, ...settings }: InfluxSettings): Store {
  const limits = { ...DEFAULT_TIMES, ...times };
  const connection = influxConnection({ ...settings, ...limits });
  const memory = latestMemory();
  const question =
    <Query, Answer>(ask: (connection: InfluxConnection, query: Query) => Promise<Answer>) =>
    async (query: Query): Promise<Answer> =>
      ask(forOneCall(connection), query);
  return {
    append: async (batch) => {
      try {
        return await appendPoints(connection, limits, batch);
      } finally {
        memory.appends += 1;
      }
    },
    latest: question((one, query) => latest(one, memory, query)),
    points: question(points),
    steps: question(steps),
    nearest: question(nearest),
    newestTimes: question(newestTimes),
    counts: question(counts),
    batteries: () => batteries(forOneCall(connection)),
    close: async () => connection.close(),
  };
}
