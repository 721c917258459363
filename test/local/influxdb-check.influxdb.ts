import { describe, expect, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { checkInfluxdb } from '../../local/influxdb-check.ts';
import { influxdFor } from '../influxd.ts';
import { influxQl, writeLines } from './influx-lines.ts';

const influxd = influxdFor();
const influxd1 = influxdFor({ version: 1 });

const look = (address: InfluxAddress) => checkInfluxdb(address, { nowMs: Date.now });
const OK = { level: 'ok' } as const;

describe('a look at a real InfluxDB 2', () => {
  test('with a bucket and a token that may read and write it finds nothing to complain of', async () => {
    const address = await influxd.newBucket();
    for (const token of [address.token, await influxd.newToken(address, 'both')]) {
      expect(await look({ ...address, token })).toEqual([
        { subject: 'InfluxDB', level: 'ok', sentence: `version 2.7.12 answers at ${address.url}` },
        { subject: 'bucket', level: 'ok', sentence: expect.stringContaining(address.bucket) },
        {
          subject: 'token',
          level: 'ok',
          sentence: `may read and write '${address.bucket}'; whether the server's disk has room is not looked at`,
        },
        { subject: 'fields', level: 'ok', sentence: expect.any(String) },
        { subject: 'clock', level: 'ok', sentence: expect.any(String) },
      ]);
    }
  });

  test('leaves nothing behind: the bucket is as empty as before', async () => {
    const address = await influxd.newBucket();
    await look(address);
    expect(await influxQl(address, 'SHOW MEASUREMENTS')).toEqual({ results: [{ statement_id: 0 }] });
  });

  test.each([
    ['read', 'the token may only read bucket'],
    ['write', 'the token may write to bucket'],
  ] as const)('tells a token that may only %s from a good one', async (access, words) => {
    const address = await influxd.newBucket();
    const token = await influxd.newToken(address, access);
    const findings = await look({ ...address, token });
    expect(findings).toMatchObject([
      OK,
      { subject: 'bucket', ...OK },
      {
        subject: 'token',
        level: 'problem',
        sentence: expect.stringContaining(words),
        next: expect.stringContaining('influx auth create'),
      },
      OK,
    ]);
    expect(JSON.stringify(findings)).not.toContain(token);
  });

  test('tells a token for another bucket from one that is not known', async () => {
    const [address, other] = [await influxd.newBucket(), await influxd.newBucket()];
    const token = await influxd.newToken(other, 'both');
    expect(await look({ ...address, token })).toContainEqual(
      expect.objectContaining({ sentence: expect.stringContaining('may neither read nor write bucket') }),
    );
    expect(await look({ ...address, token: 'nobody-knows-it' })).toContainEqual(
      expect.objectContaining({ sentence: expect.stringContaining('does not know this token') }),
    );
  });

  test('tells an unknown bucket from an unknown organisation, each with what to type', async () => {
    const address = await influxd.newBucket();
    expect(await look({ ...address, bucket: 'not there' })).toMatchObject([
      OK,
      {
        subject: 'bucket',
        level: 'problem',
        sentence: expect.stringContaining("no bucket 'not there' in organisation"),
        next: expect.stringContaining("--name 'not there'"),
      },
      OK,
    ]);
    expect(await look({ ...address, org: 'NOPE' })).toMatchObject([
      OK,
      { subject: 'organisation', level: 'problem', next: expect.stringContaining('influx org list') },
      OK,
    ]);
  });

  test("finds the original demo's integers, however old they are", async () => {
    const address = await influxd.newBucket();
    await writeLines(address, [
      'battery_data charge=10i 1400000000000000000',
      'battery_data charge=1.5 1700000000000000000',
    ]);
    expect(await look(address)).toContainEqual(
      expect.objectContaining({
        subject: 'fields',
        level: 'problem',
        sentence: expect.stringContaining('(battery_data.charge)'),
        next: expect.stringContaining(`--from ${address.bucket} --to ${address.bucket}-floats`),
      }),
    );
  });

  test("passes over another program's field, and not over text where Amphora writes a float", async () => {
    const address = await influxd.newBucket();
    await writeLines(address, ['battery,host=phone percent=50i 1700000000000000000']);
    expect(await look(address)).toContainEqual(expect.objectContaining({ subject: 'fields', level: 'ok' }));
    await writeLines(address, ['battery,host=phone soc="half" 1700000000000000000']);
    expect(await look(address)).toContainEqual(
      expect.objectContaining({
        subject: 'fields',
        level: 'problem',
        sentence: expect.stringContaining('(battery.soc as string)'),
      }),
    );
  });

  test('a real InfluxDB 1.12 is told from it', async () => {
    const { url } = await influxd1.server();
    expect(await look({ url, org: 'ENI', bucket: 'b', token: 'x' })).toMatchObject([
      { level: 'problem', sentence: expect.stringContaining('is InfluxDB 1.12.4, and Amphora needs 2.x') },
    ]);
  });
});
