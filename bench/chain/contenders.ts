/** Whoever takes messages and posts in this bench, each with a bucket of its own in one InfluxDB, warm. */
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { startAmphora } from '../child.ts';
import { ackMs, jsonPost } from '../loads.ts';
import { newBucket, untilCounted } from './buckets.ts';
import { type DemoParts, startDemo } from './demo.ts';
import type { DiskRun } from './disk-run.ts';

export type Contender = {
  readonly url: string;
  readonly mqttPort: number;
  readonly bucket: InfluxAddress;
};

export type Contenders = {
  /** Absent where it cannot be had. */
  readonly demo?: Contender;
  readonly direct: Contender;
  readonly buffered: Contender;
};

type Running = { readonly url: string; readonly mqttPort: number; readonly end: () => Promise<void> };

// What is compared runs for months. V8 compiles what it runs through the first thousands of messages, on the processors that
// are measured, and Python never does: the figures would tell of those seconds. Everybody gets the same; those that post get
// posts too (post-figures.ts).
const WARM_MESSAGES = 1_000;
const WARM_PATIENCE_MS = 60_000;

/** Ended when `measure` is. */
export async function withContenders<T>(
  run: DiskRun,
  parts: DemoParts,
  measure: (contenders: Contenders) => Promise<T>,
): Promise<T> {
  const running: Running[] = [];
  const contender = async (name: string, start: (bucket: InfluxAddress) => Promise<Running>): Promise<Contender> => {
    const bucket = await newBucket(run.server, name);
    const one = await start(bucket);
    running.push(one);
    const { url, mqttPort } = one;
    await warm(run, { url, mqttPort, bucket });
    return { url, mqttPort, bucket };
  };
  try {
    return await measure({
      ...(parts.ok ? { demo: await contender('demo', (bucket) => startDemo(parts, bucket)) } : {}),
      direct: await contender('direct', (bucket) => startOn(bucket, 'direct')),
      buffered: await contender('buffered', (bucket) => startOn(bucket, 'buffered')),
    });
  } finally {
    for (const one of running) await one.end();
  }
}

function startOn({ url, org, bucket, token }: InfluxAddress, ingest: 'direct' | 'buffered'): Promise<Running> {
  const database = ['--store', 'influxdb', '--influx-url', url, '--influx-org', org, '--influx-bucket', bucket];
  return startAmphora('launcher', { flags: [...database, '--ingest', ingest], env: { INFLUX_TOKEN: token } });
}

async function warm({ takeMs }: DiskRun, { url, mqttPort, bucket }: Contender): Promise<void> {
  await (await fetch(`${url}/charge`, jsonPost({ charge: 1.5, unit: 'kW' }))).arrayBuffer();
  await (await fetch(`${url}/livedata`)).arrayBuffer();
  await untilCounted(bucket, 1, WARM_PATIENCE_MS);
  const firstMs = takeMs(WARM_MESSAGES);
  await ackMs(mqttPort, WARM_MESSAGES, firstMs);
  await untilCounted(bucket, WARM_MESSAGES, WARM_PATIENCE_MS, { firstMs, ms: WARM_MESSAGES });
}
