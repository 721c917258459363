/** The deployed writer: what a batch from the queue is worth, over the same messages one by one. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { bundleFolder } from '../../lib/bundles.ts';
import { bundleFunctions } from '../../scripts/bundle.ts';
import { ROOT } from '../child.ts';
import { type Figure, quantile } from '../figure.ts';
import { newBucket, untilCounted } from './buckets.ts';
import type { DiskRun } from './disk-run.ts';

type Rates = { readonly single: readonly number[]; readonly batch: readonly number[]; readonly messages: number };

const COUNT_PATIENCE_MS = 10_000;
// More than it sends.
const MOST_MESSAGES = 150_000;

export async function writerFigures(run: DiskRun): Promise<readonly Figure[]> {
  await bundleFunctions(ROOT, 'influxdb');
  const bucket = await newBucket(run.server, 'writer');
  const { single, batch, messages } = await ratesOf(bucket, run.takeMs(MOST_MESSAGES));
  await untilCounted(bucket, messages, COUNT_PATIENCE_MS);
  // The first turns start the environment and its connection.
  const median = (rates: readonly number[]): number => quantile(rates.slice(2), 0.5);
  const one = 'messages/s of the same writer one by one';
  return [run.figure('writer-batch', median(batch), 'messages/s', median(single), one)];
}

async function ratesOf({ url, org, bucket, token }: InfluxAddress, firstMs: number): Promise<Rates> {
  const script = join(import.meta.dirname, 'writer-load.ts');
  const bundle = join(bundleFolder(ROOT, 'influxdb', 'writer'), 'index.js');
  const child = fork(script, [bundle, String(firstMs)], {
    // What it prints are its metrics, as on AWS.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      TOPIC_ROOT: 'battery',
      METRICS_NAMESPACE: 'Amphora',
      STACK_NAME: 'Amphora',
      NODE_OPTIONS: '--disable-warning=DEP0169',
      INFLUX_URL: url,
      INFLUX_ORG: org,
      INFLUX_BUCKET: bucket,
      INFLUX_TOKEN: token,
    },
  });
  const said = new Promise<Rates>((resolve, reject) => {
    child.once('message', (message) => resolve(ratesIn(message)));
    child.once('exit', (code) => reject(new Error(`the writer ended with ${code} and no figures, see above`)));
  });
  try {
    return await said;
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill();
      await once(child, 'exit');
    }
  }
}

function ratesIn(message: unknown): Rates {
  const { single = [], batch = [], messages = 0 }: Partial<Rates> = { ...Object(message) };
  return { single, batch, messages };
}
