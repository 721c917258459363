/** A deployed stack of the suite's own, spoken to through its doors only, in an emulator or in an account. */
import { afterAll } from '@jest/globals';
import { apiAddress } from '../../cloud/api-address.ts';
import { clientOptions } from '../../cloud/client-options.ts';
import type { DeployedStack } from '../../cloud/deployed-stack.ts';
import { iotEndpoint, isEmulator, type SignedAddress, signedMqttAddress } from '../../cloud/iot-endpoint.ts';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { failureQueues } from '../../scripts/accept/own-stack.ts';
import { quarantineBucket } from '../../scripts/accept/quarantine-bucket.ts';
import { type Amphora, inOrder, type KeptRecord } from './amphora.ts';
import { deployedLog } from './deployed-log.ts';
import { connectDevice, type Device, type DeviceOptions } from './devices.ts';
import { httpClientAt } from './http.ts';
import { storedSamples } from './influx-bucket.ts';
import { until } from './until.ts';

export type OwnDeployed = {
  readonly stack: DeployedStack;
  /** Of its readings. */
  readonly influx: InfluxAddress;
  readonly queueUrls: readonly string[];
  /** '' where it wants no sign-in. */
  readonly token: string;
};

const RULE_TOPIC = /^battery\/(charge|discharge|[^/]+\/telemetry)$/;
const SIGNED_S = 3_600;
// In an emulator each message that is not done yet takes a process of its own, and beyond a number of them they are lost.
const IN_FLIGHT = 4;
// CloudWatch shows a line seconds after it was written.
const DRAIN_PATIENCE_MS = { emulator: 20_000, account: 90_000 } as const;
// AWS IoT keeps no order between topics: what comes after a message of our own has been on its way for less than this.
const QUIET_MS = { emulator: 0, account: 1_000 } as const;

const END_PATIENCE_MS = 120_000;

const closings: (() => unknown)[] = [];
let settled = async (): Promise<unknown> => undefined;

afterAll(async () => {
  await settled();
  for (const close of closings) close();
}, END_PATIENCE_MS);

export async function deployedAmphora({ stack, influx, queueUrls, token }: OwnDeployed): Promise<Amphora> {
  const where = isEmulator() ? 'emulator' : 'account';
  const { region, outputs } = stack;
  const url = apiAddress(outputs['ApiUrl'] ?? '');
  const client = httpClientAt(url, token === '' ? {} : { authorization: `Bearer ${token}` });
  const log = await deployedLog(stack, Date.now());
  const address = await signedMqttAddress(region, SIGNED_S);
  const messages = await messageCounter(await connect(address), QUIET_MS[where]);
  const queues = failureQueues(region, queueUrls);
  const quarantine = quarantineBucket(region, outputs['QuarantineBucketName'] ?? '');

  let lost = 0;
  const written = async (): Promise<void> => {
    const seen = await messages.seen();
    let done = 0;
    try {
      await until(
        'every message to be written',
        async () => {
          done = lost + (await log.written());
          return done >= seen;
        },
        DRAIN_PATIENCE_MS[where],
      );
    } catch (error) {
      // Told once, and not to every test that comes after.
      lost += seen - done;
      throw error;
    }
  };
  // Nothing of this test file is written in the next one's time.
  settled = () => written().catch(() => undefined);
  closings.push(client.close, queues.close, quarantine.close);
  const kept = async (): Promise<readonly KeptRecord[]> => {
    // What the writer failed on to the end would be lost to the tests in silence.
    const failed = await queues.taken();
    if (failed.length > 0) throw new Error(`${failed.length} messages are in the failure queues: ${failed[0]}`);
    return (await quarantine.records()).map((text): KeptRecord => JSON.parse(text)).toSorted(inOrder);
  };
  return {
    ...client,
    url,
    iot: {
      ...clientOptions(region),
      ...(isEmulator() ? {} : { endpoint: `https://${(await iotEndpoint(region)).host}` }),
    },
    sendFlags: ['--url', url],
    sendEnv: token === '' ? {} : { AMPHORA_TOKEN: token },
    device: (options) => connect(address, options, isEmulator() ? everyNth(IN_FLIGHT, written) : undefined),
    drained: async () => {
      await written();
      return { stored: await storedSamples(influx), kept: (await kept()).length };
    },
    kept,
    logged: log.lines,
  };
}

const connect = (
  { url, headers }: SignedAddress,
  options: DeviceOptions = {},
  ready?: () => Promise<void>,
): Promise<Device> => connectDevice(url, { ...options, wsOptions: { headers } }, ready);

/** How many messages for the rules the broker has handed out. */
async function messageCounter({ client }: Device, quietMs: number): Promise<{ readonly seen: () => Promise<number> }> {
  const marker = 'battery/counter';
  let [seen, marks, asked, lastAtMs] = [0, 0, 0, 0];
  client.on('message', (topic) => {
    if (topic === marker) marks += 1;
    else if (RULE_TOPIC.test(topic)) [seen, lastAtMs] = [seen + 1, Date.now()];
  });
  await client.subscribeAsync('battery/#', { qos: 1 });
  return {
    seen: async () => {
      const mine = (asked += 1);
      await client.publishAsync(marker, '', { qos: 1 });
      // What was acknowledged before this one has come before it.
      await until('a message of our own', () => marks >= mine);
      const markedAtMs = Date.now();
      await until('nothing more to come', () => Date.now() - Math.max(lastAtMs, markedAtMs) >= quietMs);
      return seen;
    },
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
