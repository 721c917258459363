import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { until } from '../end-to-end/until.ts';
import { influxdFor } from '../influxd.ts';
import { influxQl, writeLines } from '../local/influx-lines.ts';
import { freePort, influxdb3, influxdb18, webServer, withTcp } from '../local/peers.ts';
import { withServer } from '../local/raw-http.ts';
import { folderOfTest } from './folder-of-test.ts';
import { runCli } from './run-cli.ts';
import { influxWords, refusedStart, withRuntime } from './runtime-on.ts';

// A start builds the stack and the page when their sources changed.
jest.setTimeout(180_000);
// Questions have 4 s; there are processes to start on a busy machine too.
const BOUND_MS = 15_000;

const influxd = influxdFor();
const folder = folderOfTest();

async function expectRefusal(address: InfluxAddress, sentence: RegExp | string): Promise<void> {
  const startMs = Date.now();
  const { code, out, err } = await refusedStart(folder, address);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^amphora: [^\n]+\n$/);
  expect(err).toMatch(sentence);
  expect(err).not.toContain(address.token);
  expect(Date.now() - startMs).toBeLessThan(BOUND_MS);
  expect(existsSync(join(folder.path, 'data'))).toBe(false);
}

const at = (port: number): InfluxAddress => ({
  url: `http://127.0.0.1:${port}`,
  org: 'ENI',
  bucket: 'battery1',
  token: 'qwertzuiop',
});

describe('a start on what is no InfluxDB 2 ends with one sentence, exit code 2 and nothing left behind', () => {
  test('a port that nobody listens on', async () => {
    await expectRefusal(at(await freePort()), 'nothing listens there');
  });

  test.each<[string, RequestListener, string]>([
    ['a web server', webServer, 'is not InfluxDB'],
    ['InfluxDB 1.8', influxdb18, 'is InfluxDB 1.8.10, and Amphora needs 2.x; run InfluxDB 2 beside it'],
    ['InfluxDB 3', influxdb3, 'as InfluxDB 3 does and 2.x does not'],
  ])('%s', async (_name, listener, words) => {
    await withServer(listener, (port) => expectRefusal(at(port), words));
  });

  test('a server that takes the connection and never answers', async () => {
    await withTcp(
      () => undefined,
      (port) => expectRefusal(at(port), 'connected, and no word within 4 s'),
    );
  });
});

describe('a start on an InfluxDB 2 that it cannot use ends the same way', () => {
  test('a token that nobody knows', async () => {
    await expectRefusal({ ...(await influxd.newBucket()), token: 'qwertzuiop' }, 'does not know this token');
  });

  test.each([
    ['read', 'the token may only read bucket'],
    ['write', 'the token may write to bucket'],
  ] as const)('a token that may only %s', async (access, words) => {
    const address = await influxd.newBucket();
    await expectRefusal({ ...address, token: await influxd.newToken(address, access) }, words);
  });

  test('a bucket that is not there, an organisation that is not there', async () => {
    const address = await influxd.newBucket();
    await expectRefusal({ ...address, bucket: 'nope' }, "has no bucket 'nope'");
    await expectRefusal({ ...address, org: 'NOPE' }, "has no organisation 'NOPE'");
  });
});

// What the original demo's service writes: integers, no tag, whole seconds.
const DEMO_LINES = ['battery_data charge=10i 1738756800000000000', 'battery_data discharge=4i 1738756860000000000'];
const DEMO_DAY = '/read?begin=2025-02-05T00:00:00Z&end=2025-02-06T00:00:00Z';
const DEMO_ROWS = [
  { charge: 10, discharge: null, time: '2025-02-05T12:00:00+00:00' },
  { charge: null, discharge: 4, time: '2025-02-05T12:01:00+00:00' },
];

