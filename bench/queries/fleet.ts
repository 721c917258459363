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
const ASKED_MS = 4_000;
const LEAST_TRIES = 3;

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
    const [aloneMs = 0] = await mediansInTurns([own]);
    const busy = keepBusy(store);
    await wait(WARMING_MS);
    const [busyMs = 0, bareMs = 0] = await mediansInTurns([own, () => bareList({ ...address, token })]);
    const rate = await busy.end();
    const alone = `ms before one of them sent ${Math.round(rate)} readings a second`;
    return [
      figure('queries/influxdb-batteries-1000-busy', busyMs, 'ms', aloneMs, alone),
      figure('queries/influxdb-batteries-1000-bare', busyMs, 'ms', bareMs, 'ms of first() and last(), just as busy'),
    ];
  } finally {
    await store.close();
  }
}

function readingOf(battery: number, atMs: number, nanos = 0): Point {
  const fields = Object.fromEntries(FIELDS.map((name) => [name, atMs % 100]));
  return { measurement: 'battery', battery: `battery${battery}`, atMs, nanos, fingerprint: 0, fields };
}

async function mediansInTurns(asks: readonly Ask[]): Promise<readonly number[]> {
  const timesMs: number[][] = asks.map(() => []);
  const untilMs = performance.now() + ASKED_MS;
  for (let i = 0; i < LEAST_TRIES || performance.now() < untilMs; i++) {
    for (const [index, ask] of asks.entries()) {
      const startMs = performance.now();
      await ask();
      timesMs[index]?.push(performance.now() - startMs);
    }
  }
  return timesMs.map((ofOne) => quantile(ofOne, 0.5));
}

async function bareList({ url, org, token }: Pick<RunningInfluxd, 'url' | 'org' | 'token'>): Promise<void> {
  const edgeOf = (edge: 'first' | 'last'): string =>
    `from(bucket: "${BUCKET}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "battery") |> ${edge}() |> keep(columns: ["battery", "_time"]) |> group() |> yield(name: "${edge}")`;
  const headers = { authorization: `Token ${token}`, 'content-type': 'application/vnd.flux' };
  const address = `${url}/api/v2/query?${new URLSearchParams({ org }).toString()}`;
  const response = await fetch(address, { method: 'POST', headers, body: `${edgeOf('first')}\n${edgeOf('last')}` });
  const rows = (await response.text()).split('\n').filter((line) => line.includes(',battery')).length;
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
