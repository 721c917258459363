/**
 * One environment of the deployed writer, by its bundle, on a real InfluxDB: in turns it is handed a hundred messages one by
 * one, as the rule hands them to it, and in batches of a hundred, as a queue's poller does. Sends `{"single", "batch"}`, the
 * messages a second of each turn. `node bench/chain/writer-load.ts BUNDLE FIRST_MS`; its output is the function's.
 */
import { createRequire } from 'node:module';

type Handler = (event: unknown) => Promise<unknown>;

const TURNS = 10;
// Until V8 has compiled what they run, which by processor time takes some seven hundred (60 µs a message at first, 20 then): an
// environment that a queue feeds lives for hours.
const WARM_BATCHES = 1_000;
const BATCH = 100;
// So that a turn of batches takes long enough to be told from the clock's own steps.
const BATCHES_A_TURN = 10;

const [bundle = '', firstMs = '0'] = process.argv.slice(2);
const { handler }: { readonly handler?: Handler } = { ...Object(createRequire(import.meta.url)(bundle)) };
if (handler === undefined) throw new Error(`${bundle} has no handler`);
let made = 0;

/** As the rule's SQL makes it of what a device of the original demo sends. Each has another time. */
function nextEnvelope(): unknown {
  const i = made++;
  const timestamp = new Date(Number(firstMs) + i).toISOString();
  return {
    payload: Buffer.from(JSON.stringify({ charge: (i % 10) + 0.5, unit: 'kW', timestamp })).toString('base64'),
    topic: 'battery/charge',
    clientId: 'bench',
    principal: 'b7f1d5e2a4',
    receivedAt: Date.now(),
    traceId: '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
  };
}

/** As Lambda's poller hands it over. */
const nextBatch = (): unknown => ({
  Records: Array.from({ length: BATCH }, (_, i) => ({
    messageId: `059f36b4-87a3-44ab-83d2-${String(i).padStart(12, '0')}`,
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    body: JSON.stringify(nextEnvelope()),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()), SenderId: 'bench' },
    messageAttributes: {},
    md5OfBody: '098f6bcd4621d373cade4e832627b4f6',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:111122223333:messages',
    awsRegion: 'us-east-1',
  })),
});

/** Messages a second. */
async function rateOf(handle: Handler, events: readonly unknown[], messagesAnEvent: number): Promise<number> {
  const startMs = performance.now();
  for (const event of events) await handle(event);
  return ((events.length * messagesAnEvent) / (performance.now() - startMs)) * 1000;
}

for (let i = 0; i < WARM_BATCHES; i++) await handler(nextBatch());
const single: number[] = [];
const batch: number[] = [];
for (let turn = 0; turn < TURNS; turn++) {
  single.push(await rateOf(handler, Array.from({ length: BATCH }, nextEnvelope), 1));
  batch.push(await rateOf(handler, Array.from({ length: BATCHES_A_TURN }, nextBatch), BATCH));
}
process.send?.({ single, batch, messages: made });
