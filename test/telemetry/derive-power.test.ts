import { describe, expect, test } from '@jest/globals';
import {
  type DerivedPower,
  derivedPower,
  stepDerivation,
  type VoltageMemory,
  voltageHolds,
} from '../../lambdas/telemetry/derive-power.ts';

const START_MS = Date.UTC(2026, 10, 23, 12);
const MINUTE_MS = 60_000;

type Row = readonly [afterMs: number, fields: Readonly<Record<string, number | string>>];

/** The powers of a walk through points in time order. */
function walk(rows: readonly Row[], before?: VoltageMemory): readonly (DerivedPower | undefined)[] {
  let memory = before;
  return rows.map(([afterMs, fields]) => {
    const step = stepDerivation(memory, { atMs: START_MS + afterMs, nanos: 0, fields });
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
});
