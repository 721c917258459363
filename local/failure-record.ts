/** What the failure queues are given, in the one form that the quarantine takes. */
import { type Envelope, parseEnvelope } from '../lambdas/telemetry/envelope.ts';
import type { UnstoredMessage } from '../lambdas/telemetry/write-message.ts';

/** An event that its function failed on to the end: the on-failure destination's record. */
export function failedEvent(event: unknown, reason: string): UnstoredMessage {
  const envelope = parseEnvelope(event);
  return envelope === undefined ? unknownEvent(event, reason) : ofEnvelope(envelope, reason);
}

/** A message that the writer itself sent to the queue. */
export function sentMessage(body: string): UnstoredMessage {
  const parsed = jsonOf(body);
  return parsed ?? unknownEvent(body, 'a message of an unknown form was sent to the failure queue');
}

function ofEnvelope({ payload, topic, clientId, receivedAt, traceId }: Envelope, reason: string): UnstoredMessage {
  return { reason, original: payload, topic, clientId: clientId ?? null, receivedAt, traceId: traceId ?? null };
}

function unknownEvent(event: unknown, reason: string): UnstoredMessage {
  const original = Buffer.from(typeof event === 'string' ? event : (JSON.stringify(event) ?? '')).toString('base64');
  return { reason, original, topic: '', clientId: null, receivedAt: 0, traceId: null };
}

function jsonOf(body: string): UnstoredMessage | undefined {
  try {
    const message: UnstoredMessage = JSON.parse(body);
    return typeof message.reason === 'string' && typeof message.original === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
