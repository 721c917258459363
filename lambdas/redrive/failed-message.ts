/**
 * What waits in the failure queues, back to the message that it was. Each queue has a form of its own: the rule's envelope
 * (a buffer's dead letters), Lambda's on-failure record, and the record of a rule's error action. What an earlier Amphora put
 * there because it could not be stored is known too.
 */
import { type Envelope, parseEnvelope } from '../telemetry/envelope.ts';
import { jsonOf, strangeEnvelope } from '../telemetry/queued-messages.ts';
import type { ArrivedMessage } from '../telemetry/write-message.ts';

type Members = Readonly<Record<string, unknown>>;

/**
 * The same message for the same body and time of sending, however often it is read: else a sample without a time of its own
 * would be stored once more when a redrive breaks off between the store and the queue.
 */
export function failedMessage(body: string, sentAtMs: number): ArrivedMessage {
  const value = jsonOf(body);
  const members: Members = typeof value === 'object' && value !== null ? { ...value } : {};
  const envelope =
    parseEnvelope(value) ?? ofInvocation(members) ?? ofErrorAction(members, sentAtMs) ?? ofRefusal(members);
  if (envelope !== undefined) return { envelope };
  return {
    envelope: strangeEnvelope(body, sentAtMs),
    problem: 'it is nothing that a failure queue holds: neither an envelope, nor a record of Lambda or of a rule',
  };
}

// "Capturing records of Lambda asynchronous invocations", the invocation record.
function ofInvocation({ requestPayload }: Members): Envelope | undefined {
  return parseEnvelope(requestPayload);
}

// "Error handling (error action)" of AWS IoT's rules: the message format. It says no time; the queue's is the nearest.
function ofErrorAction(members: Members, sentAtMs: number): Envelope | undefined {
  const { topic, base64OriginalPayload: payload, clientId, cloudwatchTraceId: traceId } = members;
  if (typeof topic !== 'string' || typeof payload !== 'string') return undefined;
  return {
    payload,
    topic,
    receivedAt: sentAtMs,
    ...(typeof clientId === 'string' ? { clientId } : {}),
    ...(typeof traceId === 'string' ? { traceId } : {}),
  };
}

// What the writer sent to its failure queue before there was a quarantine.
function ofRefusal({ reason, original: payload, ...members }: Members): Envelope | undefined {
  return typeof reason === 'string' ? parseEnvelope({ ...members, payload }) : undefined;
}
