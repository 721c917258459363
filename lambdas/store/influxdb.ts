/**
 * The store in an InfluxDB 2 (or another server with its write API, Flux and InfluxQL), by its official client. See
 * influxdb.md for what is asked in which language, and why.
 */
import { appendPoints } from './influxdb-append.ts';
import { type InfluxTimes, influxConnection } from './influxdb-connection.ts';
import { fieldMemory } from './influxdb-fields.ts';
import { latest } from './influxdb-latest.ts';
import { batteries, nearest, newestTimes, points, steps } from './influxdb-read.ts';
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

export function influxStore({ times, ...settings }: InfluxSettings): Store {
  const limits = { ...DEFAULT_TIMES, ...times };
  const connection = influxConnection({ ...settings, ...limits });
  const fields = fieldMemory(connection);
  return {
    append: async (batch) => {
      fields.forget(batch);
      return appendPoints(connection, limits, batch);
    },
    latest: (query) => latest(connection, fields, query),
    points: (query) => points(connection, query),
    steps: (query) => steps(connection, query),
    nearest: (query) => nearest(connection, query),
    newestTimes: (query) => newestTimes(connection, query),
    batteries: () => batteries(connection),
    close: async () => connection.close(),
  };
}
