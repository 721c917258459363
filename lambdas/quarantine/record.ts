/** What could not be stored, as it waits in the quarantine: what is known of it, its id, and the battery it is of. */

import { parseTopic } from '../telemetry/topics.ts';
import type { UnstoredMessage } from '../telemetry/write-message.ts';

export type QuarantineRecord = UnstoredMessage & {
  readonly id: string;
  /** How often it was tried to store it. */
  readonly attempts: number;
  /** When it was put here first, milliseconds since 1970. */
  readonly quarantinedAt: number;
};

/** An id in its parts. */
export type RecordPlace = {
  /** The UTC day on which the message was received, as in 2026-11-26. */
  readonly day: string;
  /** Within its day. The smaller as text, the later it was received. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly receivedAtMs: number;
};

const DAY_MS = 86_400_000;
// Beyond it a year has five digits, and the text of a day no longer sorts.
const MAX_AT_MS = Date.parse('9999-12-31T23:59:59.999Z');
const HASH_BYTES = 10;
const ID = /^(\d{4}-\d{2}-\d{2})-((\d{8})-[0-9a-f]{20})$/;

/** The first attempt to store it has failed. */
export async function firstRecord(message: UnstoredMessage, atMs: number): Promise<QuarantineRecord> {
  // A time that no message can have come at would be in nobody's list.
  const known = isInstant(message.receivedAt) ? message : { ...message, receivedAt: 0 };
  return { ...known, id: await recordId(known), attempts: 1, quarantinedAt: atMs };
}

/** What becomes of a record when its message could not be stored again: the newest reason counts, and all attempts. */
export function triedAgain(before: QuarantineRecord, { attempts, ...now }: QuarantineRecord): QuarantineRecord {
  return { ...now, attempts: before.attempts + attempts, quarantinedAt: before.quarantinedAt };
}

/**
 * The same for the same message, whenever and however often it comes. The hash tells two of one millisecond apart: a message
 * over HTTP has no trace id, so it is over what the message says, too.
 */
async function recordId({ traceId, receivedAt, topic, original }: UnstoredMessage): Promise<string> {
  const text = JSON.stringify([traceId, receivedAt, topic, original]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const hash = [...digest.subarray(0, HASH_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const atMs = Math.floor(receivedAt);
  return `${dayOf(atMs)}-${backwards(atMs)}-${hash}`;
}

/** Undefined when it is the id of nothing. */
export function recordPlace(id: string): RecordPlace | undefined {
  const [, day, name, left] = ID.exec(id) ?? [];
  const startMs = Date.parse(day ?? '');
  if (day === undefined || name === undefined || !(startMs >= 0) || Number(left) >= DAY_MS) return undefined;
  return { day, name, receivedAtMs: startMs + DAY_MS - 1 - Number(left) };
}

/** The UTC day of an instant, by which records are put away. */
export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** How a record's name begins that was received then: what is left of its day, so that names sort the newest first. */
export const backwards = (atMs: number): string => String(DAY_MS - 1 - (atMs % DAY_MS)).padStart(8, '0');

/** As its topic says, be it an id that no battery may have; undefined where the topic says none. */
export function batteryOf({ topic }: Pick<UnstoredMessage, 'topic'>): string | undefined {
  return parseTopic(topic.split('/')[0] ?? '', topic)?.battery;
}

/** A record from its JSON; undefined when it is none, or the record of another id. */
export function parseRecord(text: string, id: string): QuarantineRecord | undefined {
  const value = objectIn(text);
  if (value === undefined || value['id'] !== id) return undefined;
  const { reason, serverMessage, original, topic, clientId, receivedAt, traceId, attempts, quarantinedAt } = value;
  if (typeof reason !== 'string' || typeof original !== 'string' || typeof topic !== 'string') return undefined;
  if (!isInstant(receivedAt) || !isInstant(quarantinedAt) || typeof attempts !== 'number') return undefined;
  return {
    id,
    reason,
    ...(typeof serverMessage === 'string' ? { serverMessage } : {}),
    original,
    topic,
    clientId: typeof clientId === 'string' ? clientId : null,
    receivedAt,
    traceId: typeof traceId === 'string' ? traceId : null,
    attempts,
    quarantinedAt,
  };
}

const isInstant = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= MAX_AT_MS;

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
