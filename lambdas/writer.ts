/**
 * Topic rule -> store, message by message (direct) or by the batch from a queue (buffered). What cannot be stored goes into
 * quarantine; a store that is down throws, to be tried again.
 */
import { storeSettings } from './aws/store-settings.ts';
import { type Envelope, parseEnvelope } from './telemetry/envelope.ts';
import { type BatchResponse, batchResponse, parseQueued } from './telemetry/queued-messages.ts';
import type { WriteResult } from './telemetry/write-message.ts';
import { openWriter, type Write } from './writing/open-writer.ts';

// Of the 30 s that it has behind a queue, so that our code decides, and has time left to keep what was refused.
const BATCH_TIMES = { writeTimeoutMs: 10_000, appendBudgetMs: 22_000 };

let direct: Write | undefined;
let buffered: Write | undefined;

export async function handler(event: unknown): Promise<WriteResult | BatchResponse> {
  const queued = parseQueued(event);
  if (queued === undefined) return writeOne(envelopeOf(event));
  // The queue forgets a message on this answer alone: no loss of power may take back what it says.
  buffered ??= openWriter(storeSettings({ nowMs: Date.now, isDurable: true, times: BATCH_TIMES }), Date.now);
  return batchResponse(queued, await buffered(queued));
}

async function writeOne(envelope: Envelope): Promise<WriteResult> {
  direct ??= openWriter(storeSettings({ nowMs: Date.now }), Date.now);
  const [one] = await direct([{ envelope }]);
  if (one?.ok !== true) throw one?.error;
  return one.result;
}

function envelopeOf(event: unknown): Envelope {
  const envelope = parseEnvelope(event);
  if (envelope !== undefined) return envelope;
  throw new TypeError('the event is neither the envelope of a topic rule nor a batch of them; deploy the stack again');
}
