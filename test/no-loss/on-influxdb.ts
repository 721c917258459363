/** A local runtime on a real InfluxDB that it reaches through a proxy of the test's. */
import { join } from 'node:path';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { bucketOf } from '../end-to-end/database.ts';
import { temporaryFolder } from '../end-to-end/process.ts';

/** A data folder, and the address of the bucket that a start on it has, directly. */
export async function newFolder(): Promise<{ readonly dataDir: string; readonly address: InfluxAddress }> {
  const dataDir = join(temporaryFolder(), 'data');
  return { dataDir, address: await bucketOf(dataDir) };
}

/** For a start whose database is behind this port. */
export const throughPort = (port: number): readonly string[] => ['--influx-url', `http://127.0.0.1:${port}`];
