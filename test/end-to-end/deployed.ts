/** The stack in the emulator, on a real InfluxDB: one emulator for a test file, spoken to through its doors only. */
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll } from '@jest/globals';
import { type RunningEmulator, type RunningStack, startEmulator } from '../emulator/running.ts';
import type { Amphora, KeptRecord } from './amphora.ts';
import { connectDevice, type Device, type DeviceOptions } from './devices.ts';
import { functionLog } from './function-log.ts';
import { httpClient } from './http.ts';
import { storedSamples } from './influx-bucket.ts';
import { until } from './until.ts';

// The topics of the tests; so there is one stack at a time.
const TOPIC_ROOT = 'battery';
const RULE_TOPIC = /^battery\/(charge|discharge|[^/]+\/telemetry)$/;
// Each message that is not done yet takes a process of its own there, and beyond a number of them they are lost.
const IN_FLIGHT = 4;
const DRAIN_PATIENCE_MS = 20_000;
const END_PATIENCE_MS = 60_000;
// Beyond the longest test: a message that was seen once is not given out again.
const HIDDEN_S = 3_600;
const ACCESS = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } } as const;

let emulator: Promise<RunningEmulator> | undefined;
let stack: RunningStack | undefined;
let stacks = 0;
const closings: (() => unknown)[] = [];

afterAll(async () => {
  for (const close of closings) close();
  await (await emulator?.catch(() => undefined))?.end();
}, END_PATIENCE_MS);

export async function startDeployed(): Promise<Amphora> {
  emulator ??= startEmulator();
  const running = await emulator;
  await stack?.destroy();
  stacks += 1;
  const stackName = `Suite${stacks}`;
  stack = await running.deploy({ stackName, bucket: `battery${stacks}`, topicRoot: TOPIC_ROOT });
  return amphoraOf(running, stack, stackName);
}

async function amphoraOf(
  { url: endpoint, port, mqttHost, influxd }: RunningEmulator,
  { apiUrl, queueUrls, influx }: RunningStack,
  stackName: string,
): Promise<Amphora> {
  const client = httpClient({ port, base: new URL(apiUrl).pathname });
  const log = functionLog(endpoint, stackName);
  const connect = (options: DeviceOptions = {}, ready?: () => Promise<void>): Promise<Device> =>
    connectDevice(`ws://127.0.0.1:${port}/mqtt`, { ...options, wsOptions: { headers: { host: mqttHost } } }, ready);
  const messages = await messageCounter(await connect());
  const kept = keptMessages(endpoint, [queueUrls.unwritten, queueUrls.undelivered]);
  closings.push(client.close, kept.close);

  let lost = 0;
  const written = async (): Promise<void> => {
    const seen = await messages.seen();
    let done = 0;
    try {
      await until(
        'every message to be written',
        async () => {
          done = lost + (await log.invocations('/WriterLogs'));
          return done >= seen;
        },
        DRAIN_PATIENCE_MS,
      );
    } catch (error) {
      // Told once, and not to every test that comes after.
      lost += seen - done;
      throw error;
    }
  };
  return {
    ...client,
    url: apiUrl,
    iotEndpoint: endpoint,
    iotAccessKeyId: 'test',
    sendFlags: ['--url', apiUrl],
    device: (options) => connect(options, everyNth(IN_FLIGHT, written)),
    drained: async () => {
      await written();
      return { stored: await storedSamples(influx), kept: (await kept.all()).length };
    },
    kept: kept.all,
    logged: log.lines,
    withoutStore: async (work) => {
      await influxd.end();
      try {
        return await work();
      } finally {
        await influxd.again();
      }
    },
    storeName: influxd.url,
  };
}

/** How many messages for the rules the broker has handed out. */
async function messageCounter({ client }: Device): Promise<{ readonly seen: () => Promise<number> }> {
  const marker = `${TOPIC_ROOT}/counter`;
  let seen = 0;
  let marks = 0;
  let asked = 0;
  client.on('message', (topic) => {
    if (topic === marker) marks += 1;
    else if (RULE_TOPIC.test(topic)) seen += 1;
  });
  await client.subscribeAsync(`${TOPIC_ROOT}/#`, { qos: 1 });
  return {
    seen: async () => {
      const mine = (asked += 1);
      await client.publishAsync(marker, '', { qos: 1 });
      // What was acknowledged before this one has come before it.
      await until('a message of our own', () => marks >= mine);
      return seen;
    },
  };
}

/** What the failure queues hold, each message once, in the order of its coming out. */
function keptMessages(
  endpoint: string,
  queueUrls: readonly string[],
): { readonly all: () => Promise<readonly KeptRecord[]>; readonly close: () => void } {
  const sqs = new SQSClient({ endpoint, ...ACCESS });
  const found: KeptRecord[] = [];
  const receive = async (QueueUrl: string): Promise<void> => {
    const asked = { QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN_S };
    const { Messages: batch = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    found.push(...batch.map(({ Body = '' }): KeptRecord => JSON.parse(Body)));
    if (batch.length > 0) await receive(QueueUrl);
  };
  return {
    all: async () => {
      for (const queueUrl of queueUrls) await receive(queueUrl);
      return [...found];
    },
    close: () => sqs.destroy(),
  };
}

/** One after the other, and before each n-th the work is done. */
function everyNth(n: number, work: () => Promise<void>): () => Promise<void> {
  let count = 0;
  let tail = Promise.resolve();
  return () => {
    tail = tail.then(async () => {
      count += 1;
      if (count % n === 0) await work();
    });
    return tail;
  };
}
