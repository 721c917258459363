/**
 * Point time: event milliseconds, and nanoseconds from a hash of the sample. The same sample always lands on the same
 * time, so a repeat is a no-op on every hop; two different samples of one millisecond stay two points.
 */
import type { Measurement, Point } from '../store/store.ts';
import type { Reading } from './reading.ts';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const NANOS_PER_MS = 1_000_000;
const UTF8 = new TextEncoder();

/** 32-bit FNV-1a of the text's UTF-8 bytes. */
export function fnv1a32(text: string): number {
  let hash = FNV_OFFSET;
  for (const byte of UTF8.encode(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}

/** The text that a sample is told by: its time and its fields as sent, sorted by name. */
export function canonicalText(reading: Pick<Reading, 'atMs' | 'sent'>): string {
  const members = Object.entries(reading.sent).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([reading.atMs, members]);
}

/** A reading as the points it is stored as: one a measurement, all on one point time. */
export function toPoints(battery: string, reading: Reading): readonly Point[] {
  const fingerprint = fnv1a32(canonicalText(reading));
  const point = (measurement: Measurement, fields: Readonly<Record<string, number | string>>): Point => ({
    measurement,
    battery,
    atMs: reading.atMs,
    nanos: fingerprint % NANOS_PER_MS,
    fingerprint,
    fields,
  });
  const mark = reading.received ? { received: 1 } : {};
  return [
    ...(Object.keys(reading.fields).length === 0 ? [] : [point('battery', { ...reading.fields, ...mark })]),
    ...(reading.cells === undefined ? [] : [point('cell', cellFields(reading.cells))]),
    ...(reading.alarms === undefined ? [] : [point('battery_alarm', reading.alarms)]),
  ];
}

function cellFields(cells: readonly number[]): Readonly<Record<string, number>> {
  return Object.fromEntries(cells.map((voltageV, i) => [`v${i + 1}`, voltageV]));
}
