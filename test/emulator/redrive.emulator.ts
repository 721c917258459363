/** What waits in the failure queues of a deployed stack, back to the database, a real InfluxDB. Its role: roles.emulator.ts. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { boundedRequest } from '../../lambdas/aws/bounded-request.ts';
import { until } from '../end-to-end/until.ts';
import { invoke } from './functions.ts';
import { get, post } from './http.ts';
import { putMessage, queueDepth } from './queue.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from './running.ts';

const START_MS = 120_000;
// The emulator's schedules run once a minute at most.
const SCHEDULE_MS = 150_000;
const FROM_MS = Date.now() - 3_600_000;

let emulator: RunningEmulator;
let stack: RunningStack;
let dead = '';

beforeAll(async () => {
  emulator = await startEmulator();
  stack = await emulator.deploy({ ingest: 'buffered' });
  dead = stack.queueUrls.dead ?? '';
}, START_MS);
afterAll(() => emulator?.end());

const payloadOf = (second: number): string =>
  Buffer.from(JSON.stringify({ timestamp: FROM_MS + second * 1_000, soc: second })).toString('base64');

/** What a rule hands over, which the buffer's dead letters are too. */
const envelope = (battery: string, second: number) => ({
  payload: payloadOf(second),
  topic: `battery/${battery}/telemetry`,
  clientId: battery,
  principal: 'a1b2',
  receivedAt: FROM_MS,
  traceId: '5f1c2d6e-0001',
});

/** "Capturing records of Lambda asynchronous invocations", the example. */
const invocation = (battery: string, second: number) => ({
  version: '1.0',
  timestamp: '2026-11-26T07:07:37.000Z',
  requestContext: {
    requestId: 'e4b46cbf-b738-xmpl-8880-a18cdf61200e',
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Amphora-Writer:$LATEST',
    condition: 'RetriesExhausted',
    approximateInvokeCount: 3,
  },
  requestPayload: envelope(battery, second),
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload: { errorType: 'AmphoraError', errorMessage: 'the database does not answer' },
});

/** "Error handling (error action)" of AWS IoT, the message format. */
const errorAction = (battery: string, second: number) => ({
  ruleName: 'Amphora_telemetry',
  topic: `battery/${battery}/telemetry`,
  cloudwatchTraceId: '7e146a2c-95b5-6caf-98b9-50e3969734c7',
  clientId: battery,
  sourceIp: '192.0.2.1',
  base64OriginalPayload: payloadOf(second),
  failures: [{ failedAction: 'SqsAction', failedResource: 'BufferedMessages', errorMessage: 'not found' }],
});

const put = (queueUrl: string, message: unknown): Promise<void> =>
  putMessage(emulator.url, queueUrl, typeof message === 'string' ? message : JSON.stringify(message));

async function socs(battery: string): Promise<readonly unknown[]> {
  const { body } = await get(stack.apiUrl, `/read?shape=wide&battery=${battery}&begin=-2h`);
  return Array.isArray(body) ? body.map((row) => row.soc) : [];
}

const waiting = async (): Promise<unknown> => (await get(stack.apiUrl, '/redrive')).body;
const NOTHING = {
  waiting: 0,
  inFlight: 0,
  queues: ['UnwrittenReadings', 'UndeliveredMessages', 'DeadMessages'].map((queue) => ({
    queue,
    waiting: 0,
    inFlight: 0,
  })),
};

