/** The writer's flow with the store and the quarantine of this function, and what it says of what it did. */
import { env } from '../aws/env.ts';
import { log, messageOf } from '../aws/log.ts';
import { tellCounts } from '../aws/metrics.ts';
import { parseJson } from '../json/parse-json.ts';
import type { Quarantine } from '../quarantine/quarantine.ts';
import { firstRecord } from '../quarantine/record.ts';
import { openQuarantine } from '../quarantine-store/open-quarantine.ts';
import { openAppend, type StoreSettings } from '../store/open-store.ts';
import type { Envelope } from '../telemetry/envelope.ts';
import { type ArrivedMessage, type WriteResult, type Written, writeMessages } from '../telemetry/write-message.ts';

export type Write = (messages: readonly ArrivedMessage[]) => Promise<readonly Written[]>;

export function openWriter(settings: StoreSettings, nowMs: () => number): Write {
  // Opened by the first message that needs it; most need it never.
  let quarantine: Quarantine | undefined;
  const write = writeMessages({
    append: openAppend(settings),
    quarantine: async (message) => {
      quarantine ??= openQuarantine();
      await quarantine.put(await firstRecord(message, nowMs()));
    },
    parseJson,
    topicRoot: env.topicRoot(),
    demoClientId: env.demoClientId(),
  });
  return async (messages) => {
    const all = await write(messages);
    tellWritten(
      all.flatMap((one) => (one.ok ? [one.result] : [])),
      nowMs(),
    );
    tellGivenBack(messages, all, nowMs());
    for (const [i, one] of all.entries()) {
      if (one.ok && one.result.quarantined !== undefined)
        tellQuarantined(messages[i]?.envelope, one.result.quarantined.reason, one.result.stored);
    }
    return all;
  };
}

function tellWritten(results: readonly WriteResult[], atMs: number): void {
  if (results.length === 0) return;
  const sum = (count: (one: WriteResult) => number): number => results.reduce((total, one) => total + count(one), 0);
  const counts = {
    PointsStored: sum(({ stored }) => stored),
    PointsRepeated: sum(({ repeated }) => repeated),
    PointsCollided: sum(({ collided }) => collided),
    PointsQuarantined: sum(({ quarantined }) => quarantined?.readings ?? 0),
    MessagesQuarantined: sum(({ quarantined }) => (quarantined === undefined ? 0 : 1)),
  };
  tellCounts(counts, atMs);
}

function tellQuarantined(envelope: Envelope | undefined, reason: string, stored: number): void {
  const { topic, clientId, traceId } = envelope ?? {};
  log.warn('reading-rejected', { topic, clientId, traceId, reason, stored });
}

function tellGivenBack(messages: readonly ArrivedMessage[], all: readonly Written[], atMs: number): void {
  const errors = all.flatMap((one) => (one.ok ? [] : [one.error]));
  if (errors.length === 0) return;
  tellCounts({ MessagesGivenBack: errors.length }, atMs);
  // The local runtime, which collects no metrics, says `invocation-failed` itself: in an outage every line would be two.
  if (env.metricsNamespace() === undefined) return;
  const [error] = errors;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  const which = messages.length === 1 ? { topic: messages[0]?.envelope.topic } : { messages: errors.length };
  log.warn('message-given-back', { code, ...which, reason: messageOf(error) });
}
