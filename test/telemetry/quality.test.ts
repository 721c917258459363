import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { periodS, qualityOf } from '../../lambdas/telemetry/quality.ts';

const START_MS = Date.UTC(2026, 10, 23, 12);

/** Sample times of `count` equal steps. */
const every = (stepMs: number, count = 20): readonly number[] =>
  Array.from({ length: count + 1 }, (_, i) => START_MS + i * stepMs);

describe('quality', () => {
  test.each([
    // max(2 × period, 5 s) and max(6 × period, 60 s)
    [1, 5_000, 60_000],
    [2, 5_000, 60_000],
    [5, 10_000, 60_000],
    [10, 20_000, 60_000],
    [15, 30_000, 90_000],
    [60, 120_000, 360_000],
    [3600, 7_200_000, 21_600_000],
  ])('with a period of %d s a value is live to %d ms, late to %d ms, then stale', (period, liveMs, lateMs) => {
    expect(qualityOf(0, period)).toBe('live');
    expect(qualityOf(liveMs, period)).toBe('live');
    expect(qualityOf(liveMs + 1, period)).toBe('late');
    expect(qualityOf(lateMs, period)).toBe('late');
    expect(qualityOf(lateMs + 1, period)).toBe('stale');
  });

  test('a value never gets better as it ages', () => {
    const order = ['live', 'late', 'stale', 'never'];
    fc.assert(
      fc.property(fc.nat(1e8), fc.nat(1e6), fc.constantFrom(1, 2, 5, 30, 3600), (ageMs, moreMs, period) => {
        const [now, later] = [qualityOf(ageMs, period), qualityOf(ageMs + moreMs, period)];
        expect(order.indexOf(later)).toBeGreaterThanOrEqual(order.indexOf(now));
      }),
    );
  });
});

describe('period', () => {
  test.each([
    [1, 1],
    [999, 1],
    [1_000, 1],
    [1_001, 2],
    [2_000, 2],
    [2_100, 5],
    [7_000, 10],
    [10_001, 15],
    [16_000, 30],
    [30_001, 60],
    [61_000, 120],
    [200_000, 300],
    [301_000, 600],
    [700_000, 900],
    [901_000, 1800],
    [1_801_000, 3600],
    [3_600_000, 3600],
    [86_400_000, 3600],
  ])('steps of %d ms are a period of %d s', (stepMs, seconds) => {
    expect(periodS(every(stepMs))).toBe(seconds);
  });

  test('fewer than ten steps are a period of 60 s, and ten are enough', () => {
    expect(periodS([])).toBe(60);
    expect(periodS(every(1_000, 9))).toBe(60);
    expect(periodS(every(1_000, 10))).toBe(1);
  });

  test('samples of the same millisecond are no step', () => {
    expect(periodS([...every(1_000, 9), ...every(1_000, 9)])).toBe(60);
    expect(periodS([...every(1_000, 10), ...every(1_000, 10)])).toBe(1);
  });

  test('it is the median: one pause of a night moves nothing', () => {
    expect(periodS([...every(1_000, 20), START_MS + 40_000_000])).toBe(1);
  });

  test('of an even number of steps it is the middle between the two middle ones', () => {
    // Five steps of 1 s and five of 3 s.
    const times = [...every(1_000, 5), ...[8, 11, 14, 17, 20].map((s) => START_MS + s * 1_000)];
    expect(periodS(times)).toBe(2);
    // With a sixth of 1 s the middle is 1 s.
    expect(periodS([...times, START_MS - 1_000])).toBe(1);
  });

  test('the order of the times changes nothing', () => {
    const arbTimes = fc.array(fc.nat(100_000), { maxLength: 40 });
    fc.assert(
      fc.property(
        arbTimes.chain((times) =>
          fc.tuple(fc.constant(times), fc.shuffledSubarray(times, { minLength: times.length })),
        ),
        ([times, shuffled]) => expect(periodS(shuffled)).toBe(periodS(times)),
      ),
    );
  });
});
