import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batterySample, MAX_SEED, MODEL_CAPACITY_KWH } from '../../lambdas/batteries/battery-model.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NEW_YEAR_MS = Date.UTC(2026, 0, 1);

const seeds = fc.integer({ min: 0, max: MAX_SEED });
const times = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });

/** kW, + charges. */
const powerKw = (seed: number, atMs: number): number => {
  const { charge, discharge } = batterySample(seed, atMs);
  return charge - discharge;
};

describe('battery model', () => {
  test('the same seed and time give the same sample, whatever was asked before', () => {
    fc.assert(
      fc.property(seeds, times, times, (seed, atMs, otherMs) => {
        const first = batterySample(seed, atMs);
        batterySample(seed, otherMs);
        expect(batterySample(seed, atMs)).toStrictEqual(first);
      }),
    );
  });

  test('the sample of seed 7 at a known instant is what it was in every version', () => {
    expect(batterySample(7, Date.UTC(2026, 5, 1, 12))).toStrictEqual({
      charge: 1.623,
      discharge: 0,
      voltage: 53.07,
      current: 30.58,
      soc: 50.61,
      temperature: 22,
    });
  });

  test('two seeds are two batteries', () => {
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        fc.pre(a !== b);
        const day = (seed: number): readonly unknown[] =>
          Array.from({ length: 24 }, (_, hour) => batterySample(seed, NEW_YEAR_MS + hour * HOUR_MS));
        expect(day(a)).not.toStrictEqual(day(b));
      }),
      { numRuns: 30 },
    );
  });

  test('power is voltage times current, to the rounding of the three', () => {
    fc.assert(
      fc.property(seeds, times, (seed, atMs) => {
        const { voltage, current } = batterySample(seed, atMs);
        expect(Math.abs(powerKw(seed, atMs) - (voltage * current) / 1000)).toBeLessThan(0.0015);
      }),
    );
  });

  test('one side is always 0, and neither is ever negative', () => {
    fc.assert(
      fc.property(seeds, times, (seed, atMs) => {
        const { charge, discharge } = batterySample(seed, atMs);
        expect(Math.min(charge, discharge)).toBe(0);
        expect(Math.max(charge, discharge)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('the values are those of a home battery', () => {
    fc.assert(
      fc.property(seeds, times, (seed, atMs) => {
        const { soc, voltage, temperature, charge, discharge } = batterySample(seed, atMs);
        expect(soc).toBeGreaterThan(5);
        expect(soc).toBeLessThan(100);
        expect(voltage).toBeGreaterThan(46);
        expect(voltage).toBeLessThan(56);
        expect(temperature).toBeGreaterThan(10);
        expect(temperature).toBeLessThan(40);
        expect(Math.max(charge, discharge)).toBeLessThan(5);
      }),
    );
  });

  test('nothing jumps within 100 ms, not at midnight either', () => {
    const midnights = fc.integer({ min: 1, max: 40_000 }).map((day) => day * DAY_MS - 50);
    fc.assert(
      fc.property(seeds, fc.oneof(times, midnights), (seed, atMs) => {
        const before = batterySample(seed, atMs);
        const after = batterySample(seed, atMs + 100);
        expect(Math.abs(after.soc - before.soc)).toBeLessThanOrEqual(0.011);
        expect(Math.abs(after.voltage - before.voltage)).toBeLessThan(0.1);
        expect(Math.abs(after.temperature - before.temperature)).toBeLessThanOrEqual(0.11);
        expect(Math.abs(powerKw(seed, atMs + 100) - powerKw(seed, atMs))).toBeLessThan(0.05);
      }),
    );
  });

  test('what was charged and discharged within an hour is what the state of charge gained', () => {
    fc.assert(
      fc.property(seeds, times, (seed, fromMs) => {
        const stepMs = 2000;
        let energyKwh = 0;
        let beforeKw = powerKw(seed, fromMs);
        for (let atMs = fromMs; atMs < fromMs + HOUR_MS; atMs += stepMs) {
          const afterKw = powerKw(seed, atMs + stepMs);
          energyKwh += ((beforeKw + afterKw) / 2) * (stepMs / HOUR_MS);
          beforeKw = afterKw;
        }
        const gainedPct = batterySample(seed, fromMs + HOUR_MS).soc - batterySample(seed, fromMs).soc;
        expect(energyKwh).toBeCloseTo((gainedPct / 100) * MODEL_CAPACITY_KWH, 2);
      }),
      { numRuns: 10 },
    );
  });

  test('a day has both a charge of more than 4 kWh and a night that empties it', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => batterySample(7, NEW_YEAR_MS + hour * HOUR_MS).soc);
    expect(Math.max(...hours) - Math.min(...hours)).toBeGreaterThan(40);
    expect(powerKw(7, NEW_YEAR_MS + 12 * HOUR_MS)).toBeGreaterThan(0.3);
    expect(powerKw(7, NEW_YEAR_MS + 3 * HOUR_MS)).toBeLessThan(-0.1);
  });
});
