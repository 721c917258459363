/** The voltage for a current that has none of its own, from the minute before it: an older one would not stand beside it. */
import type { Store, StoredPoint } from '../store/store.ts';
import { byInstant, VOLTAGE_HOLDS_MS, type VoltageMemory } from './derive-power.ts';

type Wanted = {
  readonly battery: string;
  /** Of the first current. */
  readonly currentMs: number;
  /** Before this time. */
  readonly beforeMs: number;
};

/** The newest point with a voltage that may stand beside the current. */
export async function voltagePoint(
  store: Pick<Store, 'points'>,
  { battery, currentMs, beforeMs }: Wanted,
): Promise<StoredPoint | undefined> {
  const range = { fromMs: currentMs - VOLTAGE_HOLDS_MS, toMs: beforeMs };
  const [point] = await store.points({ battery, ...range, fields: ['voltage'], order: 'newest-first', limit: 1 });
  return point;
}

/** What a walk through instants from `fromMs` on has to know beforehand. */
export async function voltageBefore(
  store: Pick<Store, 'points'>,
  battery: string,
  fromMs: number,
): Promise<VoltageMemory> {
  const point = await voltagePoint(store, { battery, currentMs: fromMs, beforeMs: fromMs });
  const voltageV = point?.fields['voltage'];
  return point !== undefined && typeof voltageV === 'number' ? { atMs: point.atMs, voltageV } : undefined;
}

/** Whether one of these points, in the order of time, has a current and no voltage in or before its millisecond. */
export function lacksVoltage(points: readonly StoredPoint[]): boolean {
  for (const instant of byInstant(points)) {
    if (instant.some(({ fields }) => typeof fields['voltage'] === 'number')) return false;
    if (instant.some(({ fields }) => typeof fields['current'] === 'number')) return true;
  }
  return false;
}
