/** What no database may be asked to store, whatever its kind, and the order of point times. */
import { parseBatteryId } from '../batteries/battery.ts';
import type { FieldValue, Point, PointTime } from './store.ts';

// InfluxDB keeps a time as 64-bit nanoseconds; a point beyond them could never move to it.
const FIRST_MS = -9_223_372_036_854;
const LAST_MS = 9_223_372_036_853;
const NANOS_PER_MS = 1_000_000;
const MAX_FINGERPRINT = 0xffffffff;
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** Why this point cannot be stored, or undefined when it can. */
export function refusal(point: Point): string | undefined {
  const battery = parseBatteryId(point.battery);
  if (!battery.ok) return battery.reason;
  if (!isWhole(point.atMs, FIRST_MS, LAST_MS)) {
    return `time ${point.atMs} must be whole milliseconds since 1970, from ${FIRST_MS} to ${LAST_MS}`;
  }
  if (!isWhole(point.nanos, 0, NANOS_PER_MS - 1)) {
    return `nanoseconds ${point.nanos} must be a whole number from 0 to ${NANOS_PER_MS - 1}`;
  }
  if (!isWhole(point.fingerprint, 0, MAX_FINGERPRINT)) {
    return `fingerprint ${point.fingerprint} must be a whole number of 32 bits`;
  }
  const names = Object.keys(point.fields);
  if (names.length === 0) return 'a point must have at least one field';
  for (const name of names) {
    const reason = fieldRefusal(name, point.fields[name]);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Negative when `a` is the older, positive when it is the newer, 0 when they are one point time. */
export function comparePointTimes(a: PointTime, b: PointTime): number {
  return a.atMs - b.atMs || a.nanos - b.nanos;
}

function fieldRefusal(name: string, value: FieldValue | undefined): string | undefined {
  if (!FIELD_NAME.test(name)) return `field name ${shown(name)} must match ${FIELD_NAME.source}`;
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : `field ${name} must be finite, not ${value}`;
  if (typeof value !== 'string') return `field ${name} must be a number or a text`;
  // Half a surrogate pair has no UTF-8, and would come back as another text than went in.
  if (hasControlCharacter(value) || !value.isWellFormed()) {
    return `field ${name} must be a text without control characters, not ${shown(value)}`;
  }
  return undefined;
}

const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= min && value <= max;

const hasControlCharacter = (text: string): boolean => /\p{Cc}/u.test(text);

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
