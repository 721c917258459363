/** What a message holds, judged by the very code of the writer: only that nothing is stored. */
import { parseJson } from '../../lambdas/json/parse-json.ts';
import type { Point } from '../../lambdas/store/store.ts';
import { FIELD_UNITS, FIELDS, STATES } from '../../lambdas/telemetry/fields.generated.ts';
import { writeMessage } from '../../lambdas/telemetry/write-message.ts';
import type { HeardMessage } from './first-message.ts';

export type Arrived = {
  readonly topic: string;
  readonly bytes: number;
  /** ISO 8601; the newest sample's. */
  readonly timestamp?: string;
  /** That time is the one of receipt: the device sent none. */
  readonly received: boolean;
  readonly samples: number;
  /** Of the newest sample, in the units of the schema. */
  readonly fields: Readonly<Record<string, number | string>>;
  readonly stored: 'wholly' | 'partly' | 'not';
  /** Why not, or why not wholly. */
  readonly reason?: string;
};

export async function whatArrived(topicRoot: string, { topic, payload, atMs }: HeardMessage): Promise<Arrived> {
  const points: Point[] = [];
  const judge = writeMessage({
    append: async (all) => {
      points.push(...all);
      return all.map(() => ({ kind: 'stored' }) as const);
    },
    quarantine: async () => {},
    parseJson,
    topicRoot,
  });
  const { quarantined } = await judge({ payload: Buffer.from(payload).toString('base64'), topic, receivedAt: atMs });
  const times = new Set(points.map((point) => `${point.atMs}.${point.nanos}`));
  const newest = points.toSorted((a, b) => b.atMs - a.atMs || b.nanos - a.nanos)[0];
  const ofNewest = points.filter((point) => point.atMs === newest?.atMs && point.nanos === newest.nanos);
  return {
    topic,
    bytes: payload.byteLength,
    ...(newest === undefined ? {} : { timestamp: new Date(newest.atMs).toISOString() }),
    received: ofNewest.some(({ fields }) => fields['received'] === 1),
    samples: times.size,
    fields: Object.assign({}, ...ofNewest.map(fieldsOf)),
    stored: quarantined === undefined ? 'wholly' : points.length === 0 ? 'not' : 'partly',
    ...(quarantined === undefined ? {} : { reason: quarantined.reason }),
  };
}

function fieldsOf({ measurement, fields }: Point): Readonly<Record<string, number | string>> {
  if (measurement === 'cell') return { cells: Object.keys(fields).length };
  if (measurement === 'battery_alarm') {
    const raised = Object.entries(fields).filter(([, level]) => level !== 0);
    return {
      alarms: raised.map(([name, level]) => `${name}:${level === 2 ? 'alarm' : 'warning'}`).join(' ') || 'none',
    };
  }
  const { received: _, ...rest } = fields;
  return typeof rest['state'] === 'number' ? { ...rest, state: STATES[rest['state'] - 1] ?? rest['state'] } : rest;
}

/** As lines for a person. */
export function arrivedText(arrived: Arrived): string {
  const { topic, bytes, timestamp, received, samples, fields, stored, reason } = arrived;
  const order = (name: string): number => FIELDS.indexOf(name);
  const inOrder = Object.entries(fields).sort(([a], [b]) => order(a) - order(b));
  const values = inOrder.map(([name, value]) => {
    const unit = name === 'cells' ? 'values' : FIELD_UNITS[name];
    return `  ${name.padEnd(20)}${value}${unit === undefined || unit === '1' ? '' : ` ${unit}`}\n`;
  });
  const how = received ? 'without a time of its own, so of' : 'measured at';
  const of = samples > 1 ? ` of the newest of ${samples} samples` : '';
  return [
    `Arrived on ${topic}: ${bytes} bytes${timestamp === undefined ? '' : `, ${how} ${timestamp}${of}`}.\n`,
    ...values,
    {
      wholly: 'It is stored.\n',
      partly: `It is stored, but not all of it: ${reason}.\n`,
      not: `It is not stored: ${reason}.\n`,
    }[stored],
  ].join('');
}
