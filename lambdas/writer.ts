/** Topic rule -> store. What cannot be stored goes to the failure queue; a store that is down throws, to be tried again. */
import { env } from './aws/env.ts';
import { keep } from './aws/keep.ts';
import { log } from './aws/log.ts';
import { tellCounts } from './aws/metrics.ts';
import { storeSettings } from './aws/store-settings.ts';
import { parseJson } from './json/parse-json.ts';
import { openStore } from './store/open-store.ts';
import { parseEnvelope } from './telemetry/envelope.ts';
import { type WriteResult, writeMessage } from './telemetry/write-message.ts';

let write: ReturnType<typeof writeMessage> | undefined;

export async function handler(event: unknown): Promise<WriteResult> {
  const envelope = parseEnvelope(event);
  if (envelope === undefined)
    throw new TypeError('the event is not the envelope of a topic rule; deploy the stack again');
  write ??= writeMessage({
    append: openStore(storeSettings({ nowMs: Date.now })).append,
    keep,
    parseJson,
    topicRoot: env.topicRoot(),
    demoClientId: env.demoClientId(),
  });
  const result = await write(envelope);
  tellCounts(countsOf(result), Date.now());
  if (result.kept !== undefined) {
    const { topic, clientId, traceId } = envelope;
    log.warn('reading-rejected', { topic, clientId, traceId, reason: result.kept, stored: result.stored });
  }
  return result;
}

function countsOf({ stored, repeated, collided, kept }: WriteResult): Readonly<Record<string, number>> {
  return {
    PointsStored: stored,
    PointsRepeated: repeated,
    PointsCollided: collided,
    MessagesKept: kept === undefined ? 0 : 1,
  };
}
