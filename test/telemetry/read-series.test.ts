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

  test('where a power was sent in the range, none is derived', async () => {
    const { fields } = await series([
      { voltage: 10, current: 100, timestamp: RANGE.fromMs },
      { charge: 7, timestamp: RANGE.fromMs + 1 },
    ]);
    expect(fields['charge']).toMatchObject({ statistics: { count: 1, mean: 7 } });
    expect(fields['charge']).not.toHaveProperty('derived');
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
});
