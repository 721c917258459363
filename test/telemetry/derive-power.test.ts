import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  byInstant,
  type DerivedPower,
  derivedPower,
  deriveInstant,
  pairPower,
  type VoltageMemory,
  voltageHolds,
} from '../../lambdas/telemetry/derive-power.ts';
import { readLatest } from '../../lambdas/telemetry/read-latest.ts';
import { readWideRows } from '../../lambdas/telemetry/read-rows.ts';
import { readSeries } from '../../lambdas/telemetry/read-series.ts';
import { NOW_MS, withStore } from './memory-store.ts';

const START_MS = Date.UTC(2026, 10, 23, 12);
const MINUTE_MS = 60_000;

type Row = readonly [afterMs: number, fields: Readonly<Record<string, number | string>>];

/** The powers of a walk through points in time order. */
function walk(rows: readonly Row[], before?: VoltageMemory): readonly (DerivedPower | undefined)[] {
  let memory = before;
  const points = rows.map(([afterMs, fields], nanos) => ({ atMs: START_MS + afterMs, nanos, fields }));
  return byInstant(points).flatMap((instant) => {
    const step = deriveInstant(memory, instant);
    memory = step.memory;
    return step.derived;
  });
}

describe('derived power', () => {
  test.each([
    // Rows of the boat's charge: volts and amperes as its monitor wrote them.
    [14.5, 166.2, { powerKw: (14.5 * 166.2) / 1000, charge: 2.4099 }],
    [13.2, -20, { powerKw: -0.264, discharge: 0.264 }],
    [13.2, 0, { powerKw: 0, charge: 0 }],
    [0, 50, { powerKw: 0, charge: 0 }],
  ])('%d V times %d A is kilowatts on one side', (voltageV, currentA, wanted) => {
    const derived = derivedPower(voltageV, currentA);
    expect(Object.keys(derived).sort()).toEqual(Object.keys(wanted).sort());
    for (const [side, powerKw] of Object.entries(wanted)) {
      expect(Object.entries(derived).find(([name]) => name === side)?.[1]).toBeCloseTo(powerKw, 12);
    }
  });

  test.each([
    [0, 0, true],
    [0, MINUTE_MS, true],
    [0, MINUTE_MS + 1, false],
    [1, 0, false],
  ])('a voltage at %d ms holds for a current at %d ms: %s', (voltageMs, currentMs, holds) => {
    expect(voltageHolds(START_MS + voltageMs, START_MS + currentMs)).toBe(holds);
  });

  test('each current takes the newest voltage at or before it', () => {
    expect(
      walk([
        [0, { voltage: 10 }],
        [1, { current: 100 }],
        [2, { voltage: 20, current: 100 }],
        [3, { soc: 5 }],
        [4, { current: 100 }],
      ]),
    ).toMatchObject([undefined, { powerKw: 1 }, { powerKw: 2 }, undefined, { powerKw: 2 }]);
  });

  test('a voltage older than a minute, or none at all, derives nothing', () => {
    expect(walk([[0, { current: 5 }]])).toEqual([undefined]);
    const rows: readonly Row[] = [
      [0, { voltage: 10 }],
      [MINUTE_MS, { current: 5 }],
      [MINUTE_MS + 1, { current: 5 }],
    ];
    expect(walk(rows)).toEqual([undefined, { powerKw: 0.05, charge: 0.05 }, undefined]);
  });

  test('a point with a power of its own derives nothing, and its voltage holds on', () => {
    expect(
      walk([
        [0, { voltage: 10, current: 5, charge: 9 }],
        [1, { current: 5, discharge: 0 }],
        [2, { current: 5 }],
      ]),
    ).toEqual([undefined, undefined, { powerKw: 0.05, charge: 0.05 }]);
  });

  test('a voltage from before the walk counts', () => {
    expect(walk([[0, { current: -5 }]], { atMs: START_MS - MINUTE_MS, voltageV: 10 })).toEqual([
      { powerKw: -0.05, discharge: 0.05 },
    ]);
  });

  test('the points of a millisecond are taken together, whatever their order in it', () => {
    const voltage = [0, { voltage: 20 }] as const;
    const current = [0, { current: 100 }] as const;
    const before = { atMs: START_MS - 1, voltageV: 10 };
    expect(walk([voltage, current], before)).toEqual([undefined, { powerKw: 2, charge: 2 }]);
    expect(walk([current, voltage], before)).toEqual([{ powerKw: 2, charge: 2 }, undefined]);
    expect(walk([current, [0, { discharge: 0 }], voltage], before)).toEqual([undefined, undefined, undefined]);
  });

  test('a sample with both is the product of its own, beside others of its millisecond', () => {
    const rows: readonly Row[] = [
      [0, { voltage: 10, current: 100 }],
      [0, { voltage: 20, current: -100 }],
      [1, { current: 100 }],
    ];
    expect(walk(rows)).toMatchObject([{ powerKw: 1 }, { powerKw: -2 }, { powerKw: 2 }]);
  });
});

