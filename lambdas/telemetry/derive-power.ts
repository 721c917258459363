/**
 * Power of a battery that sends voltage and current only: V × I, each current with the newest voltage at or before it
 * that is not older than a minute. DC by nature, and marked `derived` wherever it is shown.
 */
import type { StoredPoint } from '../store/store.ts';

/** + charges, - discharges. The side that is idle is absent, as it is where a device sends `power`. */
export type DerivedPower = { readonly powerKw: number; readonly charge?: number; readonly discharge?: number };

const VOLTAGE_HOLDS_MS = 60_000;

export function derivedPower(voltageV: number, currentA: number): DerivedPower {
  const powerKw = rounded((voltageV * currentA) / 1000);
  return powerKw < 0 ? { powerKw, discharge: -powerKw } : { powerKw, charge: powerKw };
}

// A microwatt: finer than any sensor, and coarse enough to drop the tail of a float's product (0.23845599999999997).
function rounded(powerKw: number): number {
  return Number(powerKw.toFixed(9)) + 0;
}

/** Whether a voltage of `voltageAtMs` may stand beside a current of `currentAtMs`. */
export function voltageHolds(voltageAtMs: number, currentAtMs: number): boolean {
  return voltageAtMs <= currentAtMs && currentAtMs - voltageAtMs <= VOLTAGE_HOLDS_MS;
}

/** What a walk through time-sorted points has to remember. */
export type VoltageMemory = { readonly atMs: number; readonly voltageV: number } | undefined;

/** The power of one point, if it has a current and no power of its own, and the voltage to go on with. */
export function stepDerivation(
  memory: VoltageMemory,
  point: StoredPoint,
): { readonly memory: VoltageMemory; readonly derived?: DerivedPower } {
  const { voltage, current, charge, discharge } = point.fields;
  const next: VoltageMemory = typeof voltage === 'number' ? { atMs: point.atMs, voltageV: voltage } : memory;
  const hasOwnPower = charge !== undefined || discharge !== undefined;
  if (typeof current !== 'number' || hasOwnPower || next === undefined || !voltageHolds(next.atMs, point.atMs)) {
    return { memory: next };
  }
  return { memory: next, derived: derivedPower(next.voltageV, current) };
}
