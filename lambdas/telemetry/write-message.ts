/** The writer's flow: one message from a topic to points in the store, and what cannot be stored to the kept ones. */
import { DEMO_BATTERY, parseBatteryId } from '../batteries/battery.ts';
import type { Parsed } from '../json/parse-json.ts';
import type { Outcome, Point } from '../store/store.ts';
import { type Envelope, payloadBytes, payloadText } from './envelope.ts';
import { demoReading, extraFields } from './parse-demo-form.ts';
import { MAX_MESSAGE_BYTES, parseMessage } from './parse-message.ts';
import type { ParsedReading } from './parse-reading.ts';
import { toPoints } from './point-time.ts';
import { toldReasons } from './reading.ts';
import { parseTopic } from './topics.ts';

/** A message that could not be stored, or not wholly, with its original bytes. */
export type KeptMessage = {
  readonly reason: string;
  /** The payload as it came, base64. */
  readonly original: string;
  readonly topic: string;
  readonly clientId: string | null;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly traceId: string | null;
};

export type WriteDeps = {
  readonly append: (points: readonly Point[]) => Promise<readonly Outcome[]>;
  readonly keep: (message: KeptMessage) => Promise<void>;
  readonly parseJson: (text: string) => Parsed;
  readonly topicRoot: string;
  /** The client that plays the battery `demo`; nobody else may. */
  readonly demoClientId?: string | undefined;
};

export type WriteResult = {
  readonly stored: number;
  readonly repeated: number;
  readonly collided: number;
  /** Why the message, or a part of it, was kept; absent when all was stored. */
  readonly kept?: string;
};

export function writeMessage(deps: WriteDeps) {
  return async (envelope: Envelope): Promise<WriteResult> => {
    const { battery, readings, reasons } = readMessage(deps, envelope);
    const points = readings.flatMap((parsed) => (parsed.ok ? toPoints(battery, parsed.reading) : []));
    const outcomes = points.length === 0 ? [] : await deps.append(points);
    const refusals = outcomes.flatMap(refusalsOf);
    const kept = toldReasons([...new Set([...reasons, ...readings.flatMap(rejectionsOf), ...refusals])]);
    if (kept !== '') await deps.keep(keptMessage(envelope, kept));
    const count = (kind: Outcome['kind']): number => outcomes.filter((outcome) => outcome.kind === kind).length;
    const counts = { stored: count('stored'), repeated: count('repeated'), collided: count('collided') };
    return kept === '' ? counts : { ...counts, kept };
  };
}

type ReadMessage = {
  readonly battery: string;
  readonly readings: readonly ParsedReading[];
  readonly reasons: readonly string[];
};

function readMessage(deps: WriteDeps, envelope: Envelope): ReadMessage {
  const refused = (reason: string): ReadMessage => ({ battery: '', readings: [], reasons: [reason] });
  const topic = parseTopic(deps.topicRoot, envelope.topic);
  if (topic === undefined) return refused(`topic '${envelope.topic}' carries no telemetry`);
  const id = parseBatteryId(topic.battery);
  if (!id.ok) return refused(id.reason);
  if (id.id === DEMO_BATTERY && (deps.demoClientId === undefined || envelope.clientId !== deps.demoClientId)) {
    return refused(`battery id '${DEMO_BATTERY}' is reserved for the simulated battery; take another id`);
  }
  if (payloadBytes(envelope) > MAX_MESSAGE_BYTES) {
    return refused(`the message is longer than ${MAX_MESSAGE_BYTES} bytes; send fewer samples in one`);
  }
  const text = payloadText(envelope);
  if (text === undefined) return refused('the payload is not UTF-8 text');
  const body = deps.parseJson(text);
  if (!body.ok) return refused(body.reason);
  const rules = { receivedAtMs: envelope.receivedAt };
  if (topic.kind === 'demo') {
    const extra = extraFields(body, topic.side).map((field) => `'${field.slice(0, 64)}' is not a field of this topic`);
    return { battery: id.id, readings: [demoReading(body, topic.side, rules)], reasons: extra };
  }
  const message = parseMessage(body.value, rules);
  return message.ok ? { battery: id.id, readings: message.readings, reasons: [] } : refused(message.reason);
}

function rejectionsOf(parsed: ParsedReading): readonly string[] {
  return parsed.ok ? parsed.reading.rejections.map(({ reason }) => reason) : [parsed.reason];
}

function refusalsOf(outcome: Outcome): readonly string[] {
  switch (outcome.kind) {
    case 'refused':
      return [outcome.reason];
    case 'collided':
      return [
        'another sample stands on the same point time; send this one again with a timestamp one millisecond later',
      ];
    case 'stored':
    case 'repeated':
      return [];
  }
}

function keptMessage(envelope: Envelope, reason: string): KeptMessage {
  const { payload, topic, clientId, receivedAt, traceId } = envelope;
  return { reason, original: payload, topic, clientId: clientId ?? null, receivedAt, traceId: traceId ?? null };
}