describe("a bucket of the original demo's", () => {
  test('with integers is refused with both ways out, and the second one leads to its points', async () => {
    const old = await influxd.newBucket();
    await writeLines(old, DEMO_LINES);
    const refused = await refusedStart(folder, old);
    expect({ code: refused.code, out: refused.out }).toEqual({ code: 2, out: '' });
    expect(refused.err).toContain(
      `bucket '${old.bucket}' holds integers (battery_data.charge, battery_data.discharge)`,
    );
    expect(refused.err).toContain('use a new bucket (--influx-bucket NAME)');
    const [, typed = ''] = /or copy this one as floats: \.\/amphora (.*)\n$/.exec(refused.err) ?? [];

    const env = { INFLUX_TOKEN: old.token };
    const doctor = await runCli(folder.path, ['doctor', ...influxWords(old)], env);
    expect(doctor.code).toBe(1);
    expect(doctor.out).toContain(typed);

    const migrated = await runCli(folder.path, typed.split(' '), env);
    expect({ code: migrated.code, err: migrated.err }).toEqual({ code: 0, err: '' });
    expect(migrated.out).toContain(`--influx-bucket ${old.bucket}-floats`);

    await withRuntime(folder, { ...old, bucket: `${old.bucket}-floats` }, async ({ get, post }) => {
      expect(await get(DEMO_DAY)).toEqual(DEMO_ROWS);
      expect(await get('/livedata')).toEqual({
        charge: 10,
        discharge: 4,
        timestamp: '2025-02-05T12:01:00+00:00',
        unit: 'kW',
      });
      expect(await post('/charge', { charge: 10.5 })).toEqual({ message: 'charge set to: 10.5 kW' });
      await until('the new reading', async () => {
        const { charge }: { readonly charge?: number } = { ...Object(await get('/livedata')) };
        return charge === 10.5;
      });
      expect(await get(DEMO_DAY)).toEqual(DEMO_ROWS);
    });
  });

  test('with text where Amphora writes a float is refused with the one way out that there is', async () => {
    const address = await influxd.newBucket();
    await writeLines(address, ['battery_data charge="ten" 1738756800000000000', ...DEMO_LINES.slice(1)]);
    const { code, err } = await refusedStart(folder, address);
    expect(code).toBe(2);
    expect(err).toContain('(battery_data.charge as string, battery_data.discharge as integer)');
    expect(err).toContain('use a new bucket: --influx-bucket NAME');
    expect(err).not.toContain('migrate-bucket');
  });

  test('with floats is found at once', async () => {
    const address = await influxd.newBucket();
    await writeLines(
      address,
      DEMO_LINES.map((line) => line.replace('i ', ' ')),
    );
    await withRuntime(folder, address, async ({ get }) => {
      expect(await get(DEMO_DAY)).toEqual(DEMO_ROWS);
      expect(await get('/livedata')).toMatchObject({ charge: 10, discharge: 4 });
    });
  });
});

describe('the local runtime on InfluxDB', () => {
  test('tells where it stores and never the token, in what it prints, in run.json and in GET /health', async () => {
    const address = await influxd.newBucket();
    // Of an earlier run on SQLite.
    mkdirSync(join(folder.path, 'data'));
    writeFileSync(join(folder.path, 'data', 'store.sqlite'), '');
    const { out, err } = await withRuntime(folder, address, async ({ run, get }) => {
      const { url, org, bucket } = address;
      expect(run).toMatchObject({ store: 'influxdb', influx: { url, org, bucket } });
      expect(JSON.stringify(run)).not.toContain(address.token);
      expect(await get('/health')).toEqual({
        status: 'ok',
        version: expect.any(String),
        store: 'influxdb',
        database: 'ok',
        waiting: 0,
        failed: 0,
        quarantined: 0,
      });
      const doctor = await runCli(folder.path, ['doctor', '--json'], { INFLUX_TOKEN: address.token });
      expect(doctor.code).toBe(0);
      const { findings }: { readonly findings: readonly { readonly level: string }[] } = JSON.parse(doctor.out);
      expect(findings.map(({ level }) => level)).toEqual(Array.from({ length: 10 }, () => 'ok'));
    });
    expect(out).toContain(`InfluxDB at ${address.url}, bucket ${address.bucket}`);
    expect(out).toContain('Its store.sqlite is not read: those readings show without --store influxdb.');
    expect(out + err).not.toContain(address.token);
    // Not a warning of the client's, of the runtime's or of node's.
    expect(err).toBe('');
  });

  test('plays the battery demo while nothing real is there, and DELETE takes it away', async () => {
    const address = await influxd.newBucket();
    const demoPoints = async (): Promise<boolean> =>
      JSON.stringify(await influxQl(address, `SELECT * FROM battery WHERE battery='demo' LIMIT 1`)).includes('demo');
    await withRuntime(
      folder,
      address,
      async ({ run, get }) => {
        await until('the first samples of demo', demoPoints);
        await fetch(`http://localhost:${String(run['port'])}/batteries/demo`, { method: 'DELETE' });
        expect(await demoPoints()).toBe(false);
        expect(await get('/batteries')).toEqual([]);
      },
      [],
    );
  });

  test('takes readings while InfluxDB is away, and stores them when it is back', async () => {
    const address = await influxd.newBucket();
    const server = await influxd.server();
    await withRuntime(
      folder,
      address,
      async ({ get, post }) => {
        await server.end('SIGKILL');
        expect(await post('/charge', { charge: 3 })).toEqual({ message: 'charge set to: 3 kW' });
        expect(await get('/health')).toMatchObject({ status: 'ok', store: 'influxdb', database: 'away' });
        await server.again();
        await until('the reading of the outage', async () => {
          const { charge }: { readonly charge?: number } = { ...Object(await get('/livedata')) };
          return charge === 3;
        });
      },
      ['--no-demo', '--retry-delays', '1,1'],
    );
  });

  test('stops at once while InfluxDB is away, and the next start stores what waited', async () => {
    const address = await influxd.newBucket();
    const server = await influxd.server();
    await withRuntime(
      folder,
      address,
      async ({ post }) => {
        await server.end('SIGKILL');
        await post('/charge', { charge: 4 });
      },
      ['--no-demo', '--retry-delays', '600,600'],
    );
    await server.again();
    await withRuntime(
      folder,
      address,
      async ({ get }) => {
        await until('the reading of the outage', async () => {
          const { charge }: { readonly charge?: number } = { ...Object(await get('/livedata')) };
          return charge === 4;
        });
      },
      ['--no-demo', '--retry-delays', '1,1'],
    );
  });
});
