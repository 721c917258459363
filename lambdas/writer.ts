/** Topic rule -> store. What cannot be stored goes into quarantine; a store that is down throws, to be tried again. */
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
import { type WriteResult, writeMessage } from './telemetry/write-message.ts';

let write: ReturnType<typeof writeMessage> | undefined;
// Opened by the first message that needs it; most need it never.
let quarantine: Quarantine | undefined;

export async function handler(event: unknown): Promise<WriteResult> {
  const envelope = parseEnvelope(event);
  if (envelope === undefined)
    throw new TypeError('the event is not the envelope of a topic rule; deploy the stack again');
  const result = await written(envelope).catch((error: unknown) => {
    tellGivenBack(envelope, error);
    throw error;
  });
  tellCounts(countsOf(result), Date.now());
  if (result.quarantined !== undefined) {
    const { topic, clientId, traceId } = envelope;
    const { reason } = result.quarantined;
    log.warn('reading-rejected', { topic, clientId, traceId, reason, stored: result.stored });
  }
  return result;
}

async function written(envelope: Envelope): Promise<WriteResult> {
  write ??= writer();
  return write(envelope);
}

function writer(): ReturnType<typeof writeMessage> {
  return writeMessage({
    append: openStore(storeSettings({ nowMs: Date.now })).append,
    quarantine: async (message) => {
      quarantine ??= openQuarantine();
      await quarantine.put(await firstRecord(message, Date.now()));
    },
    parseJson,
    topicRoot: env.topicRoot(),
    demoClientId: env.demoClientId(),
  });
}

function tellGivenBack({ topic }: Envelope, error: unknown): void {
  tellCounts({ MessagesGivenBack: 1 }, Date.now());
  // The local runtime, which collects no metrics, says `invocation-failed` itself: in an outage every line would be two.
  if (env.metricsNamespace() === undefined) return;
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  log.warn('message-given-back', { code, topic, reason: messageOf(error) });
}

function countsOf({ stored, repeated, collided, quarantined }: WriteResult): Readonly<Record<string, number>> {
  return {
    PointsStored: stored,
    PointsRepeated: repeated,
    PointsCollided: collided,
    PointsQuarantined: quarantined?.readings ?? 0,
    MessagesQuarantined: quarantined === undefined ? 0 : 1,
  };
}
