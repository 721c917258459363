/**
 * The messages of a queue between the topic rule and the writer: each body is a rule's envelope. And what is answered to
 * who polls that queue.
 */
import { type Envelope, parseEnvelope } from './envelope.ts';
import type { ArrivedMessage, Written } from './write-message.ts';

export type QueuedMessage = ArrivedMessage & {
  /** The queue's own, by which the answer names it. */
  readonly id: string;
};

/** Undefined: the event is not one of a queue. */
export function parseQueued(event: unknown): readonly QueuedMessage[] | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const { Records: records }: { readonly Records?: unknown } = event;
  if (!Array.isArray(records)) return undefined;
  const messages = records.flatMap((record) => messageOf(record) ?? []);
  return messages.length === records.length ? messages : undefined;
}

function messageOf(record: unknown): QueuedMessage | undefined {
  if (typeof record !== 'object' || record === null) return undefined;
  const { messageId: id, body, attributes }: Readonly<Record<string, unknown>> = { ...record };
  if (typeof id !== 'string' || typeof body !== 'string') return undefined;
  const envelope = parseEnvelope(jsonOf(body));
  if (envelope !== undefined) return { id, envelope };
  return {
    id,
    envelope: strangeEnvelope(body, sentAtMsOf(attributes)),
    problem: 'it is not what a topic rule puts into the queue',
  };
}

function sentAtMsOf(attributes: unknown): number {
  const { SentTimestamp: sentAt }: { readonly SentTimestamp?: unknown } = Object(attributes);
  return Number(sentAt ?? 0);
}

/** Kept whole, like everything that cannot be stored. */
export function strangeEnvelope(body: string, sentAtMs: number): Envelope {
  const bytes = new TextEncoder().encode(body);
  const payload = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return { payload, topic: '', receivedAt: sentAtMs };
}

/** Undefined when it is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What Lambda's poller understands, with ReportBatchItemFailures. */
export type BatchResponse = { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] };

/**
 * The messages that have to come again, by name. When that is all of them it throws the first one's reason instead: Lambda
 * slows its polling down for an error, and not for a list.
 */
export function batchResponse(messages: readonly QueuedMessage[], written: readonly Written[]): BatchResponse {
  const failures = written.flatMap((one, i) => (one.ok ? [] : [{ error: one.error, id: messages[i]?.id ?? '' }]));
  if (failures.length > 0 && failures.length === messages.length) throw failures[0]?.error;
  return { batchItemFailures: failures.map(({ id }) => ({ itemIdentifier: id })) };
}
