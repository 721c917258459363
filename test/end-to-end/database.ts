/** The database below a local runtime: how a start is told of it, and how it goes away for a while. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { influxdFor } from '../influxd.ts';
import { storedSamples } from './influx-bucket.ts';
import { TARGET } from './target.ts';

export type Database = {
  /** Of `start`. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What errors call it. */
  readonly name: string;
  /** Samples in it, counted by itself; absent: only the runtime can. */
  readonly stored?: () => Promise<number>;
  /** While the work runs, it is not there. */
  readonly without: <T>(work: () => Promise<T>) => Promise<T>;
};

/** One server for the whole test file, started when it is first asked for. */
export const influxd = influxdFor();

const buckets = new Map<string, Promise<InfluxAddress>>();

/** The one of this data folder: a start that goes on with the folder goes on with its readings. */
export async function databaseOf(dataDir: string): Promise<Database> {
  return TARGET === 'sqlite' ? sqliteDatabase(dataDir) : influxDatabase(await bucketOf(dataDir));
}

/** The bucket of a data folder, with a token that may read and write it and nothing else. */
export function bucketOf(dataDir: string): Promise<InfluxAddress> {
  const known = buckets.get(dataDir) ?? newBucket();
  buckets.set(dataDir, known);
  return known;
}

async function newBucket(): Promise<InfluxAddress> {
  const address = await influxd.newBucket();
  return { ...address, token: await influxd.newToken(address, 'both') };
}

function sqliteDatabase(dataDir: string): Database {
  const [file, aside] = [join(dataDir, 'store.sqlite'), join(dataDir, 'store-aside.sqlite')];
  return {
    flags: [],
    env: {},
    name: 'store.sqlite',
    without: async (work) => {
      renameSync(file, aside);
      try {
        return await work();
      } finally {
        renameSync(aside, file);
      }
    },
  };
}

function influxDatabase(address: InfluxAddress): Database {
  const { url, org, bucket, token } = address;
  return {
    flags: ['--store', 'influxdb', '--influx-url', url, '--influx-org', org, '--influx-bucket', bucket],
    env: { INFLUX_TOKEN: token },
    name: url,
    stored: () => storedSamples(address),
    without: async (work) => {
      const server = await influxd.server();
      await server.end();
      try {
        return await work();
      } finally {
        await server.again();
      }
    },
  };
}
