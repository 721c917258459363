import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { until, within } from '../end-to-end/until.ts';
import { influxdFor } from '../influxd.ts';
import { influxQl, writeLines } from '../local/influx-lines.ts';
import { folderOfTest } from './folder-of-test.ts';
import { type Ran, runCli, startCli } from './run-cli.ts';

jest.setTimeout(120_000);

const influxd = influxdFor();
const folder = folderOfTest();

const floatsOf = (address: InfluxAddress): InfluxAddress => ({ ...address, bucket: `${address.bucket}-floats` });

const wordsFor = ({ url, org, bucket }: InfluxAddress, to: string): readonly string[] => [
  'migrate-bucket',
  '--influx-url',
  url,
  '--influx-org',
  org,
  '--from',
  bucket,
  '--to',
  to,
];

const migrate = (from: InfluxAddress, to = floatsOf(from).bucket, more: readonly string[] = []): Promise<Ran> =>
  runCli(folder.path, [...wordsFor(from, to), ...more], { INFLUX_TOKEN: from.token });

const started = (from: InfluxAddress) =>
  startCli(folder.path, wordsFor(from, floatsOf(from).bucket), { INFLUX_TOKEN: from.token });

const progressFiles = (): readonly string[] =>
  existsSync(join(folder.path, 'data')) ? readdirSync(join(folder.path, 'data')) : [];

/** Resolves when so many batches were noted. */
const batchesNoted = (count: number) =>
  until('the progress file to grow', () => {
    const [name] = progressFiles();
    return name !== undefined && readFileSync(join(folder.path, 'data', name), 'utf8').split('\n').length > count + 1;
  });

const SECOND_NS = 1_000_000_000n;
const FIRST_NS = 1_738_756_800_000_000_000n;

/** Series at the same times, each of more than one page. */
const longLines = (points: number): readonly string[] =>
  Array.from({ length: points }, (_, i) => String(FIRST_NS + BigInt(i) * SECOND_NS)).flatMap((ns, i) => [
    `battery_data charge=${i}i ${ns}`,
    `battery_data,battery=default charge=${i}i,discharge=${i % 7}i ${ns}`,
    `battery_data,battery=garage charge=${i}i ${ns}`,
  ]);

async function counted(address: InfluxAddress, statement: string): Promise<unknown> {
  const { results }: { results: readonly { series?: readonly { values: unknown }[] }[] } = {
    results: [],
    ...Object(await influxQl(address, statement)),
  };
  return results[0]?.series?.[0]?.values;
}

