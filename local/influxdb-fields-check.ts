/**
 * Fields that another program wrote with another type than Amphora does, as the original demo its integers: within a shard
 * InfluxDB refuses ours beside them, and a Flux range across both types drops the floats without a word. A field that
 * Amphora never writes is passed over.
 */
import { DEMO_MEASUREMENT } from '../lambdas/store/influxdb-lines.ts';
import type { FieldType } from '../lambdas/store/influxdb-management.ts';
import { FIELDS } from '../lambdas/telemetry/fields.generated.ts';
import { ALARM_NAMES } from '../lambdas/telemetry/reading.ts';
import type { Finding } from './finding.ts';
import { quoted } from './shell-word.ts';
import type { InfluxChoice } from './store-choice.ts';

const DEMO_FIELDS = ['charge', 'discharge'];
const TEXT_FIELDS = ['cellVoltageMinId', 'cellVoltageMaxId', 'boot'];
// Of a sample's fields those that are stored as a time, as a side of the pair, or in a measurement of their own.
const STORED_ELSEWHERE = ['timestamp', 'power', 'cells', 'alarms'];
const MAX_NAMED = 4;

export function fieldFindings(place: Omit<InfluxChoice, 'kind'>, types: readonly FieldType[]): readonly Finding[] {
  const wrong = types.filter((one) => (writtenType(one) ?? one.type) !== one.type);
  if (wrong.length === 0)
    return [{ subject: 'fields', level: 'ok', sentence: 'what Amphora writes has the types that it writes' }];
  return [wrong.every(isInteger) ? integerFinding(place, wrong) : otherFinding(place, wrong)];
}

/** The type that Amphora writes this field with, or undefined: it never does. */
function writtenType({ measurement, field }: FieldType): string | undefined {
  switch (measurement) {
    case DEMO_MEASUREMENT:
      return DEMO_FIELDS.includes(field) ? 'float' : undefined;
    case 'battery':
      if (!FIELDS.includes(field) || STORED_ELSEWHERE.includes(field)) return undefined;
      return TEXT_FIELDS.includes(field) ? 'string' : 'float';
    case 'cell':
      return /^v[1-9]\d*$/.test(field) ? 'float' : undefined;
    case 'battery_alarm':
      return ALARM_NAMES.some((name) => name === field) ? 'float' : undefined;
    default:
      return undefined;
  }
}

/** One that a copy as floats puts right. */
function isInteger(one: FieldType): boolean {
  return writtenType(one) === 'float' && (one.type === 'integer' || one.type === 'unsigned');
}

function integerFinding(place: Omit<InfluxChoice, 'kind'>, integers: readonly FieldType[]): Finding {
  const { bucket } = place;
  const names = named(integers.map(nameOf));
  return {
    subject: 'fields',
    level: 'problem',
    sentence: `bucket '${bucket}' holds integers (${names}), and InfluxDB refuses floats beside them, which is all that Amphora writes`,
    next: `use a new bucket (--influx-bucket NAME), or copy this one as floats: ${migrateLine(place)}`,
  };
}

// migrate-bucket is no way out: it copies texts as texts.
function otherFinding({ bucket }: Omit<InfluxChoice, 'kind'>, wrong: readonly FieldType[]): Finding {
  const names = named(wrong.map((one) => `${nameOf(one)} as ${one.type}`));
  return {
    subject: 'fields',
    level: 'problem',
    sentence: `bucket '${bucket}' holds fields with another type than Amphora writes (${names}), and InfluxDB refuses ours beside them`,
    next: 'use a new bucket: --influx-bucket NAME',
  };
}

function migrateLine({ url, org, bucket, tokenFile }: Omit<InfluxChoice, 'kind'>): string {
  const token = tokenFile === undefined ? '' : ` --influx-token-file ${quoted(tokenFile)}`;
  return `./amphora migrate-bucket --influx-url ${quoted(url)} --influx-org ${quoted(org)} --from ${quoted(bucket)} --to ${quoted(`${bucket}-floats`)}${token}`;
}

const nameOf = ({ measurement, field }: FieldType): string => `${measurement}.${field}`;

function named(all: readonly string[]): string {
  const names = [...new Set(all)];
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
