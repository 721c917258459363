/**
 * A real InfluxDB for a test file `*.influxdb.ts` (npm run test:influxdb). At the top of the file:
 *
 *   const influxd = influxdFor();                        // InfluxDB 2; influxdFor({ version: 1 }) is 1.12
 *
 * and in its tests:
 *
 *   const address = await influxd.newBucket();           // { url, org, bucket, token }: a bucket that nobody else has
 *   const old = await influxd.newBucket({ retentionSeconds: 3600 });
 *   const token = await influxd.newToken(address, 'read'); // or 'write', 'both'; for that bucket only
 *   const server = await influxd.server();               // pid, port, end('SIGKILL'), again(), lastWords()
 *
 * The server starts with the first of these calls, is one for the whole file, and is ended and removed after its tests.
 * Who ends it in a test starts it again with `again()`.
 */
import { afterAll } from '@jest/globals';
import { type InfluxAddress, influxManagement, type TokenWish } from '../lambdas/store/influxdb-management.ts';
import { type RunningInfluxd, startInfluxd, startInfluxd1 } from '../scripts/influxd/run-influxd.ts';

export type Influxd = {
  readonly server: () => Promise<RunningInfluxd>;
  /** With the token that may do everything. */
  readonly newBucket: (options?: { readonly retentionSeconds?: number }) => Promise<InfluxAddress>;
  readonly newToken: (address: InfluxAddress, access: TokenWish['access']) => Promise<string>;
};

type Rooms = {
  readonly create: (address: InfluxAddress, retentionSeconds: number) => Promise<void>;
  readonly token: Influxd['newToken'];
};

const START_PATIENCE_MS = 90_000;

export function influxdFor({ version = 2 }: { readonly version?: 1 | 2 } = {}): Influxd {
  let started: Promise<RunningInfluxd> | undefined;
  const server = (): Promise<RunningInfluxd> => (started ??= version === 2 ? startInfluxd() : startInfluxd1());
  afterAll(async () => (await started?.catch(() => undefined))?.discard(), START_PATIENCE_MS);

  const rooms = version === 2 ? BUCKETS : DATABASES;
  let made = 0;
  return {
    server,
    newBucket: async ({ retentionSeconds = 0 } = {}) => {
      const { url, org, token } = await server();
      made += 1;
      const address = { url, org, bucket: `bucket${made}`, token };
      await rooms.create(address, retentionSeconds);
      return address;
    },
    newToken: rooms.token,
  };
}

/** InfluxDB 2. */
const BUCKETS: Rooms = {
  create: (address, retentionSeconds) => influxManagement(address).createBucket(address.bucket, retentionSeconds),
  token: (address, access) =>
    influxManagement(address).createToken({ description: `${address.bucket}, ${access}`, access }),
};

/** InfluxDB 1: a bucket is a database, and a token a user with a password. */
const DATABASES: Rooms = {
  create: async (address, retentionSeconds) => {
    const duration = retentionSeconds === 0 ? '' : ` WITH DURATION ${retentionSeconds}s`;
    await runIn1(address, `CREATE DATABASE "${address.bucket}"${duration}`);
  },
  token: async (address, access) => {
    const user = `${address.bucket}-${access}`;
    await runIn1(address, `CREATE USER "${user}" WITH PASSWORD 'secret'`);
    await runIn1(address, `GRANT ${access === 'both' ? 'ALL' : access} ON "${address.bucket}" TO "${user}"`);
    return `${user}:secret`;
  },
};

async function runIn1({ url, token }: InfluxAddress, statement: string): Promise<void> {
  const headers = { authorization: `Token ${token}` };
  const response = await fetch(`${url}/query?q=${encodeURIComponent(statement)}`, { method: 'POST', headers });
  const words = await response.text();
  if (!response.ok || words.includes('"error"')) throw new Error(`InfluxDB 1 refuses ${statement}: ${words}`);
}