describe('migrate-bucket', () => {
  test('copies every type, tag and time as it was, and every number as a float', async () => {
    const from = await influxd.newBucket();
    // In shards of their own, for within one a field has one type.
    await writeLines(from, ['battery_data charge=10i,discharge=4i 1400000000000000001']);
    await writeLines(from, ['battery_data charge=10.5 1700000000000000002']);
    await writeLines(from, ['battery_data charge="ten" 1720000000000000003']);
    await writeLines(from, ['battery_data charge=true 1740000000000000004']);
    await writeLines(from, ['battery_data charge=9007199254740993i 1500000000000000005']);
    await writeLines(from, [
      'odd\\ name,x=a\\,b,y=c\\ d\\=e x=1,val=2i,t="say \\"hi\\" \\\\",b=false 1000000001',
      'odd\\ name,y=tag x=5,t="" 1000000001',
      'odd\\ name x=7 9000000000000000002',
      'odd\\ name,z=q"uo\'te\\a x=8,q\\ f\\,=3u -5',
    ]);
    const { code, out, err } = await migrate(from);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('battery_data.charge: 1 of its integers are beyond 2^53, and stand as the nearest float.');

    const to = floatsOf(from);
    expect(JSON.stringify(await influxQl(to, 'SHOW FIELD KEYS'))).not.toMatch(/integer|unsigned/);
    for (const type of ['float', 'string', 'boolean']) {
      const statement = `SELECT charge::${type} FROM battery_data GROUP BY *`;
      expect(await influxQl(to, statement)).toEqual(await influxQl(from, statement));
    }
    const statement = 'SELECT * FROM "odd name" GROUP BY *';
    expect(await influxQl(to, statement)).toEqual(await influxQl(from, statement));
    expect(await influxQl(to, 'SHOW SERIES')).toEqual(await influxQl(from, 'SHOW SERIES'));
    expect(await counted(to, 'SELECT charge::float FROM battery_data')).toEqual([
      ['2014-05-13T16:53:20.000000001Z', 10],
      ['2017-07-14T02:40:00.000000005Z', 9_007_199_254_740_992],
      ['2023-11-14T22:13:20.000000002Z', 10.5],
    ]);
  });

  test('loses and repeats nothing where several series have the same times at the border of a page', async () => {
    const from = await influxd.newBucket();
    await writeLines(from, longLines(5_003));
    const { code, out } = await migrate(from, floatsOf(from).bucket, ['--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      from: from.bucket,
      to: floatsOf(from).bucket,
      isEqual: true,
      refused: { lines: 0, words: '' },
      counts: [countOf('charge', 3 * 5_003), countOf('discharge', 5_003)],
    });
    const statement = 'SELECT sum(charge), sum(discharge) FROM battery_data GROUP BY battery';
    expect(await influxQl(floatsOf(from), statement)).toEqual(await influxQl(from, statement));
  });

  test('done twice changes nothing and ends well both times', async () => {
    const from = await influxd.newBucket();
    await writeLines(from, longLines(10));
    const first = await migrate(from);
    const rows = await influxQl(floatsOf(from), 'SELECT * FROM battery_data');
    const second = await migrate(from);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(await influxQl(floatsOf(from), 'SELECT * FROM battery_data')).toEqual(rows);
    expect(progressFiles()).toEqual([]);
  });

  test.each(['SIGKILL', 'SIGINT'] as const)('goes on where %s stopped it', async (signal) => {
    const from = await influxd.newBucket();
    await writeLines(from, longLines(15_000));
    const { child, done } = started(from);
    await batchesNoted(2);
    child.kill(signal);
    const stopped = await within('the end of the copy', done);
    if (signal === 'SIGINT') {
      expect(stopped.code).toBe(2);
      expect(stopped.err).toMatch(
        /^amphora: stopped after [\d ]+ of 60 000 values; to go on from there type \.\/amphora migrate-bucket .*\n$/,
      );
    }
    expect(await counted(floatsOf(from), 'SELECT count(charge) FROM battery_data')).not.toEqual(
      await counted(from, 'SELECT count(charge) FROM battery_data'),
    );
    const { code, out } = await migrate(from);
    expect(code).toBe(0);
    expect(out).toMatch(/An earlier run copied \d[\d ]* of 60 000 values; going on behind them\./);
    expect(out).toMatch(/^battery_data\.charge +45000 +45000 +45000 +45000$/m);
    expect(progressFiles()).toEqual([]);
  });

  test('waits for a server that is killed and comes back', async () => {
    const from = await influxd.newBucket();
    await writeLines(from, longLines(15_000));
    const server = await influxd.server();
    const { done } = started(from);
    await batchesNoted(2);
    await server.end('SIGKILL');
    await server.again();
    const { code, out } = await within('the end of the copy', done, 60_000);
    expect(code).toBe(0);
    expect(out).toMatch(/^battery_data\.charge +45000 +45000 +45000 +45000$/m);
  });

  test('makes the new bucket with the retention of the old one', async () => {
    const from = await influxd.newBucket({ retentionSeconds: 7_200 });
    await writeLines(from, [`battery_data charge=1i ${BigInt(Date.now()) * 1_000_000n}`]);
    expect((await migrate(from)).code).toBe(0);
    const headers = { authorization: `Token ${from.token}` };
    const answer = await fetch(`${from.url}/api/v2/buckets?name=${floatsOf(from).bucket}`, { headers });
    expect(await answer.json()).toMatchObject({ buckets: [{ retentionRules: [{ everySeconds: 7_200 }] }] });
  });

  test('says with exit code 1 what the new bucket refused', async () => {
    const [from, to] = [await influxd.newBucket(), await influxd.newBucket({ retentionSeconds: 3_600 })];
    await writeLines(from, [...longLines(1), `battery_data charge=1i ${BigInt(Date.now()) * 1_000_000n}`]);
    const { code, out } = await migrate(from, to.bucket);
    expect(code).toBe(1);
    expect(out).toMatch(/^battery_data\.charge +4 +0 +4 +\d +differs$/m);
    expect(out).toContain('InfluxDB refused');
    expect(out).toContain('outside retention policy');
    expect(out).toContain(`'${to.bucket}' holds fewer than '${from.bucket}'`);
  });

  test('says with exit code 1 that the new bucket held more before', async () => {
    const [from, to] = [await influxd.newBucket(), await influxd.newBucket()];
    await writeLines(from, longLines(1));
    await writeLines(to, ['battery_data charge=1 5']);
    const { code, out } = await migrate(from, to.bucket);
    expect(code).toBe(1);
    expect(out).toContain(`'${to.bucket}' holds more than '${from.bucket}'`);
    expect(out).toContain('Nothing is missing.');
  });
});

