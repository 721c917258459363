/** Whoever takes messages and posts in this bench, each with a bucket of its own in one InfluxDB, warm. */
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { startAmphora } from '../child.ts';
import { jsonPost } from '../loads.ts';
import { newBucket, untilCounted } from './buckets.ts';
import { type DemoParts, startDemo } from './demo.ts';

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

// The functions start with what they are first asked.
const WARM_PATIENCE_MS = 30_000;

/** Ended when `measure` is. */
export async function withContenders<T>(
  server: InfluxAddress,
  parts: DemoParts,
  measure: (contenders: Contenders) => Promise<T>,
): Promise<T> {
  const running: Running[] = [];
  const contender = async (name: string, start: (bucket: InfluxAddress) => Promise<Running>): Promise<Contender> => {
    const bucket = await newBucket(server, name);
    const one = await start(bucket);
    running.push(one);
    await warm(one.url, bucket);
    return { url: one.url, mqttPort: one.mqttPort, bucket };
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

async function warm(url: string, bucket: InfluxAddress): Promise<void> {
  await (await fetch(`${url}/charge`, jsonPost({ charge: 1.5, unit: 'kW' }))).arrayBuffer();
  await (await fetch(`${url}/livedata`)).arrayBuffer();
  await untilCounted(bucket, 1, WARM_PATIENCE_MS);
}
