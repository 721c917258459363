/**
 * Fields that hold integers, as the original demo wrote them: within a shard InfluxDB refuses every float of such a field,
 * and a Flux range across both types drops the floats without a word.
 */
import { MEASUREMENTS } from '../lambdas/store/influxdb-lines.ts';
import type { FieldType } from '../lambdas/store/influxdb-management.ts';
import type { Finding } from './finding.ts';
import { quoted } from './shell-word.ts';
import type { InfluxChoice } from './store-choice.ts';

// What the demo's readers and ours take for numbers.
const NUMBERS = ['charge', 'discharge'];
const MAX_NAMED = 4;

export function fieldFindings(place: Omit<InfluxChoice, 'kind'>, types: readonly FieldType[]): readonly Finding[] {
  const ours = types.filter(({ measurement }) => MEASUREMENTS.some((name) => name === measurement));
  const integers = ours.filter(({ type }) => type === 'integer' || type === 'unsigned');
  const texts = ours.filter(({ field, type }) => NUMBERS.includes(field) && (type === 'string' || type === 'boolean'));
  const subject = 'fields';
  const found: readonly Finding[] = [
    ...(integers.length === 0 ? [] : [integerFinding(place, integers)]),
    ...(texts.length === 0
      ? []
      : [
          {
            subject,
            level: 'warning',
            sentence: `bucket '${place.bucket}' holds ${named(texts)} as text in places, which Amphora does not show`,
            next: 'leave it, or use a new bucket: --influx-bucket NAME',
          } as const satisfies Finding,
        ]),
  ];
  return found.length > 0 ? found : [{ subject, level: 'ok', sentence: 'no integers where Amphora writes floats' }];
}

function integerFinding(place: Omit<InfluxChoice, 'kind'>, integers: readonly FieldType[]): Finding {
  const { bucket } = place;
  return {
    subject: 'fields',
    level: 'problem',
    sentence: `bucket '${bucket}' holds integers (${named(integers)}), and InfluxDB refuses floats beside them, which is all that Amphora writes`,
    next: `use a new bucket (--influx-bucket NAME), or copy this one as floats: ${migrateLine(place)}`,
  };
}

function migrateLine({ url, org, bucket, tokenFile }: Omit<InfluxChoice, 'kind'>): string {
  const token = tokenFile === undefined ? '' : ` --influx-token-file ${quoted(tokenFile)}`;
  return `./amphora migrate-bucket --influx-url ${quoted(url)} --influx-org ${quoted(org)} --from ${quoted(bucket)} --to ${quoted(`${bucket}-floats`)}${token}`;
}

function named(types: readonly FieldType[]): string {
  const names = [...new Set(types.map(({ measurement, field }) => `${measurement}.${field}`))];
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
