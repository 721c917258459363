/** The functions' roles, in an emulator that enforces them (AUTH=true): they suffice for the chain, and for nothing beside it. */
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { secretsOf } from '../../scripts/emulator/emulator-api.ts';
import { connectDevice, subscribe } from '../end-to-end/devices.ts';
import { until } from '../end-to-end/until.ts';
import { invoke, withVariables } from './functions.ts';
import { get, post } from './http.ts';
import { makeQueue, putMessage, queueDepth } from './queue.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from './running.ts';

const START_MS = 120_000;

let emulator: RunningEmulator;
let stack: RunningStack;

beforeAll(async () => {
  emulator = await startEmulator({ strict: true });
  stack = await emulator.deploy();
}, START_MS);
afterAll(() => emulator?.end());

const device = () =>
  connectDevice(`ws://127.0.0.1:${emulator.port}/mqtt`, { wsOptions: { headers: { host: emulator.mqttHost } } });

/** Another secret with the same value; its ARN. */
async function copiedSecret(arn: string): Promise<string> {
  const secrets = secretsOf(emulator.url);
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: 'other', SecretString }));
  secrets.destroy();
  return ARN;
}

describe('the roles of the functions', () => {
  test('suffice for a reading’s way from POST to /livedata and /read', async () => {
    expect((await post(stack.apiUrl, '/charge', { charge: 10, unit: 'kW' })).status).toBe(200);
    await until('the charge', async () => (await get(stack.apiUrl, '/livedata')).body['charge'] === 10);
    expect((await post(stack.apiUrl, '/writeDischarge', { discharge: 2, unit: 'kW' })).status).toBe(200);
    await until('the discharge', async () => (await get(stack.apiUrl, '/livedata')).body['discharge'] === 2);
    expect((await get(stack.apiUrl, '/read')).body).toHaveLength(2);
  });

  test('suffice for the quarantine: to put there, to list, to show, to try again, to delete', async () => {
    const sender = await device();
    await sender.publish('battery/boat/telemetry', 'no JSON');
    await sender.end();
    const { id } = await until('the record', async () => {
      const { body } = await get(stack.apiUrl, '/quarantine');
      return Array.isArray(body) ? body[0] : undefined;
    });
    expect((await get(stack.apiUrl, `/quarantine/${id}`)).body).toMatchObject({ original: 'bm8gSlNPTg==' });
    expect((await post(stack.apiUrl, `/quarantine/${id}/replay`, {})).body).toMatchObject({ attempts: 2 });
    expect((await fetch(`${stack.apiUrl}/quarantine/${id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await get(stack.apiUrl, `/quarantine/${id}`)).status).toBe(404);
  });

  test('let the writer, who may not list and so is told 403 of what is not there, count the attempts', async () => {
    const message = { payload: 'bm8gSlNPTg==', topic: 'battery/twice/telemetry', receivedAt: Date.now() };
    for (const _ of [1, 2])
      expect(await invoke(emulator.url, 'Writer', message)).toMatchObject({ quarantined: { readings: 1 } });
    expect((await get(stack.apiUrl, '/quarantine?battery=twice')).body).toMatchObject([{ attempts: 2 }]);
  });

  test('do not let ingest publish to any topic but those that the rules listen to', async () => {
    const listener = await subscribe({ device }, '#');
    const refusal = await withVariables(emulator.url, 'Ingest', { TOPIC_ROOT: 'elsewhere' }, () =>
      post(stack.apiUrl, '/charge', { charge: 11, unit: 'kW' }),
    );
    expect(refusal.status).toBeGreaterThanOrEqual(500);
    // The same function, with the topic that is its own: so it was the topic that was refused.
    expect((await post(stack.apiUrl, '/charge', { charge: 12, unit: 'kW' })).status).toBe(200);
    await until('the message on its own topic', () => listener.messages.length > 0);
    expect(listener.messages.map(({ topic }) => topic)).toEqual(['battery/charge']);
    await listener.close();
  });

  test('do not let a function read any secret but its own', async () => {
    const other = await copiedSecret(stack.outputs['InfluxReadSecretArn'] ?? '');
    const refusal = await withVariables(emulator.url, 'Livedata', { INFLUX_TOKEN_SECRET: other }, () =>
      get(stack.apiUrl, '/livedata'),
    );
    expect(refusal.status).toBeGreaterThanOrEqual(500);
    expect((await get(stack.apiUrl, '/livedata')).status).toBe(200);
  });

  test('do not let the writer put anything into another bucket than its own', async () => {
    const message = { payload: 'bm8gSlNPTg==', topic: 'battery/boat/telemetry', receivedAt: Date.now() };
    const bucket = { QUARANTINE_BUCKET: stack.siteBucket };
    const error = await withVariables(emulator.url, 'Writer', bucket, () => invoke(emulator.url, 'Writer', message));
    expect(error).toMatchObject({
      errorMessage: expect.stringContaining('the quarantine cannot be reached: S3 answered 403'),
    });
    expect(await invoke(emulator.url, 'Writer', message)).toMatchObject({
      quarantined: { reason: expect.any(String) },
    });
  });

  test('let the redrive count and look into its own queues, and take nothing out of another', async () => {
    expect((await get(stack.apiUrl, '/redrive')).body).toMatchObject({ waiting: 0, inFlight: 0 });
    expect((await post(stack.apiUrl, '/redrive', {})).body).toMatchObject({ moved: 0, more: false });
    const { url: UNWRITTEN_READINGS_URL } = await makeQueue(emulator.url, 'of-somebody-else');
    await putMessage(emulator.url, UNWRITTEN_READINGS_URL, '{}');
    const answers = await withVariables(emulator.url, 'Redrive', { UNWRITTEN_READINGS_URL }, async () => [
      await get(stack.apiUrl, '/redrive'),
      await post(stack.apiUrl, '/redrive', {}),
    ]);
    for (const answer of answers)
      expect(answer).toMatchObject({
        status: 503,
        body: { error: expect.stringMatching(/^the queue UnwrittenReadings cannot be used: SQS answered 403 Access/) },
      });
    expect(await queueDepth(emulator.url, UNWRITTEN_READINGS_URL)).toBe(1);
  });

  test('are all there is: whoever comes without a signature reads nothing of the bucket', async () => {
    expect((await fetch(stack.pageUrl)).status).toBe(403);
  });
});

describe('not tested with AUTH=true', () => {
  test.skip('the page: reads of its bucket need a signature, and a browser makes none', () => {});
  test.skip('policies of devices: MiniStack does not enforce the policies of IoT on MQTT', () => {});
  test.skip('what the redrive takes out: MiniStack wants the right sqs:DeleteMessageBatch, which AWS does not have (sqs:DeleteMessage is for both)', () => {});
  test.skip('a failed writer’s message in the queue of undelivered ones: MiniStack has no error action for Lambda', () => {});
});
