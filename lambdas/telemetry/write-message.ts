/** The writer's flow: one message from a topic to points in the store, and what cannot be stored to the quarantine. */
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
export type UnstoredMessage = {
  readonly reason: string;
  /** The database's own words, where it was the database that would not have it. */
  readonly serverMessage?: string;
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
  /** Resolves when the message is safe there. */
  readonly quarantine: (message: UnstoredMessage) => Promise<void>;
  readonly parseJson: (text: string) => Parsed;
  readonly topicRoot: string;
  /** The client that plays the battery `demo`; nobody else may. */
  readonly demoClientId?: string | undefined;
};

export type WriteResult = {
  readonly stored: number;
  readonly repeated: number;
  readonly collided: number;
  /** Why the message, or a part of it, is in quarantine, and how many of its readings (at least one); absent: all is stored. */
  readonly quarantined?: { readonly reason: string; readonly readings: number };
};

export function writeMessage(deps: WriteDeps) {
  return async (envelope: Envelope): Promise<WriteResult> => {
    const { battery, readings, reasons } = readMessage(deps, envelope);
    const pointsOf = readings.map((parsed) => (parsed.ok ? toPoints(battery, parsed.reading) : []));
    const points = pointsOf.flat();
    const outcomes = points.length === 0 ? [] : await deps.append(points);
    const refusals = outcomes.flatMap(refusalsOf);
    const reason = toldReasons([...new Set([...reasons, ...readings.flatMap(rejectionsOf), ...refusals])]);
    const count = (kind: Outcome['kind']): number => outcomes.filter((outcome) => outcome.kind === kind).length;
    const counts = { stored: count('stored'), repeated: count('repeated'), collided: count('collided') };
    if (reason === '') return counts;
    await deps.quarantine(unstoredMessage(envelope, reason, outcomes));
    const outcomesOf = groupedAs(pointsOf, outcomes);
    const bad = readings.filter(
      (parsed, i) => rejectionsOf(parsed).length > 0 || (outcomesOf[i] ?? []).flatMap(refusalsOf).length > 0,
    );
    return { ...counts, quarantined: { reason, readings: Math.max(1, bad.length) } };
  };
}

/** The outcomes of each reading's points. */
function groupedAs(pointsOf: readonly (readonly Point[])[], outcomes: readonly Outcome[]): readonly Outcome[][] {
  let at = 0;
  return pointsOf.map(({ length }) => {
    at += length;
    return outcomes.slice(at - length, at);
  });
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

function unstoredMessage(envelope: Envelope, reason: string, outcomes: readonly Outcome[]): UnstoredMessage {
  const { payload, topic, clientId, receivedAt, traceId } = envelope;
  const refused = outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome.reason] : []));
  return {
    reason,
    ...(refused.length === 0 ? {} : { serverMessage: toldReasons([...new Set(refused)]) }),
    original: payload,
    topic,
    clientId: clientId ?? null,
    receivedAt,
    traceId: traceId ?? null,
  };
}
