/** Records of the quarantine as the API tells them, and as lines for a person. */
import { printable, shortened } from '../printable.ts';
import { payloadText } from './payload-text.ts';

export type Entry = {
  readonly id: string;
  readonly battery: string | null;
  readonly reason: string;
  readonly serverMessage?: string;
  readonly topic: string;
  readonly clientId: string | null;
  readonly traceId: string | null;
  readonly receivedAt: string;
  readonly quarantinedAt: string;
  readonly attempts: number;
  readonly bytes: number;
};

export type Shown = Entry & { readonly original: string };

const MAX_REASON_CHARACTERS = 300;

export const entriesIn = (body: unknown): readonly Entry[] => (Array.isArray(body) ? body : []);

export const recordIn = (body: unknown): Shown => ({ ...Object(body) });

export function entryLines({ id, battery, reason, receivedAt, attempts, bytes }: Entry): string {
  const facts = [
    id,
    battery === null ? '(no battery)' : printable(battery),
    shownInstant(receivedAt),
    `${bytes} bytes`,
    ...(attempts === 1 ? [] : [`tried ${attempts} times`]),
  ];
  return `${facts.map(printable).join('  ')}\n    ${shortened(printable(reason), MAX_REASON_CHARACTERS)}\n`;
}

export function recordLines(record: Shown): string {
  const { id, battery, reason, serverMessage, topic, clientId, traceId, receivedAt, quarantinedAt, attempts } = record;
  const bytes = Buffer.from(record.original, 'base64');
  const rows = [
    ['id', id],
    ['battery', battery ?? 'none: its topic names none'],
    ['topic', topic],
    ['client', clientId ?? 'none: it came over HTTP'],
    ['received', shownInstant(receivedAt)],
    ['here since', shownInstant(quarantinedAt)],
    ['tried', attempts === 1 ? 'once' : `${attempts} times`],
    ...(traceId === null ? [] : [['trace id', traceId]]),
    ['reason', reason],
    ...(serverMessage === undefined ? [] : [['database', serverMessage]]),
    ['original', `${bytes.length} bytes`],
  ];
  const lines = rows.map(([name = '', value = '']) => `${name.padEnd(12)}${printable(value)}\n`);
  return `${lines.join('')}\n${payloadText(bytes)}\n`;
}

const shownInstant = (text: string): string => printable(text).replace('T', ' ').replace('+00:00', ' UTC');
