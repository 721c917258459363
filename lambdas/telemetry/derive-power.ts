/**
 * Power that was not sent, the same in every answer and marked `derived` there:
 * - V × I of a current whose millisecond has no power that was sent: DC by nature;
 * - charge − discharge where both were sent in one millisecond. One side alone says nothing of the other.
 */
import type { StoredPoint } from '../store/store.ts';

/** + charges, - discharges. The side that is idle is absent, as it is where a device sends `power`. */
export type DerivedPower = { readonly powerKw: number; readonly charge?: number; readonly discharge?: number };

export const VOLTAGE_HOLDS_MS = 60_000;

export function derivedPower(voltageV: number, currentA: number): DerivedPower {
  const powerKw = rounded((voltageV * currentA) / 1000);
  return powerKw < 0 ? { powerKw, discharge: -powerKw } : { powerKw, charge: powerKw };
}

/** Power of two sides that were sent in one millisecond; undefined where one of them was not. */
export function pairPower(charge: unknown, discharge: unknown): number | undefined {
  return typeof charge === 'number' && typeof discharge === 'number' ? rounded(charge - discharge) : undefined;
}

// A microwatt: finer than any sensor, and coarse enough to drop the tail of a float's product (0.23845599999999997).
function rounded(powerKw: number): number {
  return Number(powerKw.toFixed(9)) + 0;
}

/** Whether a voltage of `voltageAtMs` may stand beside a current of `currentAtMs`. */
export function voltageHolds(voltageAtMs: number, currentAtMs: number): boolean {
  return voltageAtMs <= currentAtMs && currentAtMs - voltageAtMs <= VOLTAGE_HOLDS_MS;
}

/** What a walk through the instants has to remember. */
export type VoltageMemory = { readonly atMs: number; readonly voltageV: number } | undefined;

/** Points in time order, those of one millisecond together: their order within it is that of a hash, and says nothing. */
export function byInstant(points: readonly StoredPoint[]): readonly StoredPoint[][] {
  const instants: StoredPoint[][] = [];
  for (const point of points) {
    const last = instants.at(-1);
    if (last?.[0]?.atMs === point.atMs) last.push(point);
    else instants.push([point]);
  }
  return instants;
}

/**
 * The power of each point of one millisecond, and the voltage to go on with. A power that was sent in that millisecond
 * beats what would be derived. A current takes the voltage of its own sample, else the newest at or before its
 * millisecond, if that is not older than a minute.
 */
export function deriveInstant(
  memory: VoltageMemory,
  instant: readonly StoredPoint[],
): { readonly memory: VoltageMemory; readonly derived: readonly (DerivedPower | undefined)[] } {
  let newest = memory;
  for (const { atMs, fields } of instant) {
    if (typeof fields['voltage'] === 'number') newest = { atMs, voltageV: fields['voltage'] };
  }
  const hasSentPower = instant.some(
    ({ fields }) => fields['charge'] !== undefined || fields['discharge'] !== undefined,
  );
  const derived = instant.map(({ atMs, fields: { voltage, current } }) => {
    if (hasSentPower || typeof current !== 'number') return undefined;
    if (typeof voltage === 'number') return derivedPower(voltage, current);
    return newest !== undefined && voltageHolds(newest.atMs, atMs) ? derivedPower(newest.voltageV, current) : undefined;
  });
  return { memory: newest, derived };
}
