/**
 * The list of a thousand batteries, of eight fields each, in a real InfluxDB: while one of them sends a few hundred readings a
 * second, and before; and in turns with the usual question for it, which is the first and the last value of every series.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { influxStore } from '../../lambdas/store/influxdb.ts';
import { influxManagement } from '../../lambdas/store/influxdb-management.ts';
import type { Point, Store } from '../../lambdas/store/store.ts';
import type { RunningInfluxd } from '../../scripts/influxd/run-influxd.ts';
import { type Figure, figure, quantile } from '../figure.ts';
import { inTurns } from '../in-turns.ts';
import { bareFlux } from './bare-flux.ts';
import { BATTERIES } from './filled.ts';

const BUCKET = 'fleet';
const READINGS_EACH = 10;
const READING_MS = 7 * 86_400_000;
const FIELDS = Array.from({ length: 8 }, (_, i) => `field${i}`);
const PER_SECOND = 300;
const TURN_MS = 10;
// More are not sent while as many are not answered.
const MAX_IN_FLIGHT = 50;
const WARMING_MS = 4_000;
const TURNS = 7;

type Ask = () => Promise<unknown>;

export async function benchFleet({ token, ...address }: RunningInfluxd): Promise<readonly Figure[]> {
  await influxManagement({ ...address, token }).createBucket(BUCKET);
  const store = influxStore({ ...address, bucket: BUCKET, token: async () => token, nowMs: Date.now });
  const own = async (): Promise<void> => {
    const { length } = await store.batteries();
    if (length !== BATTERIES) throw new Error(`the list of ${BATTERIES} batteries has ${length}`);
  };
  try {
    const nowMs = Date.now();
    for (let i = 0; i < READINGS_EACH; i++)
      await store.append(Array.from({ length: BATTERIES }, (_, k) => readingOf(k, nowMs - 1_000 - i * READING_MS)));
    const alone = await inTurns({ own: timed(own) }, TURNS);
    const busy = keepBusy(store);
    await wait(WARMING_MS);
    const besides = await inTurns({ own: timed(own), bare: timed(() => bareList({ ...address, token })) }, TURNS);
    const rate = await busy.end();
    const busyMs = median(besides.get('own'));
    const before = `ms before one of them sent ${Math.round(rate)} readings a second`;
    return [
      figure('queries/influxdb-batteries-1000-busy', busyMs, 'ms', median(alone.get('own')), before),
      figure(
        'queries/influxdb-batteries-1000-bare',
        busyMs,
        'ms',
        median(besides.get('bare')),
        'ms of first() and last(), just as busy',
      ),
    ];
  } finally {
    await store.close();
  }
}

function readingOf(battery: number, atMs: number, nanos = 0): Point {
  const fields = Object.fromEntries(FIELDS.map((name) => [name, atMs % 100]));
  return { measurement: 'battery', battery: `battery${battery}`, atMs, nanos, fingerprint: 0, fields };
}

const median = (times: readonly number[] = []): number => quantile(times, 0.5);

const timed = (ask: Ask) => async (): Promise<number> => {
  const startMs = performance.now();
  await ask();
  return performance.now() - startMs;
};

async function bareList(influxd: Parameters<typeof bareFlux>[0]): Promise<void> {
  const edgeOf = (edge: 'first' | 'last'): string =>
    `from(bucket: "${BUCKET}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "battery") |> ${edge}() |> keep(columns: ["battery", "_time"]) |> group() |> yield(name: "${edge}")`;
  const answer = await bareFlux(influxd, `${edgeOf('first')}\n${edgeOf('last')}`);
  const rows = answer.split('\n').filter((line) => line.includes(',battery')).length;
  if (rows < 2 * BATTERIES * FIELDS.length) throw new Error(`the bare list has ${rows} rows`);
}

/** One reading a request. `end` tells how many a second were stored. */
function keepBusy(store: Store): { readonly end: () => Promise<number> } {
  const startMs = performance.now();
  const inFlight = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  let sent = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startMs) / 1_000) * PER_SECOND;
    for (; sent < due && inFlight.size < MAX_IN_FLIGHT; sent++) {
      const stored = store
        .append([readingOf(BATTERIES / 2, Date.now(), sent)])
        .catch((error: unknown) => failures.push(error))
        .finally(() => inFlight.delete(stored));
      inFlight.add(stored);
    }
  }, TURN_MS);
  return {
    end: async () => {
      clearInterval(timer);
      await Promise.all(inFlight);
      if (failures.length > 0) throw failures[0];
      return (sent / (performance.now() - startMs)) * 1_000;
    },
  };
}
