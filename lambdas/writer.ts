/**
 * Topic rule -> store, message by message (direct) or by the batch from a queue (buffered). What cannot be stored goes into
 * quarantine; a store that is down throws, to be tried again.
 */
import { env } from './aws/env.ts';
import { log, messageOf } from './aws/log.ts';
import { tellCounts } from './aws/metrics.ts';
import { storeSettings } from './aws/store-settings.ts';
import { parseJson } from './json/parse-json.ts';
import type { Quarantine } from './quarantine/quarantine.ts';
import { firstRecord } from './quarantine/record.ts';
import { openQuarantine } from './quarantine-store/open-quarantine.ts';
import { openStore } from './store/open-store.ts';
import { type Envelope, parseEnvelope } from './telemetry/envelope.ts';
import { type BatchResponse, batchResponse, parseQueued } from './telemetry/queued-messages.ts';
import { type ArrivedMessage, type WriteResult, type Written, writeMessages } from './telemetry/write-message.ts';

type Write = ReturnType<typeof writeMessages>;
// Opened by the first message that needs it; most need it never.
let quarantine: Quarantine | undefined;

let direct: Write | undefined;
let buffered: Write | undefined;

// Of the 30 s that it has behind a queue, so that our code decides, and has time left to keep what was refused.
const BATCH_TIMES = { writeTimeoutMs: 10_000, appendBudgetMs: 22_000 };

export async function handler(event: unknown): Promise<WriteResult | BatchResponse> {
  const queued = parseQueued(event);
  if (queued === undefined) return writeOne(envelopeOf(event));
  // The queue forgets a message on this answer alone: no loss of power may take back what it says.
  buffered ??= writeTo(storeSettings({ nowMs: Date.now, isDurable: true, times: BATCH_TIMES }));
  return batchResponse(queued, await written(buffered, queued));
}

async function writeOne(envelope: Envelope): Promise<WriteResult> {
  direct ??= writeTo(storeSettings({ nowMs: Date.now }));
  const [one] = await written(direct, [{ envelope }]);
  if (one?.ok !== true) throw one?.error;
  return one.result;
}

function envelopeOf(event: unknown): Envelope {
  const envelope = parseEnvelope(event);
  if (envelope !== undefined) return envelope;
  throw new TypeError('the event is neither the envelope of a topic rule nor a batch of them; deploy the stack again');
}

function writeTo(settings: ReturnType<typeof storeSettings>): Write {
  return writeMessages({
    append: openStore(settings).append,
    quarantine: async (message) => {
      quarantine ??= openQuarantine();
      await quarantine.put(await firstRecord(message, Date.now()));
    },
    parseJson,
    topicRoot: env.topicRoot(),
    demoClientId: env.demoClientId(),
  });
}

async function written(write: Write, messages: readonly ArrivedMessage[]): Promise<readonly Written[]> {
  const all = await write(messages);
  tellWritten(all.flatMap((one) => (one.ok ? [one.result] : [])));
  tellGivenBack(messages, all);
  for (const [i, one] of all.entries()) {
    if (one.ok && one.result.quarantined !== undefined)
      tellQuarantined(messages[i]?.envelope, one.result.quarantined.reason, one.result.stored);
  }
  return all;
}

function tellWritten(results: readonly WriteResult[]): void {
  if (results.length === 0) return;
  const sum = (count: (one: WriteResult) => number): number => results.reduce((total, one) => total + count(one), 0);
  const counts = {
    PointsStored: sum(({ stored }) => stored),
    PointsRepeated: sum(({ repeated }) => repeated),
    PointsCollided: sum(({ collided }) => collided),
    PointsQuarantined: sum(({ quarantined }) => quarantined?.readings ?? 0),
    MessagesQuarantined: sum(({ quarantined }) => (quarantined === undefined ? 0 : 1)),
  };
  tellCounts(counts, Date.now());
}

function tellQuarantined(envelope: Envelope | undefined, reason: string, stored: number): void {
  const { topic, clientId, traceId } = envelope ?? {};
  log.warn('reading-rejected', { topic, clientId, traceId, reason, stored });
}

function tellGivenBack(messages: readonly ArrivedMessage[], all: readonly Written[]): void {
  const errors = all.flatMap((one) => (one.ok ? [] : [one.error]));
  if (errors.length === 0) return;
  tellCounts({ MessagesGivenBack: errors.length }, Date.now());
  // The local runtime, which collects no metrics, says `invocation-failed` itself: in an outage every line would be two.
  if (env.metricsNamespace() === undefined) return;
  const [error] = errors;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const which = messages.length === 1 ? { topic: messages[0]?.envelope.topic } : { messages: errors.length };
  log.warn('message-given-back', { code, ...which, reason: messageOf(error) });
}
