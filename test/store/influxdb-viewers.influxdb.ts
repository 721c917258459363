/**
 * How often a real InfluxDB is asked by one environment while many look at the same battery, and how old their answers are. A
 * second passes by the clock that the store is given.
 */
import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CountingProxy, countingProxy } from '../../bench/viewers/counting-proxy.ts';
import { type InfluxAddress, influxManagement } from '../../lambdas/store/influxdb-management.ts';
import type { Store } from '../../lambdas/store/store.ts';
import { readLatest } from '../../lambdas/telemetry/read-latest.ts';
import { readWideRows } from '../../lambdas/telemetry/read-rows.ts';
import { readSeries } from '../../lambdas/telemetry/read-series.ts';
import { influxdFor } from '../influxd.ts';
import { arbStored, asPoint, inOrder, naiveLatest, point, START_MS } from './arbitraries.ts';
import { storeIn, writeLines } from './influxdb-raw.ts';

const influxd = influxdFor();
const proxies: CountingProxy[] = [];
afterAll(async () => Promise.all(proxies.map(({ close }) => close())));

type Environment = {
  readonly store: Store;
  /** Of somebody else: past this store's own knowledge. */
  readonly writer: Store;
  readonly address: InfluxAddress;
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
    address,
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

describe('the newest values', () => {
  const live = (store: Store): ReturnType<Store['live']> => store.live({ battery: 'boat', times: 100 });
  const values = async (store: Store): Promise<unknown> =>
    Object.fromEntries([...(await live(store)).latest].map(([name, { value }]) => [name, value]));

  test.each([
    { arriving: [60, 60, 60, 60], asked: [1, 1, 1, 1] },
    // More than the rows that it asks for: once they are in vain.
    { arriving: [450, 60, 60], asked: [2, 1, 1] },
  ])(
    'of a field that falls silent are found behind any number of samples: $arriving take $asked questions',
    async ({ arriving, asked }) => {
      const { store, writer, questions, pass } = await newEnvironment();
      let nextMs = START_MS;
      const send = (count: number, fields: Readonly<Record<string, number>>): ReturnType<Store['append']> =>
        writer.append(Array.from({ length: count }, () => point('boat', nextMs++, fields)));
      await send(120, { soc: 0, voltage: 52 });
      expect(await values(store)).toEqual({ soc: 0, voltage: 52 });
      const counts: number[] = [];
      for (const [round, count] of arriving.entries()) {
        await send(count, { soc: round });
        pass(1_000);
        const before = questions();
        expect(await values(store)).toEqual({ soc: round, voltage: 52 });
        counts.push(questions() - before);
      }
      expect(counts).toEqual(asked);
    },
  );

  test('have a field at once that a battery never sent before', async () => {
    const { store, writer, pass } = await newEnvironment();
    await writer.append(Array.from({ length: 120 }, (_, i) => point('boat', START_MS + i, { soc: 1 })));
    expect(await values(store)).toEqual({ soc: 1 });
    await writer.append([point('boat', START_MS + 200, { current: 7 })]);
    pass(1_000);
    expect(await values(store)).toEqual({ soc: 1, current: 7 });
    for (let round = 1; round <= 3; round++) {
      const samples = Array.from({ length: 120 }, (_, i) => point('boat', START_MS + 300 * round + i, { soc: 2 }));
      await writer.append(samples);
      pass(1_000);
      expect(await values(store)).toEqual({ soc: 2, current: 7 });
    }
  });

  test('have a field that a young battery never sent before, whatever its clock says', async () => {
    const { store, writer, pass } = await newEnvironment();
    await writer.append([point('boat', START_MS, { charge: 1 })]);
    expect(await values(store)).toEqual({ charge: 1 });
    await writer.append([point('boat', START_MS + 10, { soc: 2 })]);
    pass(5_000);
    expect(await values(store)).toEqual({ charge: 1, soc: 2 });
  });

  test('without the times, have a first value that came a little late', async () => {
    const { address, writer } = await newEnvironment();
    let nowMs = START_MS;
    const store = storeIn(address, { nowMs: () => nowMs });
    const values = async (): Promise<unknown> =>
      Object.fromEntries([...(await store.latest({ battery: 'default' }))].map(([name, { value }]) => [name, value]));
    await writer.append([point('default', START_MS, { charge: 1 })]);
    for (let i = 0; i < 3; i++) {
      expect(await values()).toEqual({ charge: 1 });
      nowMs += 1_000;
    }
    await writer.append([point('default', START_MS - 5, { discharge: 2 })]);
    expect(await values()).toEqual({ charge: 1, discharge: 2 });
    await store.close();
  });

  test('have the newest times with them, also by a clock that was set back', async () => {
    const { store, writer, pass } = await newEnvironment();
    const times = async (): Promise<readonly number[]> => (await live(store)).newestTimes;
    await writer.append([point('boat', START_MS, { soc: 1 })]);
    expect(await times()).toEqual([START_MS]);
    await writer.append([point('boat', START_MS + 10, { soc: 2 })]);
    pass(-3_600_000);
    expect(await times()).toEqual([START_MS + 10, START_MS]);
  });

  test('leave out a truth value that somebody else wrote, and are one question all the same', async () => {
    const { store, writer, address, questions, pass } = await newEnvironment();
    await writer.append(Array.from({ length: 120 }, (_, i) => point('boat', START_MS + i, { soc: i })));
    await writeLines(address, [`battery,battery=boat isOn=true ${START_MS + 50}000000`]);
    for (const asked of [undefined, 1, 1]) {
      const before = questions();
      expect(await values(store)).toEqual({ soc: 119 });
      if (asked !== undefined) expect(questions() - before).toBe(asked);
      pass(1_000);
    }
  });

  test('of a battery that was removed are none, from the next question on', async () => {
    const { store, writer, address, questions, pass } = await newEnvironment();
    await writer.append(Array.from({ length: 120 }, (_, i) => point('boat', START_MS + i, { soc: 1, voltage: 2 })));
    for (let i = 0; i < 3; i++) {
      expect(await values(store)).toEqual({ soc: 1, voltage: 2 });
      pass(1_000);
    }
    await influxManagement(address).deleteBattery('boat');
    expect(await live(store)).toMatchObject({ latest: new Map() });
    pass(5_000);
    const before = questions();
    expect(await live(store)).toEqual({ latest: new Map(), newestTimes: [] });
    expect(questions() - before).toBe(1);
  });
});

test.each(['boat', 'default'])(
  'the newest values of %s and their times are the newest, whatever was stored before the last question',
  async (battery) => {
    const { store, writer, pass } = await newEnvironment();
    // It has sent every field: a late first one is seen later, as above.
    const fields = { charge: 1, discharge: 1, voltage: 1, soc: 1, cellVoltageMinId: 'x' };
    let stored: Parameters<typeof naiveLatest>[0] = [{ atMs: START_MS - 1, nanos: 0, fields }];
    await writer.append(stored.map((each) => asPoint(battery, each)));
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
          expect(await store.live({ battery, times: 20 })).toEqual({ latest: naiveLatest(stored), newestTimes });
          expect(await store.latest({ battery })).toEqual(naiveLatest(stored));
        }
      }),
      { numRuns: 25 },
    );
  },
  120_000,
);
