/** The laws of the quarantine on the emulator's S3, which is not ours. */
import { CreateBucketCommand, DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from '@jest/globals';
import { s3Objects } from '../../lambdas/aws/s3-objects.ts';
import type { Quarantine } from '../../lambdas/quarantine/quarantine.ts';
import { recordPlace } from '../../lambdas/quarantine/record.ts';
import { countInBucket, s3Quarantine } from '../../lambdas/quarantine-store/s3-quarantine.ts';
import { s3Of } from '../../scripts/emulator/emulator-api.ts';
import { type Emulator, startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { ROOT } from '../emulator/root.ts';
import { type OpenedQuarantine, quarantineContract } from './contract.ts';

const START_MS = 120_000;
const NOWHERE = 'http://127.0.0.1:1';

let emulator: Emulator;
let buckets = 0;

beforeAll(async () => {
  emulator = await startEmulatorProcess({ root: ROOT, port: 0, isStrict: false, say: () => {} });
}, START_MS);
afterAll(() => emulator?.end());

function quarantineIn(bucket: string): Quarantine {
  return s3Quarantine(s3Objects(bucket), () => {});
}

async function open(): Promise<OpenedQuarantine> {
  const env = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  Object.assign(process.env, env, { AWS_ENDPOINT_URL_S3: emulator.url });
  buckets += 1;
  const Bucket = `quarantine-${buckets}`;
  const s3 = s3Of(emulator.url);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const place = (Key: string, text: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(text) }));
  return {
    // Anew each time, as a function does that starts: so it asks where it is told to now.
    get quarantine() {
      return quarantineIn(Bucket);
    },
    another: quarantineIn(Bucket),
    count: () => countInBucket(s3Objects(Bucket)),
    spoil: async (id, text) => {
      const { day = '', name = '' } = recordPlace(id) ?? {};
      await place(`quarantine/${day.replaceAll('-', '/')}/${name}.json`, text);
    },
    litter: async () => {
      for (const key of ['a', 'quarantine/x', 'quarantine/2026/x/1.json', 'quarantine/2026/11/26/1.json'])
        await place(key, '{}');
    },
    interrupt: async () => {
      process.env['AWS_ENDPOINT_URL_S3'] = NOWHERE;
    },
    dispose: async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
      s3.destroy();
    },
  };
}

// Each run makes a bucket and as many requests as it has records.
quarantineContract("the quarantine in the emulator's S3", open, { numRuns: 8 });
