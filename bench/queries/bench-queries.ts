/**
 * Whether a question costs more because more is stored that it does not ask for: each over 10 000, 100 000 and a million
 * points, in turns, in SQLite and in a real InfluxDB 2. A ratio is the time among a million over that among ten thousand.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { influxStore } from '../../lambdas/store/influxdb.ts';
import { influxManagement } from '../../lambdas/store/influxdb-management.ts';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import type { Store } from '../../lambdas/store/store.ts';
import { type RunningInfluxd, startInfluxd } from '../../scripts/influxd/run-influxd.ts';
import { type Figure, figure, quantile } from '../figure.ts';
import { bareFlux } from './bare-flux.ts';
import { BUSY, type Dataset, fillInfluxdb, fillSqlite, SIZES } from './filled.ts';
import { benchFleet } from './fleet.ts';
import { QUESTIONS_OF_MANY, type Question, questionsOfOne } from './questions.ts';

const TRIES = 21;
const LEAST_TRIES = 7;
const ENOUGH_MS = 2_000;
// What takes microseconds is asked until it can be timed.
const SHORTEST_MS = 4;
const MOST_AT_ONCE = 200;

export async function benchQueries(): Promise<readonly Figure[]> {
  return [...(await benchSqlite()), ...(await benchInfluxdb())];
}

/** `later`: for the store's memory the next question is a second after this one, so that the database is asked, and measured. */
type Opened = { readonly store: Store; readonly later: () => void };
type Open = (dataset: Dataset, size: number) => Opened;

async function benchSqlite(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-bench-'));
  const nowMs = Date.now();
  const fileOf = (dataset: Dataset, size: number): string => join(folder, `${dataset}-${size}.sqlite`);
  try {
    for (const dataset of ['one', 'many'] as const)
      for (const size of SIZES) await fillSqlite(fileOf(dataset, size), dataset, size, nowMs);
    return await measured('sqlite', nowMs, (dataset, size) => ({
      store: sqliteStore({ file: fileOf(dataset, size) }),
      later: () => undefined,
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchInfluxdb(): Promise<readonly Figure[]> {
  const influxd = await startInfluxd();
  const nowMs = Date.now();
  const bucketOf = (dataset: Dataset, size: number): string => `${dataset}-${size}`;
  try {
    for (const dataset of ['one', 'many'] as const) {
      for (const size of SIZES) {
        await influxManagement(influxd).createBucket(bucketOf(dataset, size));
        await fillInfluxdb(influxd, bucketOf(dataset, size), { dataset, size, nowMs });
      }
    }
    // As after a night: from the files on the disk, and not from what was just written.
    await influxd.end();
    await influxd.again();
    const { token, ...address } = influxd;
    const open: Open = (dataset, size) => {
      let ms = nowMs;
      const settings = { ...address, bucket: bucketOf(dataset, size), token: async () => token, nowMs: () => ms };
      return { store: influxStore(settings), later: () => void (ms += 1_000) };
    };
    const figures = await measured('influxdb', nowMs, open);
    const million = bucketOf('one', 1_000_000);
    const bare = await medianMs(() => bareLast(influxd, million));
    const latest = open('one', 1_000_000);
    const own = await medianMs(() => asked(latest, (store) => store.latest({ battery: BUSY })));
    await latest.store.close();
    const fleet = await benchFleet(influxd);
    return [...figures, ...fleet, figure('queries/bare-last', own, 'ms of latest', bare, 'ms of a bare last()')];
  } finally {
    await influxd.discard();
  }
}

async function measured(kind: string, nowMs: number, open: Open): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [dataset, questions] of [
    ['one', questionsOfOne(nowMs)],
    ['many', QUESTIONS_OF_MANY],
  ] as const) {
    const stores = SIZES.map((size) => open(dataset, size));
    for (const [name, question] of Object.entries(questions)) {
      const [least = 0, between = 0, most = 0] = await mediansInTurns(stores, question);
      const baseline = `ms among 10 000 points, ${Number(between.toPrecision(3))} among 100 000`;
      figures.push(figure(`queries/${kind}-${name}`, most, 'ms among a million', least, baseline));
    }
    for (const { store } of stores) await store.close();
  }
  return figures;
}

async function asked({ store, later }: Opened, question: Question): Promise<void> {
  later();
  await question(store);
}

async function mediansInTurns(stores: readonly Opened[], question: Question): Promise<readonly number[]> {
  const onceMs: number[] = [];
  for (const store of stores) {
    // The first one finds out what the store remembers.
    await asked(store, question);
    onceMs.push(await timeMs(() => asked(store, question), 1));
  }
  const times = Math.max(1, Math.min(MOST_AT_ONCE, Math.ceil(SHORTEST_MS / Math.max(...onceMs))));
  const timesMs: number[][] = stores.map(() => []);
  const untilMs = performance.now() + ENOUGH_MS;
  for (let i = 0; i < TRIES && (i < LEAST_TRIES || performance.now() < untilMs); i++) {
    for (const [index, store] of stores.entries())
      timesMs[index]?.push(await timeMs(() => asked(store, question), times));
  }
  return timesMs.map((ofOne) => quantile(ofOne, 0.5));
}

async function timeMs(ask: () => Promise<unknown>, times: number): Promise<number> {
  const startMs = performance.now();
  for (let i = 0; i < times; i++) await ask();
  return (performance.now() - startMs) / times;
}

async function medianMs(ask: () => Promise<unknown>): Promise<number> {
  await ask();
  const times: number[] = [];
  for (let i = 0; i < TRIES; i++) times.push(await timeMs(ask, 1));
  return quantile(times, 0.5);
}

async function bareLast(influxd: RunningInfluxd, bucket: string): Promise<void> {
  const question = `from(bucket: "${bucket}") |> range(start: -1h) |> filter(fn: (r) => r._measurement == "battery" and r.battery == "${BUSY}" and r._field == "charge") |> last()`;
  if (!(await bareFlux(influxd, question)).includes('_value')) throw new Error('the bare last() found nothing');
}
