import { describe, expect, test } from '@jest/globals';
import { readSeries, type Series } from '../../lambdas/telemetry/read-series.ts';
import { NOW_MS, type Sample, withStore } from './memory-store.ts';

const RANGE = { fromMs: NOW_MS - 10_000, toMs: NOW_MS };

const series = async (samples: readonly Sample[], points = 10, range = RANGE): Promise<Series> =>
  withStore({ boat: samples }, async (store) => readSeries(store, () => NOW_MS)({ battery: 'boat', range, points }));

describe('read series', () => {
  test('an empty range has no fields, and names its nearest neighbours', async () => {
    const outside = [
      { soc: 1, timestamp: RANGE.fromMs - 5_000 },
      { soc: 2, timestamp: RANGE.fromMs - 1 },
      { soc: 3, timestamp: RANGE.toMs },
      { soc: 4, timestamp: RANGE.toMs + 5_000 },
    ];
    expect(await series(outside)).toEqual({
      battery: 'boat',
      begin: '2026-11-23T11:59:50+00:00',
      end: '2026-11-23T12:00:00+00:00',
      stepMs: 1_000,
      periodS: 60,
      serverTime: '2026-11-23T12:00:00+00:00',
      nearest: { before: '2026-11-23T11:59:49.999+00:00', after: '2026-11-23T12:00:00+00:00' },
      fields: {},
    });
    expect((await series([])).nearest).toEqual({ before: null, after: null });
  });

  test('each step has its min, max, mean and count, and steps without a sample are left out', async () => {
    const { fields } = await series([
      { soc: 10, timestamp: RANGE.fromMs },
      { soc: 20, timestamp: RANGE.fromMs + 999 },
      { soc: 40, timestamp: RANGE.fromMs + 3_000 },
    ]);
    expect(fields).toEqual({
      soc: {
        unit: '%',
        statistics: { count: 3, min: 10, max: 40, mean: 70 / 3 },
        at: [RANGE.fromMs, RANGE.fromMs + 3_000],
        min: [10, 40],
        max: [20, 40],
        mean: [15, 40],
        count: [2, 1],
      },
    });
  });

  test.each([
    [1, 10_000],
    [3, 3_334],
    [2000, 5],
    [300, 34],
  ])('%d points of ten seconds are steps of %d ms, never more than asked for', async (points, stepMs) => {
    const samples = Array.from({ length: 100 }, (_, i) => ({ soc: 50, timestamp: RANGE.fromMs + i * 100 }));
    const answer = await series(samples, points);
    expect(answer.stepMs).toBe(stepMs);
    expect(answer.fields['soc']?.at.length).toBeLessThanOrEqual(points);
    expect(answer.fields['soc']?.statistics.count).toBe(100);
  });

  test('a range shorter than its points has steps of a millisecond', async () => {
    const range = { fromMs: NOW_MS, toMs: NOW_MS + 2 };
    expect(await series([{ soc: 5, timestamp: NOW_MS + 1 }], 300, range)).toMatchObject({
      stepMs: 1,
      fields: { soc: { at: [NOW_MS + 1] } },
    });
  });

  test('texts, states and running numbers are not drawn', async () => {
    const sample = { soc: 5, state: 'full', seq: 7, boot: 'b', cellVoltageMinId: 'c1' };
    expect(Object.keys((await series([sample], 10, { ...RANGE, toMs: NOW_MS + 1 })).fields)).toEqual(['soc']);
  });

  test('volts times amperes are drawn as the sides they are, marked as derived', async () => {
    const { fields } = await series([
      { voltage: 10, timestamp: RANGE.fromMs - 1 },
      { current: 100, timestamp: RANGE.fromMs },
      { current: 300, timestamp: RANGE.fromMs + 500 },
      { voltage: 20, current: -100, timestamp: RANGE.fromMs + 1_500 },
    ]);
    expect(fields['charge']).toEqual({
      unit: 'kW',
      derived: true,
      statistics: { count: 2, min: 1, max: 3, mean: 2 },
      at: [RANGE.fromMs],
      min: [1],
      max: [3],
      mean: [2],
      count: [2],
    });
    expect(fields['discharge']).toMatchObject({ derived: true, statistics: { count: 1, mean: 2 } });
    expect(fields['current']).not.toHaveProperty('derived');
  });

  test('a voltage of a minute before the first step that has a current counts, an older one does not', async () => {
    const charge = async (beforeMs: number): Promise<unknown> =>
      (
        await series([
          { voltage: 10, timestamp: RANGE.fromMs - beforeMs },
          { current: 100, timestamp: RANGE.fromMs },
        ])
      ).fields['charge']?.mean;
    expect([await charge(60_000), await charge(60_001)]).toEqual([[1], undefined]);
  });

  test('derived and sent samples of a side are one series, step by step, marked as derived', async () => {
    const { fields } = await series([
      { voltage: 10, current: 100, timestamp: RANGE.fromMs },
      { charge: 7, timestamp: RANGE.fromMs + 1 },
      { charge: 5, timestamp: RANGE.fromMs + 2 },
      { current: 300, timestamp: RANGE.fromMs + 2_000 },
      { charge: 4, timestamp: RANGE.fromMs + 5_000 },
      { discharge: 2, timestamp: RANGE.fromMs + 6_000 },
    ]);
    expect(fields['charge']).toEqual({
      unit: 'kW',
      derived: true,
      statistics: { count: 5, min: 1, max: 7, mean: 4 },
      at: [RANGE.fromMs, RANGE.fromMs + 2_000, RANGE.fromMs + 5_000],
      min: [1, 3, 4],
      max: [7, 3, 4],
      mean: [13 / 3, 3, 4],
      count: [3, 1, 1],
    });
    expect(fields['discharge']).not.toHaveProperty('derived');
  });

  test('steps that only derive come in time order among those that were sent', async () => {
    const { fields } = await series([
      { voltage: 10, current: 100, timestamp: RANGE.fromMs },
      { charge: 7, timestamp: RANGE.fromMs + 3_000 },
      { current: 100, timestamp: RANGE.fromMs + 6_000 },
      { charge: 7, timestamp: RANGE.fromMs + 9_000 },
    ]);
    expect(fields['charge']?.at).toEqual([0, 3_000, 6_000, 9_000].map((afterMs) => RANGE.fromMs + afterMs));
    expect(fields['charge']?.mean).toEqual([1, 7, 1, 7]);
  });

  test('a power that was sent in the millisecond of the current beats the product', async () => {
    for (const charge of [6, 7, 8, 9]) {
      const { fields } = await series([
        { voltage: 10, current: 100, timestamp: RANGE.fromMs },
        { charge, timestamp: RANGE.fromMs },
      ]);
      expect(fields['charge']).toMatchObject({ statistics: { count: 1, mean: charge } });
      expect(fields['charge']).not.toHaveProperty('derived');
    }
  });

  // Their order within the millisecond is that of their hashes.
  test.each([
    ['before', 1, 2],
    ['behind', 2, 1],
  ])('a voltage %s the current of its millisecond counts for it', async (_order, voltageNanos, currentNanos) => {
    const point = (nanos: number, values: Readonly<Record<string, number>>) =>
      ({
        measurement: 'battery',
        battery: 'boat',
        atMs: RANGE.fromMs,
        nanos,
        fingerprint: nanos,
        fields: values,
      }) as const;
    const { fields } = await withStore({ boat: [{ voltage: 100, timestamp: RANGE.fromMs - 1 }] }, async (store) => {
      await store.append([point(voltageNanos, { voltage: 10 }), point(currentNanos, { current: 100 })]);
      return readSeries(store, () => NOW_MS)({ battery: 'boat', range: RANGE, points: 10 });
    });
    expect(fields['charge']).toMatchObject({ statistics: { count: 1, mean: 1 } });
  });

  test('a range without a current is not walked through', async () => {
    const { fields } = await withStore({ boat: [{ charge: 7, voltage: 10, timestamp: RANGE.fromMs }] }, async (store) =>
      readSeries(
        {
          ...store,
          points: async () => {
            throw new Error('the points were asked for');
          },
        },
        () => NOW_MS,
      )({ battery: 'boat', range: RANGE, points: 10 }),
    );
    expect(fields['charge']).toMatchObject({ statistics: { count: 1, mean: 7 } });
  });

  test('a derived series of more samples than one page of the store has all of them', async () => {
    const count = 10_100;
    const points = Array.from({ length: count }, (_, i) => {
      const fields = i === 0 ? { voltage: 10, current: 100 } : { current: 100 };
      const atMs = RANGE.fromMs + Math.floor(i / 2);
      return { measurement: 'battery', battery: 'boat', atMs, nanos: i % 2, fingerprint: i % 2, fields } as const;
    });
    const { fields } = await withStore({}, async (store) => {
      await store.append(points);
      return readSeries(store, () => NOW_MS)({ battery: 'boat', range: RANGE, points: 10 });
    });
    expect(fields['charge']?.statistics).toEqual({ count, min: 1, max: 1, mean: 1 });
  });

  test('an instant that two pages of the store share is one instant', async () => {
    const count = 10_000;
    const points = Array.from({ length: count + 1 }, (_, i) => {
      const fields = i === count ? { voltage: 20 } : { current: 100 };
      // The last two are of one millisecond: the current ends a page, its voltage begins the next.
      const atMs = RANGE.fromMs + Math.min(i, count - 1) / 2;
      const nanos = i === count ? 2 : i % 2;
      return {
        measurement: 'battery',
        battery: 'boat',
        atMs: Math.floor(atMs),
        nanos,
        fingerprint: nanos,
        fields,
      } as const;
    });
    const { fields } = await withStore({}, async (store) => {
      await store.append(points);
      return readSeries(store, () => NOW_MS)({ battery: 'boat', range: RANGE, points: 10 });
    });
    expect(fields['charge']?.statistics).toEqual({ count: 2, min: 2, max: 2, mean: 2 });
  });
});
