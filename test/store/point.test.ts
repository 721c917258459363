import { describe, expect, test } from '@jest/globals';
import { comparePointTimes, refusal } from '../../lambdas/store/point.ts';
import { point, START_MS } from './arbitraries.ts';

describe('what may be stored', () => {
  test('a sample with numbers and texts is not refused', () => {
    expect(
      refusal(point('boat', START_MS, { charge: 0, soc: -1e-7, cellVoltageMinId: 'C3', v512: 3.3 })),
    ).toBeUndefined();
    expect(refusal(point('default', 0, { online: 1 }, { nanos: 999_999, fingerprint: 2 ** 32 - 1 }))).toBeUndefined();
  });

  test('a refusal names the field or the number that it is about', () => {
    expect(refusal(point('boat', START_MS, { charge: 1, soc: Number.NaN }))).toBe('field soc must be finite, not NaN');
    expect(refusal(point('boat', START_MS, { 'a b': 1 }))).toContain('field name "a b" must match');
    expect(refusal(point('boat', START_MS, { cellVoltageMinId: 'C\n3' }))).toContain('cellVoltageMinId');
    expect(refusal(point('Boat', START_MS, { charge: 1 }))).toContain("did you mean 'boat'?");
    expect(refusal(point('boat', START_MS, { charge: 1 }, { nanos: 1e6 }))).toContain('nanoseconds 1000000');
    expect(refusal(point('boat', 1e300, { charge: 1 }))).toContain('time 1e+300');
  });

  test('a time that InfluxDB has no nanoseconds for is refused, the last one that it has is not', () => {
    expect(refusal(point('boat', 9_223_372_036_853, { charge: 1 }))).toBeUndefined();
    expect(refusal(point('boat', 9_223_372_036_854, { charge: 1 }))).toContain('9223372036854');
    expect(refusal(point('boat', -9_223_372_036_855, { charge: 1 }))).toContain('-9223372036855');
  });
});

describe('the order of point times', () => {
  test('is by milliseconds, then by nanoseconds', () => {
    const times = [
      { atMs: 2, nanos: 0 },
      { atMs: 1, nanos: 9 },
      { atMs: 1, nanos: 3 },
    ];
    expect(times.sort(comparePointTimes)).toEqual([
      { atMs: 1, nanos: 3 },
      { atMs: 1, nanos: 9 },
      { atMs: 2, nanos: 0 },
    ]);
    expect(comparePointTimes({ atMs: 1, nanos: 3 }, { atMs: 1, nanos: 3 })).toBe(0);
  });
});
