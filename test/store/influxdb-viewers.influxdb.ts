/**
 * How often a real InfluxDB is asked by one environment while many look at the same battery, and how old their answers are. A
 * second passes by the clock that the store is given.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CountingProxy, countingProxy } from '../../bench/viewers/counting-proxy.ts';
import type { Store } from '../../lambdas/store/store.ts';
import { readLatest } from '../../lambdas/telemetry/read-latest.ts';
import { readWideRows } from '../../lambdas/telemetry/read-rows.ts';
import { readSeries } from '../../lambdas/telemetry/read-series.ts';
import { influxdFor } from '../influxd.ts';
import { arbStored, asPoint, inOrder, naiveLatest, point, START_MS } from './arbitraries.ts';
import { storeIn } from './influxdb-raw.ts';

const influxd = influxdFor();
const proxies: CountingProxy[] = [];
afterAll(async () => Promise.all(proxies.map(({ close }) => close())));

type Environment = {
  readonly store: Store;
  /** Of somebody else: past this store's own knowledge. */
  readonly writer: Store;
  readonly questions: () => number;
  readonly pass: (ms: number) => void;
};

async function newEnvironment(): Promise<Environment> {
  const address = await influxd.newBucket();
  const proxy = await countingProxy(address.url);
  proxies.push(proxy);
  let nowMs = 0;
  return {
    store: storeIn({ ...address, url: proxy.url }, { nowMs: () => nowMs }),
    writer: storeIn(address),
    questions: () => proxy.asked().flatMap(({ atMs }) => atMs).length,
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

const SECONDS = 10;
// A burst of five, and a clock that starts within one.
const AT_FIRST = 6;

/** Questions to the database while so many viewers ask once a second, with a new reading in each. */
async function askedBy(viewers: number, view: (store: Store) => Promise<unknown>): Promise<number> {
  const { store, writer, questions, pass } = await newEnvironment();
  const nowMs = Date.now();
  await writer.append(
    Array.from({ length: 150 }, (_, i) => point('boat', nowMs - i * 1_000, { charge: 1, voltage: 52, soc: i })),
  );
  await view(store);
  const before = questions();
  for (let second = 0; second < SECONDS; second++) {
    await writer.append([point('boat', nowMs + 1 + second, { charge: 2, voltage: 52, soc: 5 })]);
    for (let viewer = 0; viewer < viewers; viewer++) {
      await view(store);
      pass(1_000 / viewers);
    }
  }
  await Promise.all([store.close(), writer.close()]);
  return questions() - before;
}

describe('while many look at one battery', () => {
  const live = (store: Store): Promise<unknown> => readLatest({ store, nowMs: Date.now })('boat');

  test('the live values are one question a second, whether 1, 10 or 100 ask, the period of the battery with them', async () => {
    expect(await askedBy(1, live)).toBe(SECONDS);
    for (const viewers of [10, 100]) {
      const asked = await askedBy(viewers, live);
      expect(asked).toBeGreaterThanOrEqual(SECONDS);
      expect(asked).toBeLessThanOrEqual(SECONDS + AT_FIRST);
    }
  });

  test('chart and table are as many questions for 100 as for 10, and no more than a single one asks and a few at first', async () => {
    const range = { fromMs: START_MS, toMs: Date.now() + 3_600_000 };
    const recent = { ...range, fromMs: Date.now() - 900_000 };
    const views: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
      chart: (store) => readSeries(store, Date.now)({ battery: 'boat', range: recent, points: 300 }),
      table: (store) => readWideRows(store)({ battery: 'boat', range: recent, limit: 100, order: 'newest-first' }),
    };
    for (const [name, view] of Object.entries(views)) {
      const [one, ten, hundred] = [await askedBy(1, view), await askedBy(10, view), await askedBy(100, view)];
      const each = one / SECONDS;
      expect([name, ten <= one + AT_FIRST * each, hundred <= one + AT_FIRST * each]).toEqual([name, true, true]);
    }
  });

  test('a value that somebody posts is in the answers after a second at the latest, and in those of who rarely asks at once', async () => {
    const { store, writer, pass } = await newEnvironment();
    const soc = async (): Promise<unknown> =>
      (await store.live({ battery: 'boat', times: 100 })).latest.get('soc')?.value;
    await writer.append([point('boat', START_MS, { soc: 1 })]);
    for (let i = 0; i < 100; i++) await soc();
    await writer.append([point('boat', START_MS + 1, { soc: 2 })]);
    pass(999);
    expect(await soc()).toBe(1);
    pass(1);
    expect(await soc()).toBe(2);
    pass(10_000);
    expect(await soc()).toBe(2);
    await writer.append([point('boat', START_MS + 2, { soc: 3 })]);
    expect(await soc()).toBe(3);
  });

  test('what this very store appended is in its answers at once, however often it was asked', async () => {
    const { store } = await newEnvironment();
    for (let soc = 0; soc < 20; soc++) {
      await store.append([point('boat', START_MS + soc, { soc })]);
      for (let i = 0; i < 10; i++) {
        const { latest, newestTimes } = await store.live({ battery: 'boat', times: 3 });
        expect([latest.get('soc')?.value, newestTimes[0]]).toEqual([soc, START_MS + soc]);
      }
    }
  });
});

test.each(['boat', 'default'])(
  'the newest times of %s, asked with its newest values, are the newest whatever was stored before the last question',
  async (battery) => {
    const { store, writer, pass } = await newEnvironment();
    let stored: Parameters<typeof naiveLatest>[0] = [];
    let shiftMs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(arbStored, { minLength: 1, maxLength: 4 }), async (batches) => {
        // Further on each time, for it is one battery, but for what arrives late.
        shiftMs += 60_000;
        for (const batch of batches) {
          const moved = batch.map(({ atMs, ...more }) => ({ ...more, atMs: atMs + shiftMs }));
          await writer.append(moved.map((each) => asPoint(battery, each)));
          const times = new Set(moved.map(({ atMs, nanos }) => `${atMs}.${nanos}`));
          stored = [...stored.filter(({ atMs, nanos }) => !times.has(`${atMs}.${nanos}`)), ...moved];
          pass(5_000);
          const newestTimes = [...new Set(inOrder(stored).map(({ atMs }) => atMs))].toReversed().slice(0, 20);
          expect(await store.live({ battery, times: 20 })).toMatchObject({ newestTimes });
        }
      }),
      { numRuns: 25 },
    );
  },
  120_000,
);
