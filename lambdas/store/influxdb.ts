/**
 * The store in an InfluxDB 2 (or another server with its write API, Flux and InfluxQL), by its official client. See
 * influxdb.md for what is asked in which language, and why.
 */
import { answerMemory } from './answer-memory.ts';
import { appendPoints } from './influxdb-append.ts';
import { batteries } from './influxdb-batteries.ts';
import { forOneCall, type InfluxConnection, type InfluxTimes, influxConnection } from './influxdb-connection.ts';
import { KNOWN_FOR_MS, latest, latestMemory, live } from './influxdb-latest.ts';
import { counts, nearest, newestTimes, points, steps } from './influxdb-read.ts';
import type { Store } from './store.ts';

export type InfluxSettings = {
  /** As in http://localhost:8086. */
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  /** The token; with the one that the server refused, it is fetched again. */
  readonly token: (refused?: string) => Promise<string>;
  readonly times?: Partial<InfluxTimes>;
  /** The wall clock: how old an answer is, and where to look for new points first. */
  readonly nowMs: () => number;
  /** For who counts what is there: every question goes to the database. Default: false. */
  readonly isExact?: boolean;
};

// The writer has 10 s: its own code decides, and not the platform's end of it.
const DEFAULT_TIMES: InfluxTimes = { writeTimeoutMs: 4_000, queryTimeoutMs: 8_000, appendBudgetMs: 8_000 };

// Of so many one question is the cheapest, and everybody who opens the page asks it.
const FEW_BATTERIES = 20;

/** For who only writes. */
export function influxAppend({ times, ...settings }: InfluxSettings): Store['append'] {
  const limits = { ...DEFAULT_TIMES, ...times };
  const connection = influxConnection({ ...settings, ...limits });
  return async (batch) => appendPoints(connection, limits, batch);
}

export function influxStore({ times, nowMs, isExact = false, ...settings }: InfluxSettings): Store {
  const limits = { ...DEFAULT_TIMES, ...times };
  const connection = influxConnection({ ...settings, ...limits });
  const memory = latestMemory(nowMs);
  const answers = answerMemory(nowMs);
  // Only how the next list is asked for depends on it, and not what it says.
  let lastCount = Number.POSITIVE_INFINITY;
  const question = <Query, Answer>(
    ask: (connection: InfluxConnection, query: Query) => Promise<Answer>,
    valuesIn: (answer: Answer) => number,
    freshMs?: number,
  ): ((query: Query) => Promise<Answer>) => {
    const asking = async (query: Query): Promise<Answer> => ask(forOneCall(connection), query);
    return isExact ? asking : answers.remembering(asking, valuesIn, freshMs);
  };
  return {
    append: async (batch) => {
      try {
        return await appendPoints(connection, limits, batch);
      } finally {
        memory.appends += 1;
        answers.forget();
      }
    },
    latest: question(
      (one, query: Parameters<Store['latest']>[0]) => latest(one, memory, query),
      (found) => found.size,
    ),
    live: question(
      (one, query: Parameters<Store['live']>[0]) => live(one, memory, query),
      (found) => found.latest.size + found.newestTimes.length,
    ),
    points: question(points, (found) => found.reduce((sum, { fields }) => sum + 2 + Object.keys(fields).length, 0)),
    steps: question(steps, (found) => 5 * [...found.values()].flat().length),
    nearest: question(
      (one, query: Parameters<Store['nearest']>[0]) => nearest(one, query, nowMs()),
      () => 2,
    ),
    newestTimes: question(
      (one, query: Parameters<Store['newestTimes']>[0]) => newestTimes(one, query, nowMs()),
      (found) => found.length,
      KNOWN_FOR_MS,
    ),
    counts: question(counts, (found) => found.size),
    // Not remembered: who audits a battery asks here how far its samples reach.
    batteries: async () => {
      const found = await batteries(forOneCall(connection), { nowMs: nowMs(), areFew: lastCount <= FEW_BATTERIES });
      lastCount = found.length;
      return found;
    },
    close: async () => {
      answers.forget();
      connection.close();
    },
  };
}
