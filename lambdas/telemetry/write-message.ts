/** The writer's flow: messages from topics to points in the store, and what cannot be stored to the quarantine. */
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

/** A message as it came to the writer. */
export type ArrivedMessage = {
  readonly envelope: Envelope;
  /** What is wrong with it before it is read: it goes into quarantine. */
  readonly problem?: string;
};

/** What became of one message of a batch. */
export type Written =
  | { readonly ok: true; readonly result: WriteResult }
  /** Nothing of it may be counted on; it has to come again. */
  | { readonly ok: false; readonly error: unknown };

// Each is a request to the place that keeps them; a batch may be nothing but such.
const QUARANTINED_AT_A_TIME = 8;

/**
 * One append for the points of all messages, which is what a batch is for. When the store takes none of them, nothing goes
 * into quarantine either: each message has to come again, as it was.
 */
export function writeMessages(deps: WriteDeps) {
  return async (messages: readonly ArrivedMessage[]): Promise<readonly Written[]> => {
    const read = messages.map((message) => readPoints(deps, message));
    const points = read.flatMap((one) => one.points);
    const appended = await outcomesOf(deps, points);
    if (!appended.ok) return messages.map(() => appended);
    let from = 0;
    const settled = read.map((one): Settled => {
      const outcomes = appended.outcomes.slice(from, from + one.points.length);
      from += one.points.length;
      return { envelope: one.envelope, outcomes, result: resultOf(one, outcomes) };
    });
    const written: Written[] = [];
    for (let at = 0; at < settled.length; at += QUARANTINED_AT_A_TIME) {
      written.push(
        ...(await Promise.all(settled.slice(at, at + QUARANTINED_AT_A_TIME).map((one) => quarantinedIfAny(deps, one)))),
      );
    }
    return written;
  };
}

/** The case of one message. */
export function writeMessage(deps: WriteDeps) {
  const write = writeMessages(deps);
  return async (envelope: Envelope): Promise<WriteResult> => {
    const [written] = await write([{ envelope }]);
    if (written?.ok !== true) throw written?.error;
    return written.result;
  };
}

type ReadPoints = {
  readonly envelope: Envelope;
  readonly readings: readonly ParsedReading[];
  /** Of each reading. */
  readonly pointsOf: readonly (readonly Point[])[];
  readonly points: readonly Point[];
  readonly reasons: readonly string[];
};

function readPoints(deps: WriteDeps, { envelope, problem }: ArrivedMessage): ReadPoints {
  const { battery, readings, reasons } =
    problem === undefined ? readMessage(deps, envelope) : { battery: '', readings: [], reasons: [problem] };
  const pointsOf = readings.map((parsed) => (parsed.ok ? toPoints(battery, parsed.reading) : []));
  return { envelope, readings, pointsOf, points: pointsOf.flat(), reasons };
}

type Appended =
  | { readonly ok: true; readonly outcomes: readonly Outcome[] }
  | { readonly ok: false; readonly error: unknown };

async function outcomesOf({ append }: WriteDeps, points: readonly Point[]): Promise<Appended> {
  try {
    return { ok: true, outcomes: points.length === 0 ? [] : await append(points) };
  } catch (error) {
    return { ok: false, error };
  }
}

type Settled = {
  readonly envelope: Envelope;
  readonly outcomes: readonly Outcome[];
  readonly result: WriteResult;
};

function resultOf({ readings, pointsOf, reasons }: ReadPoints, outcomes: readonly Outcome[]): WriteResult {
  const refusals = outcomes.flatMap(refusalsOf);
  const reason = toldReasons([...new Set([...reasons, ...readings.flatMap(rejectionsOf), ...refusals])]);
  const count = (kind: Outcome['kind']): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  const counts = { stored: count('stored'), repeated: count('repeated'), collided: count('collided') };
  if (reason === '') return counts;
  const outcomesByReading = groupedAs(pointsOf, outcomes);
  const bad = readings.filter(
    (parsed, i) => rejectionsOf(parsed).length > 0 || (outcomesByReading[i] ?? []).flatMap(refusalsOf).length > 0,
  );
  return { ...counts, quarantined: { reason, readings: Math.max(1, bad.length) } };
}

/** The outcomes of each reading's points. */
function groupedAs(pointsOf: readonly (readonly Point[])[], outcomes: readonly Outcome[]): readonly Outcome[][] {
  let at = 0;
  return pointsOf.map(({ length }) => {
    at += length;
    return outcomes.slice(at - length, at);
  });
}

// A message that nothing took is given back, its stored points too: the same once more, they change nothing.
async function quarantinedIfAny(deps: WriteDeps, { envelope, outcomes, result }: Settled): Promise<Written> {
  if (result.quarantined === undefined) return { ok: true, result };
  try {
    await deps.quarantine(unstoredMessage(envelope, result.quarantined.reason, outcomes));
    return { ok: true, result };
  } catch (error) {
    return { ok: false, error };
  }
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
