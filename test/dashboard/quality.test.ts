import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeAgain, qualityOf, sleepProofClock } from '../../dashboard/quality.ts';
import { qualityOf as serverQualityOf } from '../../lambdas/telemetry/quality.ts';

const ageMs = fc.integer({ min: 0, max: 30 * 86_400_000 });
const periodS = fc.constantFrom(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600);
const rank = { live: 0, late: 1, stale: 2, never: 3 };

describe('quality', () => {
  test('the page and the server judge an age alike', () => {
    fc.assert(fc.property(ageMs, periodS, (age, period) => qualityOf(age, period) === serverQualityOf(age, period)));
  });

  test('a value that nobody answers for goes from live over late to stale', () => {
    const answered = { ageMs: 1000, quality: 'live' } as const;
    expect(judgeAgain(answered, 4000, 1)).toEqual({ ageMs: 5000, quality: 'live' });
    expect(judgeAgain(answered, 4001, 1)).toEqual({ ageMs: 5001, quality: 'late' });
    expect(judgeAgain(answered, 59_001, 1)).toEqual({ ageMs: 60_001, quality: 'stale' });
  });

  test('what the server called stale stays stale, however young it looks here', () => {
    expect(judgeAgain({ ageMs: 0, quality: 'stale' }, 0, 60).quality).toBe('stale');
  });

  test('waiting makes no value younger or better', () => {
    fc.assert(
      fc.property(ageMs, periodS, fc.integer({ min: -1000, max: 86_400_000 }), (age, period, elapsed) => {
        const answered = { ageMs: age, quality: qualityOf(age, period) };
        const judged = judgeAgain(answered, elapsed, period);
        return judged.ageMs >= age && rank[judged.quality] >= rank[answered.quality];
      }),
    );
  });
});

describe('sleepProofClock', () => {
  test('the hours that a device slept through count, though its monotonic clock stood still', () => {
    let monotonic = 1000;
    let wall = 50_000;
    const nowMs = sleepProofClock(
      () => monotonic,
      () => wall,
    );
    const before = nowMs();
    wall += 3_600_000;
    monotonic += 10;
    expect(nowMs() - before).toBe(3_600_000);
    wall += 1000;
    monotonic += 1000;
    expect(nowMs() - before).toBe(3_601_000);
  });

  test('a wall clock that is set back makes nothing younger', () => {
    let monotonic = 0;
    let wall = 50_000;
    const nowMs = sleepProofClock(
      () => monotonic,
      () => wall,
    );
    const before = nowMs();
    wall -= 3_600_000;
    monotonic += 500;
    expect(nowMs() - before).toBe(500);
  });
});
