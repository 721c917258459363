/** A point as the lines of InfluxDB's line protocol, in the stored form that the original demo's readers know. */
import { Point as InfluxPoint } from '@influxdata/influxdb-client';
import { DEFAULT_BATTERY } from '../batteries/battery.ts';
import { nanosText } from './influxdb-time.ts';
import { refusal } from './point.ts';
import type { FieldValue, Measurement, Point } from './store.ts';

/** What the demo's readers filter by: these two fields of the default battery, and nothing else. */
export const DEMO_MEASUREMENT = 'battery_data';
const DEMO_FIELDS: readonly string[] = ['charge', 'discharge'];

export type InfluxMeasurement = Measurement | typeof DEMO_MEASUREMENT;

export const MEASUREMENTS = [
  'battery',
  DEMO_MEASUREMENT,
  'cell',
  'battery_alarm',
] as const satisfies readonly InfluxMeasurement[];

/** Why InfluxDB cannot have this point, or undefined. */
export function influxRefusal(point: Point): string | undefined {
  const reason = refusal(point);
  if (reason !== undefined) return reason;
  // Its `range` begins with 1970, whatever is asked for: an older point would be there and never found.
  if (point.atMs < 0) return `time ${point.atMs} lies before 1970, where InfluxDB finds nothing`;
  // It answers that it has stored such a field, and leaves it out.
  return Object.hasOwn(point.fields, 'time') ? "a field 'time' is none to InfluxDB; give it another name" : undefined;
}

/** One line, or two for a sample of the default battery that has more than charge and discharge. */
export function linesOf(point: Point): string {
  const { measurement, battery, fields } = point;
  if (measurement !== 'battery' || battery !== DEFAULT_BATTERY)
    return lineOf(measurement, point, Object.entries(fields));
  const entries = Object.entries(fields);
  const demo = entries.filter(([name]) => DEMO_FIELDS.includes(name));
  const others = entries.filter(([name]) => !DEMO_FIELDS.includes(name));
  const lines = [
    ...(demo.length === 0 ? [] : [lineOf(DEMO_MEASUREMENT, point, demo)]),
    ...(others.length === 0 ? [] : [lineOf('battery', point, others)]),
  ];
  return lines.join('\n');
}

function lineOf(
  measurement: InfluxMeasurement,
  point: Point,
  fields: readonly (readonly [string, FieldValue])[],
): string {
  const line = new InfluxPoint(measurement).tag('battery', point.battery).timestamp(nanosText(point));
  for (const [name, value] of fields) {
    if (typeof value === 'number') line.floatField(name, value);
    else line.stringField(name, value);
  }
  return line.toLineProtocol() ?? '';
}
