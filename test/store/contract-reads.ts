/** The laws of reading: latest, ranges, pages, steps, neighbours. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LatestValue, Point, PointTime, Store, StoredPoint } from '../../lambdas/store/store.ts';
import { arbStored, asPoint, carrying, inOrder, naiveLatest, naiveSteps, point, START_MS } from './arbitraries.ts';
import { because, type Fixture } from './contract-fixture.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function readLaws({ store, newBattery, deviations }: Fixture): void {
  const ages = { charge: 10 * MINUTE_MS, soc: 10 * HOUR_MS, voltage: 20 * DAY_MS, soh: 3 * 365 * DAY_MS };

  test('latest finds each field on its own, however old: 10 minutes, 10 hours, 20 days, 3 years', async () => {
    const battery = newBattery();
    const nowMs = Date.now();
    const samples = Object.entries(ages).flatMap(([name, ageMs]) => [
      point(battery, nowMs - ageMs, { [name]: ageMs }),
      point(battery, nowMs - 2 * ageMs, { [name]: -1 }),
    ]);
    await store().append(samples);
    const expected = Object.entries(ages).map(([name, ageMs]): [string, LatestValue] => [
      name,
      { atMs: nowMs - ageMs, nanos: 0, value: ageMs },
    ]);
    expect(await store().latest({ battery })).toEqual(new Map(expected));
  });

  test('latest finds each of many fields, some of every age', async () => {
    const battery = newBattery();
    const nowMs = Date.now();
    const samples = Object.values(ages).map((ageMs, age) => ({
      atMs: nowMs - ageMs,
      nanos: 0,
      fields: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`field${age}WithALongName${index}`, index])),
    }));
    await filled(store(), battery, samples);
    expect(await store().latest({ battery })).toEqual(naiveLatest(samples));
  });

  test('latest and live equal the newest of the points, field by field, and their newest times', async () => {
    await fc.assert(
      fc.asyncProperty(arbStored, fc.integer({ min: 1, max: 12 }), async (stored, times) => {
        const battery = newBattery();
        const byTime = inOrder(stored).toReversed();
        // What came before is known when the rest arrives.
        for (const part of [byTime.slice(0, stored.length / 2), byTime.slice(stored.length / 2)]) {
          await filled(store(), battery, part);
          await store().live({ battery, times });
        }
        const newestTimes = [...new Set(byTime.map(({ atMs }) => atMs))].slice(0, times);
        expect(await store().latest({ battery })).toEqual(naiveLatest(stored));
        expect(await store().live({ battery, times })).toEqual({ latest: naiveLatest(stored), newestTimes });
      }),
      { numRuns: 40 },
    );
  });

  test('a late older sample does not become the latest', async () => {
    const battery = newBattery();
    await store().append([point(battery, START_MS + 1, { charge: 2 })]);
    await store().append([point(battery, START_MS, { charge: 1, soc: 50 })]);
    const latest = await store().latest({ battery });
    expect(latest.get('charge')).toEqual({ atMs: START_MS + 1, nanos: 0, value: 2 });
    expect(latest.get('soc')).toEqual({ atMs: START_MS, nanos: 0, value: 50 });
  });

  test('among equal milliseconds the latest is the one with more nanoseconds, whichever came first', async () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const battery = newBattery();
      for (const nanos of order) await store().append([point(battery, START_MS, { charge: nanos }, { nanos })]);
      expect((await store().latest({ battery })).get('charge')?.value).toBe(2);
    }
  });

  test('an answer names its fields by the alphabet, whichever was seen first', async () => {
    const battery = newBattery();
    await store().append([point(battery, START_MS, { zulu: 1 }), point(battery, START_MS + 1, { zulu: 2, alpha: 1 })]);
    const range = { battery, fromMs: START_MS, toMs: START_MS + 2 };
    expect(Object.keys((await store().points({ ...range, limit: 2 }))[1]?.fields ?? {})).toEqual(['alpha', 'zulu']);
    expect([...(await store().latest({ battery })).keys()]).toEqual(['alpha', 'zulu']);
    expect([...(await store().steps({ ...range, stepMs: 1 })).keys()]).toEqual(['alpha', 'zulu']);
  });

  test('a battery that never sent anything has empty answers', async () => {
    const battery = newBattery();
    const range = { battery, fromMs: START_MS, toMs: START_MS + DAY_MS };
    expect(await store().latest({ battery })).toEqual(new Map());
    expect(await store().live({ battery, times: 10 })).toEqual({ latest: new Map(), newestTimes: [] });
    expect(await store().points({ ...range, limit: 10 })).toEqual([]);
    expect(await store().steps({ ...range, stepMs: MINUTE_MS })).toEqual(new Map());
    expect(await store().nearest(range)).toEqual({});
    expect(await store().newestTimes({ battery, count: 10 })).toEqual([]);
    expect((await store().batteries()).map(({ id }) => id)).not.toContain(battery);
  });

  test('a range holds its beginning and not its end; an empty or reversed one holds nothing', async () => {
    const battery = await filled(store(), newBattery(), [0, 1, 2, 3].map(sampleAt));
    const times = async (fromMs: number, toMs: number) =>
      (await store().points({ battery, fromMs: START_MS + fromMs, toMs: START_MS + toMs, limit: 10 })).map(
        ({ atMs }) => atMs - START_MS,
      );
    expect(await times(1, 3)).toEqual([1, 2]);
    expect(await times(1, 1)).toEqual([]);
    expect(await times(3, 1)).toEqual([]);
  });

  test('a page behind a time outside of the range begins or ends with the range', async () => {
    const battery = await filled(store(), newBattery(), [0, 1, 2, 3].map(sampleAt));
    const range = { battery, fromMs: START_MS + 1, toMs: START_MS + 3, limit: 10 };
    const [before, behind] = [
      { atMs: START_MS - 5, nanos: 0 },
      { atMs: START_MS + 9, nanos: 0 },
    ];
    expect(await store().points({ ...range, after: before })).toEqual([1, 2].map(sampleAt));
    expect(await store().points({ ...range, after: behind })).toEqual([]);
    expect(await store().points({ ...range, after: behind, order: 'newest-first' })).toEqual([2, 1].map(sampleAt));
    expect(await store().points({ ...range, after: before, order: 'newest-first' })).toEqual([]);
  });

  test('pages of any size, in both orders and of any fields, join to the whole without loss or repetition', async () => {
    const arbNames = fc.option(fc.subarray(['charge', 'voltage', 'cellVoltageMinId', 'neverSent']), { nil: undefined });
    const arbOrder = fc.constantFrom('oldest-first' as const, 'newest-first' as const);
    await fc.assert(
      fc.asyncProperty(
        arbStored,
        fc.integer({ min: 1, max: 7 }),
        arbOrder,
        arbNames,
        async (stored, limit, order, names) => {
          const battery = await filled(store(), newBattery(), stored);
          const wanted = names === undefined ? inOrder(stored) : carrying(inOrder(stored), names);
          const query = { battery, order, limit, ...(names === undefined ? {} : { fields: names }) };
          const pages = await allPages(store(), query);
          expect(pages.flat()).toEqual(order === 'oldest-first' ? wanted : [...wanted].reverse());
          // But for the last page and the empty one that ends the reading.
          expect(pages.slice(0, -2).every((page) => page.length === limit)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('no point is cut by a limit', async () => {
    const fields = { charge: 1, discharge: 2, soc: 3, voltage: 4 };
    const stored = [0, 1, 2].map((offsetMs) => ({ atMs: START_MS + offsetMs, nanos: 0, fields }));
    const battery = await filled(store(), newBattery(), stored);
    const page = await store().points({ battery, fromMs: START_MS, toMs: START_MS + 9, limit: 2 });
    expect(page).toEqual(stored.slice(0, 2));
    expect(await store().points({ battery, fromMs: START_MS, toMs: START_MS + 9, limit: 0 })).toEqual([]);
  });

  test('steps count from the beginning of the range, end with it, and leave out texts and what has no sample', async () => {
    const battery = newBattery();
    const sample = (offsetMs: number, fields: Point['fields']) => point(battery, START_MS + offsetMs, fields);
    await store().append([
      sample(-1, { charge: 99 }),
      sample(0, { charge: 1, cellVoltageMinId: 'C3' }),
      sample(9, { charge: 2 }),
      sample(35, { charge: 4, soc: 50 }),
      sample(36, { charge: 99 }),
    ]);
    const steps = await store().steps({ battery, fromMs: START_MS, toMs: START_MS + 36, stepMs: 10 });
    expect([...steps]).toEqual([
      [
        'charge',
        [
          { fromMs: START_MS, count: 2, min: 1, max: 2, mean: 1.5 },
          { fromMs: START_MS + 30, count: 1, min: 4, max: 4, mean: 4 },
        ],
      ],
      ['soc', [{ fromMs: START_MS + 30, count: 1, min: 50, max: 50, mean: 50 }]],
    ]);
  });

  const meanLaw = async (value: number): Promise<void> => {
    const battery = newBattery();
    await store().append([0, 1, 2].map((offsetMs) => point(battery, START_MS + offsetMs, { charge: value })));
    const steps = await store().steps({ battery, fromMs: START_MS, toMs: START_MS + 10, stepMs: 10 });
    expect(steps.get('charge')).toEqual([{ fromMs: START_MS, count: 3, min: value, max: value, mean: value }]);
  };
  test('a mean is never outside of its minimum and maximum', () => meanLaw(0.1));

  const largest = deviations.sumsOverflow === undefined ? test : test.skip;
  largest(`not even that of the largest numbers there are${because(deviations.sumsOverflow)}`, () =>
    meanLaw(Number.MAX_VALUE),
  );

  test('steps of any length equal the naive count, minimum, maximum and mean', async () => {
    const arbRange = fc.record({
      fromMs: fc.integer({ min: -3, max: 1_000 }).map((ms) => START_MS + ms),
      toMs: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 130_000 })).map((ms) => START_MS + ms),
      stepMs: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 200_000 })),
    });
    await fc.assert(
      fc.asyncProperty(arbStored, arbRange, async (stored, range) => {
        const battery = await filled(store(), newBattery(), stored);
        const steps = await store().steps({ battery, ...range });
        for (const name of ['charge', 'discharge', 'voltage', 'soc', 'cellVoltageMinId']) {
          const expected = naiveSteps(stored, name, range).map((step) => ({
            ...step,
            mean: expect.closeTo(step.mean, 8),
          }));
          expect(steps.get(name) ?? []).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('the nearest sample before a range and the nearest at or behind its end are found, however far', async () => {
    const far = 3 * 365 * DAY_MS;
    const battery = await filled(store(), newBattery(), [-far, 0, 10, far].map(sampleAt));
    const nearest = (fromMs: number, toMs: number) =>
      store().nearest({ battery, fromMs: START_MS + fromMs, toMs: START_MS + toMs });
    expect(await nearest(1, 10)).toEqual({ beforeMs: START_MS, afterMs: START_MS + 10 });
    expect(await nearest(0, 11)).toEqual({ beforeMs: START_MS - far, afterMs: START_MS + far });
    expect(await nearest(-far, -far + 1)).toEqual({ afterMs: START_MS });
    expect(await nearest(far + 1, far + 2)).toEqual({ beforeMs: START_MS + far });
  });

  test('the newest times are distinct milliseconds, newest first, at most as many as asked for', async () => {
    const battery = newBattery();
    const stored = [5, 0, 7, 7, 3].map((offsetMs, index) => ({
      ...sampleAt(offsetMs),
      nanos: index,
      fields: { charge: 1, soc: 2 },
    }));
    await filled(store(), battery, stored);
    expect(await store().newestTimes({ battery, count: 3 })).toEqual([7, 5, 3].map((offsetMs) => START_MS + offsetMs));
    expect(await store().newestTimes({ battery, count: 100 })).toHaveLength(4);
  });

  test('batteries are listed by id, each with its span over all measurements', async () => {
    const [first, second] = [newBattery(), newBattery()];
    await store().append([
      point(second, START_MS + 5, { charge: 1 }),
      point(first, START_MS, { charge: 1 }),
      point(first, START_MS + 3, { charge: 1, soc: 2 }),
      point(first, START_MS - 4, { v1: 3.3 }, { measurement: 'cell' }),
      point(first, START_MS + 9, { fanError: 1 }, { measurement: 'battery_alarm' }),
    ]);
    const spans = (await store().batteries()).filter(({ id }) => id === first || id === second);
    expect(spans).toEqual([
      { id: first, firstAtMs: START_MS - 4, lastAtMs: START_MS + 9 },
      { id: second, firstAtMs: START_MS + 5, lastAtMs: START_MS + 5 },
    ]);
  });
}

const sampleAt = (offsetMs: number): StoredPoint => ({
  atMs: START_MS + offsetMs,
  nanos: 0,
  fields: { charge: offsetMs },
});

async function filled(store: Store, battery: string, stored: readonly StoredPoint[]): Promise<string> {
  await store.append(stored.map((sample) => asPoint(battery, sample)));
  return battery;
}

type Pages = { readonly battery: string; readonly limit: number; readonly order: 'oldest-first' | 'newest-first' };

async function allPages(store: Store, query: Pages): Promise<readonly (readonly StoredPoint[])[]> {
  const pages: (readonly StoredPoint[])[] = [];
  let after: PointTime | undefined;
  do {
    const page = await store.points({
      ...query,
      fromMs: START_MS,
      toMs: START_MS + DAY_MS,
      ...(after === undefined ? {} : { after }),
    });
    pages.push(page);
    const last = page.at(-1);
    after = last === undefined ? undefined : { atMs: last.atMs, nanos: last.nanos };
  } while (after !== undefined);
  return pages;
}