describe('migrate-bucket refuses in one sentence, with exit code 2,', () => {
  async function expectRefusal(ran: Promise<Ran>, sentence: string | RegExp): Promise<void> {
    const { code, out, err } = await ran;
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^amphora: [^\n]+\n$/);
    expect(err).toMatch(sentence);
    expect(progressFiles()).toEqual([]);
  }

  test('a bucket that is not there', async () => {
    const from = { ...(await influxd.newBucket()), bucket: 'nope' };
    await expectRefusal(migrate(from), /has no bucket 'nope' in organisation 'ENI'; name the old bucket with --from/);
  });

  test('a token that is not known, and an organisation that is not there', async () => {
    const from = await influxd.newBucket();
    await expectRefusal(migrate({ ...from, token: 'nobody' }), 'does not know this token');
    await expectRefusal(migrate({ ...from, org: 'NOPE' }), "has no organisation 'NOPE'");
  });

  test('a token that may not make the new bucket, with how to make it', async () => {
    const from = await influxd.newBucket();
    const token = await influxd.newToken(from, 'read');
    await expectRefusal(
      migrate({ ...from, token }),
      /this token may not make it; type influx bucket create --host \S+ --org ENI --name bucket\d+-floats/,
    );
  });

  test('a token that may not write to the new bucket', async () => {
    const [from, to] = [await influxd.newBucket(), await influxd.newBucket()];
    const token = await influxd.newToken(from, 'both');
    await expectRefusal(
      migrate({ ...from, token }, to.bucket),
      `may not write to bucket '${to.bucket}'; take one that`,
    );
  });

  test('a token that may not read the old bucket', async () => {
    const from = await influxd.newBucket();
    const token = await influxd.newToken(from, 'write');
    await expectRefusal(migrate({ ...from, token }), `may not read bucket '${from.bucket}'; take one that`);
  });

  test('a new bucket that holds integers itself', async () => {
    const [from, to] = [await influxd.newBucket(), await influxd.newBucket()];
    await writeLines(from, longLines(1));
    await writeLines(to, ['battery_data discharge=1i 5']);
    await expectRefusal(
      migrate(from, to.bucket),
      `bucket '${to.bucket}' holds integers itself (battery_data.discharge), and InfluxDB may refuse floats`,
    );
  });

  test('a bucket into itself', async () => {
    const from = await influxd.newBucket();
    await expectRefusal(migrate(from, from.bucket), 'a bucket cannot be copied into itself');
  });
});

function countOf(field: string, count: number) {
  const counts = { read: count, written: count, source: count, target: count };
  return { measurement: 'battery_data', field, kind: 'float', rounded: 0, ...counts };
}
