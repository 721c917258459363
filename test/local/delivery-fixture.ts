/** A delivery whose function answers when a test says so. */
import type { AsyncInvoke } from '../../local/async-invoke.ts';
import { type Delivery, type DeliveryOptions, delivery, type Incoming } from '../../local/delivery.ts';
import { type Journal, type JournalRecord, openJournal } from '../../local/journal.ts';
import { parseRule, type Rule } from '../../local/rule-sql/parse.ts';
import { onDisk } from './journal-on-disk.ts';
import { type Logged, recordedLog } from './recorded-log.ts';
import { inTempFolder } from './temp-folder.ts';

const SQL =
  "SELECT encode(*, 'base64') AS payload, topic() AS topic, clientid() AS clientId, timestamp() AS receivedAt, traceid() AS traceId FROM";
export const NOW_MS = 1795435200000;

type Held = { readonly event: Readonly<Record<string, unknown>>; readonly finish: (isDone: boolean) => void };

export type Bench = {
  readonly messages: Delivery;
  /** Events that the function has and has not answered. */
  readonly held: Held[];
  readonly logged: readonly Logged[];
  readonly onDisk: () => Promise<readonly JournalRecord[]>;
};

type Setup = Partial<Pick<DeliveryOptions, 'checkpoint' | 'journal'>> & { readonly filters?: readonly string[] };

export async function withDelivery(setup: Setup, use: (bench: Bench) => Promise<void>): Promise<void> {
  await inTempFolder(async (folder) => {
    const { journal } = await openJournal(folder, { durable: false });
    const { log, logged } = recordedLog();
    const held: Held[] = [];
    const hold: AsyncInvoke = (event) => new Promise((finish) => held.push({ event: { ...Object(event) }, finish }));
    const rules = (setup.filters ?? ['battery/+/telemetry']).map((filter) => {
      return { rule: ruleOn(filter), targets: [{ name: `${filter} hold`, invoke: hold }] };
    });
    const checkpoint = setup.checkpoint ?? (() => true);
    const messages = delivery({ rules, journal: setup.journal ?? journal, nowMs: () => NOW_MS, log, checkpoint });
    try {
      await use({ messages, held, logged, onDisk: async () => onDisk(folder) });
    } finally {
      for (const { finish } of held) finish(false);
      await messages.close();
    }
  });
}

export function ruleOn(filter: string): Rule {
  const parsed = parseRule(`${SQL} '${filter}'`, { awsIotSqlVersion: '2016-03-23' });
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.rule;
}

export const incoming = (i: number, topic = 'battery/boat/telemetry') => ({
  topic,
  payload: Buffer.from(`p${i}`),
  clientId: 'c',
});
export const settled = async (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

export const record = (message: Incoming): JournalRecord => ({
  ...message,
  receivedAt: NOW_MS,
  traceId: 't',
  settle: () => undefined,
  scheduleOf: () => ({ found: undefined, note: async () => undefined }),
});

/** A journal that writes nothing, at once. */
export const quickJournal = (write: () => void = () => undefined): Journal => ({
  append: async (message) => {
    write();
    return record(message);
  },
  settled: () => ({ count: 1, release: () => undefined }),
  trim: async () => undefined,
  close: async () => undefined,
});

/** Accepts, and counts those that resolved. */
export function accepting(messages: Delivery, count: number): { accepted: number; readonly all: Promise<unknown> } {
  const result = { accepted: 0, all: Promise.resolve<unknown>(undefined) };
  const each = Array.from({ length: count }, async (_, i) => {
    await messages.accept(incoming(i));
    result.accepted += 1;
  });
  result.all = Promise.all(each);
  return result;
}
