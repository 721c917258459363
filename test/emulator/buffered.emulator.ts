/** A stack with a queue before the writer: rule, queue, mapping and batch as deployed, on a real InfluxDB that goes away. */
import { GetQueueAttributesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CREDENTIALS, REGION } from '../../scripts/emulator/cdklocal.ts';
import { connectDevice } from '../end-to-end/devices.ts';
import { storedSamples } from '../end-to-end/influx-bucket.ts';
import { until } from '../end-to-end/until.ts';
import { get, post } from './http.ts';
import { putMessage, queueDepth, takeMessages } from './queue.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from './running.ts';

const START_MS = 120_000;
const PATIENCE_MS = 60_000;
const MESSAGES = 60;

let emulator: RunningEmulator;
let stack: RunningStack;
let sqs: SQSClient;
let buffer = '';

beforeAll(async () => {
  emulator = await startEmulator();
  sqs = new SQSClient({ endpoint: emulator.url, region: REGION, credentials: CREDENTIALS });
  stack = await emulator.deploy({ ingest: 'buffered' });
  buffer = stack.outputs['BufferedMessagesUrl'] ?? '';
}, START_MS);
afterAll(async () => {
  sqs?.destroy();
  await emulator?.end();
});

/** Every sample a message, each at a millisecond of its own. */
async function publish(battery: string, count: number): Promise<void> {
  const device = await connectDevice(`ws://127.0.0.1:${emulator.port}/mqtt`, {
    wsOptions: { headers: { host: emulator.mqttHost } },
  });
  const fromMs = Date.now() - 60_000;
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      device.publish(`battery/${battery}/telemetry`, { timestamp: fromMs + i, soc: i }),
    ),
  );
  await device.end();
}

async function inFlight(): Promise<number> {
  const name = 'ApproximateNumberOfMessagesNotVisible';
  const command = new GetQueueAttributesCommand({ QueueUrl: buffer, AttributeNames: [name] });
  const { Attributes } = await sqs.send(command);
  return Number(Attributes?.[name]);
}

const stored = async (): Promise<number> => storedSamples(stack.influx);

describe('a stack with a queue before the writer', () => {
  test('stores a reading of POST /charge and of POST /batteries/{id}/telemetry', async () => {
    expect((await post(stack.apiUrl, '/charge', { charge: 10, unit: 'kW' })).status).toBe(200);
    expect((await post(stack.apiUrl, '/batteries/boat/telemetry', { voltage: 12.5 })).status).toBe(202);
    await until('the charge', async () => (await get(stack.apiUrl, '/livedata')).body['charge'] === 10, PATIENCE_MS);
    await until('both', async () => (await stored()) === 2, PATIENCE_MS);
  });

  test('stores each of many messages of a device once', async () => {
    const before = await stored();
    await publish('van', MESSAGES);
    await until(`${MESSAGES} more`, async () => (await stored()) === before + MESSAGES, PATIENCE_MS);
    expect(await queueDepth(emulator.url, buffer)).toBe(0);
  });

  test('quarantines what no rule put into the queue, and stores the rest of the batch', async () => {
    const before = await stored();
    await putMessage(emulator.url, buffer, 'nobody knows');
    expect((await post(stack.apiUrl, '/batteries/boat/telemetry', { soc: 5 })).status).toBe(202);
    const { id } = await until(
      'the record',
      async () => {
        const { body } = await get(stack.apiUrl, '/quarantine');
        return Array.isArray(body) ? body[0] : undefined;
      },
      PATIENCE_MS,
    );
    expect((await get(stack.apiUrl, `/quarantine/${id}`)).body).toMatchObject({
      reason: expect.stringContaining('not what a topic rule puts'),
      original: Buffer.from('nobody knows').toString('base64'),
    });
    await until('the other one', async () => (await stored()) === before + 1, PATIENCE_MS);
  });

  test('holds what comes while there is no database, and stores it when there is one, with nobody doing anything', async () => {
    const before = await stored();
    // Of the emulator alone: Lambda wants this to be more than the function's timeout, and three minutes are long for a test.
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: buffer, Attributes: { VisibilityTimeout: '2' } }));
    await emulator.influxd.end();
    await publish('lorry', MESSAGES);
    await until('the writer to have tried', async () => (await inFlight()) > 0, PATIENCE_MS);
    await emulator.influxd.again();
    await until(`${MESSAGES} more`, async () => (await stored()) === before + MESSAGES, PATIENCE_MS);
    for (const url of Object.values(stack.queueUrls)) expect(await takeMessages(emulator.url, url)).toEqual([]);
  });
});
