/** What the failure queues are given, in the one form that kept.ndjson has. */
import { type Envelope, parseEnvelope } from '../lambdas/telemetry/envelope.ts';
import type { KeptMessage } from '../lambdas/telemetry/write-message.ts';

/** An event that its function failed on to the end: the on-failure destination's record. */
export function failedEvent(event: unknown, reason: string): KeptMessage {
  const envelope = parseEnvelope(event);
  return envelope === undefined ? unknownEvent(event, reason) : ofEnvelope(envelope, reason);
}

/** A message that the writer itself sent to the queue. */
export function sentMessage(body: string): KeptMessage {
  const parsed = jsonOf(body);
  return parsed ?? unknownEvent(body, 'a message of an unknown form was sent to the failure queue');
}

function ofEnvelope({ payload, topic, clientId, receivedAt, traceId }: Envelope, reason: string): KeptMessage {
  return { reason, original: payload, topic, clientId: clientId ?? null, receivedAt, traceId: traceId ?? null };
}

function unknownEvent(event: unknown, reason: string): KeptMessage {
  const original = Buffer.from(typeof event === 'string' ? event : (JSON.stringify(event) ?? '')).toString('base64');
  return { reason, original, topic: '', clientId: null, receivedAt: 0, traceId: null };
}

function jsonOf(body: string): KeptMessage | undefined {
  try {
    const message: KeptMessage = JSON.parse(body);
    return typeof message.reason === 'string' && typeof message.original === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
