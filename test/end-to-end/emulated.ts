/** The stack in the emulator, on a real InfluxDB: one emulator for a test file, and one stack at a time. */
import { afterAll } from '@jest/globals';
import { deployedStack } from '../../cloud/deployed-stack.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from '../emulator/running.ts';
import type { BreakableAmphora } from './amphora.ts';
import { deployedAmphora } from './deployed.ts';

// The topics of the tests; so there is one stack at a time.
const TOPIC_ROOT = 'battery';
const END_PATIENCE_MS = 60_000;
const ACCESS = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' } as const;

let emulator: Promise<RunningEmulator> | undefined;
let stack: RunningStack | undefined;
let stacks = 0;

afterAll(async () => {
  await (await emulator?.catch(() => undefined))?.end();
}, END_PATIENCE_MS);

export async function startEmulated(): Promise<BreakableAmphora> {
  emulator ??= startEmulator();
  const running = await emulator;
  Object.assign(process.env, ACCESS, { AWS_ENDPOINT_URL: running.url });
  await stack?.destroy();
  stacks += 1;
  const stackName = `Suite${stacks}`;
  stack = await running.deploy({ stackName, bucket: `battery${stacks}`, topicRoot: TOPIC_ROOT });
  const { queueUrls, influx } = stack;
  const { influxd } = running;
  const amphora = await deployedAmphora({
    stack: await deployedStack({ stackName }),
    influx,
    queueUrls: Object.values(queueUrls),
    token: '',
  });
  return {
    ...amphora,
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