describe('the redrive of a deployed stack', () => {
  test('finds nothing where nothing waits', async () => {
    expect(await waiting()).toEqual(NOTHING);
    expect((await post(stack.apiUrl, '/redrive', {})).body).toMatchObject({ moved: 0, more: false });
  });

  test('stores what each of the three queues holds, in the form that it has there, and quarantines what has none', async () => {
    const { unwritten, undelivered } = stack.queueUrls;
    await put(unwritten, invocation('van', 1));
    await put(unwritten, 'nobody knows');
    await put(undelivered, errorAction('van', 2));
    await put(dead, envelope('van', 3));
    expect(await waiting()).toMatchObject({ waiting: 4, inFlight: 0 });

    const { status, body } = await post(stack.apiUrl, '/redrive', {});
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        moved: 4,
        stored: 3,
        repeated: 0,
        quarantined: 1,
        more: false,
        queues: [
          { queue: 'UnwrittenReadings', moved: 2, stored: 1, repeated: 0, quarantined: 1 },
          { queue: 'UndeliveredMessages', moved: 1, stored: 1, repeated: 0, quarantined: 0 },
          { queue: 'DeadMessages', moved: 1, stored: 1, repeated: 0, quarantined: 0 },
        ],
      },
    });
    expect(await socs('van')).toEqual([1, 2, 3]);
    const { body: records } = await get(stack.apiUrl, '/quarantine');
    const [{ id }, ...others] = Array.isArray(records) ? records : [{ id: '' }];
    expect(others).toEqual([]);
    expect((await get(stack.apiUrl, `/quarantine/${id}`)).body).toMatchObject({
      original: Buffer.from('nobody knows').toString('base64'),
      reason: expect.stringContaining('nothing that a failure queue holds'),
    });
    expect(await waiting()).toEqual(NOTHING);
    for (const url of [unwritten, undelivered, dead]) expect(await queueDepth(emulator.url, url)).toBe(0);
  });

  test('stores nothing twice, however often a message comes', async () => {
    await put(stack.queueUrls.unwritten, invocation('van', 1));
    await put(dead, envelope('van', 1));
    // InfluxDB does not say which points were there already.
    expect((await post(stack.apiUrl, '/redrive', {})).body).toMatchObject({ moved: 2, quarantined: 0, more: false });
    expect(await socs('van')).toEqual([1, 2, 3]);
  });

  test('leaves all where it is while there is no database, says so, and stores it when there is one', async () => {
    await put(stack.queueUrls.unwritten, invocation('lorry', 1));
    await put(dead, envelope('lorry', 2));
    await emulator.influxd.end();
    expect(await post(stack.apiUrl, '/redrive', {})).toMatchObject({ status: 503 });
    expect(await invoke(emulator.url, 'Redrive', SCHEDULED)).toMatchObject({ moved: 0, stopped: expect.any(String) });
    // Given back at once: who comes next need not wait for it.
    expect(await waiting()).toMatchObject({ waiting: 2, inFlight: 0 });
    await emulator.influxd.again();
    expect(await invoke(emulator.url, 'Redrive', SCHEDULED)).toMatchObject({ moved: 2, stored: 2, more: false });
    expect(await socs('lorry')).toEqual([1, 2]);
  });

  test('two at once share the work: each message is moved once, and each is stored', async () => {
    for (let second = 1; second <= 12; second++) await put(dead, envelope('fleet', second));
    const both = await Promise.all([
      post(stack.apiUrl, '/redrive', {}),
      invoke(emulator.url, 'Redrive', SCHEDULED).then((body) => ({ body })),
    ]);
    expect(both.reduce((sum, { body }) => sum + Number(body['moved']), 0)).toBe(12);
    expect(both.reduce((sum, { body }) => sum + Number(body['stored']), 0)).toBe(12);
    expect(await socs('fleet')).toHaveLength(12);
    expect(await waiting()).toEqual(NOTHING);
  });

  test(
    'runs by its schedule, with nobody asking',
    async () => {
      const { Rules: rules } = await events('ListRules', {});
      const [rule, ...others] = rules.filter(({ ScheduleExpression: when }) => when === 'rate(15 minutes)');
      expect(others).toEqual([]);
      await put(stack.queueUrls.undelivered, errorAction('ship', 1));
      // Of the emulator alone: a quarter of an hour is long for a test.
      await events('PutRule', { ...rule, ScheduleExpression: 'rate(1 minute)' });
      await until('the queue to be emptied', async () => (await socs('ship')).length === 1, SCHEDULE_MS);
      expect(await queueDepth(emulator.url, stack.queueUrls.undelivered)).toBe(0);
    },
    SCHEDULE_MS,
  );
});

/** "Amazon EventBridge scheduled events", as a rule hands it to a function. */
const SCHEDULED = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '000000000000',
  time: '2026-11-26T07:15:00Z',
  region: 'us-east-1',
  resources: ['arn:aws:events:us-east-1:000000000000:rule/Amphora-RedriveSchedule'],
  detail: {},
};

async function events(
  action: string,
  input: unknown,
): Promise<{ readonly Rules: readonly Readonly<Record<string, unknown>>[] }> {
  const { status, body } = await boundedRequest({
    method: 'POST',
    url: new URL(emulator.url),
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSEvents.${action}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20261126/us-east-1/events/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify(input),
    timeoutMs: 10_000,
  });
  expect({ action, status, body }).toMatchObject({ status: 200 });
  return JSON.parse(body);
}