describe('power of a pair', () => {
  test.each([
    [3, 1, 2],
    [1, 3, -2],
    [0, 0, 0],
    [3.3, 1.1, 2.2],
    [3, undefined, undefined],
    [undefined, 3, undefined],
    [undefined, undefined, undefined],
  ])('of charge %p and discharge %p is %p', (charge, discharge, powerKw) => {
    expect(pairPower(charge, discharge)).toBe(powerKw);
  });
});

// Few milliseconds, so that samples meet in one; a power that was sent is the exception.
const arbSamples = fc.array(
  fc
    .tuple(
      fc.record({ timestamp: fc.integer({ min: 1, max: 5 }).map((ms) => NOW_MS - ms) }),
      fc.oneof(
        { weight: 5, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.constantFrom({ charge: 1 }, { discharge: 2 }, { charge: 3, discharge: 2 }) },
      ),
      fc.record(
        {
          voltage: fc.integer({ min: 10, max: 14 }),
          current: fc.integer({ min: -9, max: 9 }).map((tens) => tens * 10),
        },
        { requiredKeys: [], noNullPrototype: true },
      ),
    )
    .map(([time, power, others]) => ({ ...time, ...power, ...others }))
    .filter((sample) => Object.keys(sample).length > 1),
  { minLength: 1, maxLength: 8 },
);

describe('rows, series and live data', () => {
  test('have the same power of the same samples', async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(arbSamples, async (samples) =>
        withStore({ boat: samples }, async (store) => {
          const range = { fromMs: NOW_MS - 10, toMs: NOW_MS };
          const asked = { battery: 'boat', range };
          const wide = await readWideRows(store)({ ...asked, limit: 100, order: 'oldest-first' });
          const { fields } = await readSeries(store, () => NOW_MS)({ ...asked, points: 3 });
          const rows = wide?.rows ?? [];
          for (const side of ['charge', 'discharge'] as const) {
            const values = rows.flatMap(({ [side]: value }) => (value === null ? [] : [value]));
            expect(fields[side]?.statistics.count ?? 0).toBe(values.length);
            if (values.length === 0) continue;
            const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
            expect(fields[side]?.statistics).toMatchObject({
              min: Math.min(...values),
              max: Math.max(...values),
              mean: expect.closeTo(mean, 9),
            });
            expect(fields[side]?.derived ?? false).toBe(rows.some(({ derived }) => derived?.includes(side)));
          }
          const { power, charge, discharge } = await readLatest({ store, nowMs: () => NOW_MS })('boat');
          const live = [charge, discharge].some((value) => typeof value === 'object' && value.derived === true);
          if (!live) return;
          seen += 1;
          const newest = rows.findLast(({ current }) => current !== undefined);
          expect(power).toMatchObject({ value: newest?.power, at: newest?.time, derived: true });
        }),
      ),
      { numRuns: 150 },
    );
    expect(seen).toBeGreaterThan(10);
  });
});
