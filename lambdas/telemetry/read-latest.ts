/** The flow of GET /livedata: the newest value of each field, by event time, with its age and how far to believe it. */
import { DEFAULT_BATTERY, DEMO_BATTERY } from '../batteries/battery.ts';
import type { LatestValue, Store, StoredPoint } from '../store/store.ts';
import { type DerivedPower, deriveInstant, pairPower, type VoltageMemory } from './derive-power.ts';
import { FIELD_UNITS, STATES } from './fields.generated.ts';
import { formatInstant } from './instant.ts';
import { PERIOD_SAMPLES, periodS, type Quality, qualityOf } from './quality.ts';
import { voltagePoint } from './voltage-for.ts';

type LatestDeps = { readonly store: Pick<Store, 'latest' | 'live' | 'points'>; readonly nowMs: () => number };

/** The original demo's four keys, of the default battery; `timestamp` is the newer of the two. */
export type DemoLivedata = {
  readonly charge: number | null;
  readonly discharge: number | null;
  readonly timestamp: string | null;
  readonly unit: 'kW';
};

export type LiveValue = {
  readonly value: number | string | null;
  readonly unit?: string;
  readonly at: string | null;
  readonly ageMs: number | null;
  readonly quality: Quality;
  readonly derived?: true;
};

export type Livedata = {
  readonly battery: string;
  readonly serverTime: string;
  readonly periodS: number;
  readonly simulated: boolean;
  readonly [field: string]: LiveValue | string | number | boolean;
};

export function readDemoLatest({ store }: LatestDeps) {
  return async (): Promise<DemoLivedata> => {
    const latest = await store.latest({ battery: DEFAULT_BATTERY });
    const charge = latest.get('charge');
    const discharge = latest.get('discharge');
    const atMs = Math.max(charge?.atMs ?? -1, discharge?.atMs ?? -1);
    return {
      charge: numberOf(charge),
      discharge: numberOf(discharge),
      timestamp: atMs < 0 ? null : formatInstant(atMs),
      unit: 'kW',
    };
  };
}

export function readLatest({ store, nowMs }: LatestDeps) {
  return async (battery: string): Promise<Livedata> => {
    const { latest, newestTimes } = await store.live({ battery, times: PERIOD_SAMPLES });
    const now = nowMs();
    const period = periodS(newestTimes);
    const live = (field: string, found: Found): LiveValue => liveValue(field, found, now, period);
    const stored = [...latest]
      .filter(([field]) => field !== 'received')
      .map(([field, found]) => [field, live(field, found)]);
    const derived = Object.entries(await derivedFields(store, battery, latest)).map(([field, found]) => [
      field,
      live(field, found),
    ]);
    return {
      battery,
      serverTime: formatInstant(now),
      periodS: period,
      simulated: battery === DEMO_BATTERY,
      charge: never('charge'),
      discharge: never('discharge'),
      ...Object.fromEntries(stored),
      ...Object.fromEntries(derived),
    };
  };
}

type Found = Pick<LatestValue, 'atMs' | 'value'> & { readonly derived?: true };
type Latest = ReadonlyMap<string, LatestValue>;

function numberOf(found: LatestValue | undefined): number | null {
  return typeof found?.value === 'number' ? found.value : null;
}

function never(field: string): LiveValue {
  return { value: null, ...unitOf(field), at: null, ageMs: null, quality: 'never' };
}

function liveValue(field: string, { value, atMs, derived }: Found, nowMs: number, period: number): LiveValue {
  // A device's clock may run ahead; an age is never negative.
  const ageMs = Math.max(0, nowMs - atMs);
  return {
    value: field === 'state' && typeof value === 'number' ? (STATES[value - 1] ?? 'unknown') : value,
    ...unitOf(field),
    at: formatInstant(atMs),
    ageMs,
    quality: qualityOf(ageMs, period),
    ...(derived === undefined ? {} : { derived }),
  };
}

function unitOf(field: string): { readonly unit?: string } {
  const unit = FIELD_UNITS[field];
  return unit === undefined || unit === '1' ? {} : { unit };
}

// From V × I where the current is newer than any power sent; else `power` of a pair sent at the same instant.
async function derivedFields(
  store: LatestDeps['store'],
  battery: string,
  latest: Latest,
): Promise<Record<string, Found>> {
  const current = latest.get('current');
  const sentMs = Math.max(latest.get('charge')?.atMs ?? -1, latest.get('discharge')?.atMs ?? -1);
  if (typeof current?.value !== 'number' || current.atMs <= sentMs) return pairFields(latest);
  const derived = await powerOf(store, battery, latest, current);
  if (derived === undefined) return {};
  const { powerKw, charge, discharge } = derived;
  const found = (value: number): Found => ({ value, atMs: current.atMs, derived: true });
  return {
    power: found(powerKw),
    ...(charge === undefined ? {} : { charge: found(charge) }),
    ...(discharge === undefined ? {} : { discharge: found(discharge) }),
  };
}

async function powerOf(
  store: LatestDeps['store'],
  battery: string,
  latest: Latest,
  { atMs, nanos, value }: LatestValue,
): Promise<DerivedPower | undefined> {
  const newest = latest.get('voltage');
  const voltage =
    newest !== undefined && newest.atMs > atMs
      ? valueOf(await voltagePoint(store, { battery, currentMs: atMs, beforeMs: atMs + 1 }))
      : newest;
  if (typeof voltage?.value !== 'number') return undefined;
  const memory: VoltageMemory = { atMs: voltage.atMs, voltageV: voltage.value };
  // Where the voltage is of another sample of that millisecond, the current's own sample may have one too.
  const own =
    voltage.atMs === atMs && voltage.nanos !== nanos
      ? await store.points({ battery, fromMs: atMs, toMs: atMs + 1, after: { atMs, nanos: nanos - 1 }, limit: 1 })
      : [];
  return deriveInstant(memory, own.length > 0 ? own : [{ atMs, nanos, fields: { current: value } }]).derived[0];
}

function valueOf(point: StoredPoint | undefined): LatestValue | undefined {
  const value = point?.fields['voltage'];
  return point === undefined || value === undefined ? undefined : { atMs: point.atMs, nanos: point.nanos, value };
}

function pairFields(latest: Latest): Record<string, Found> {
  const charge = latest.get('charge');
  const discharge = latest.get('discharge');
  if (charge === undefined || charge.atMs !== discharge?.atMs) return {};
  const powerKw = pairPower(charge.value, discharge.value);
  return powerKw === undefined ? {} : { power: { value: powerKw, atMs: charge.atMs, derived: true } };
}
