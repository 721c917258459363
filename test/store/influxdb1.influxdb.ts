/** What InfluxDB 1.12 answers to a batch on its /api/v2/write: another server than 2.x, with words and numbers of its own. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import type { Outcome, Point } from '../../lambdas/store/store.ts';
import { type RunningInfluxd, startInfluxd1 } from '../../scripts/influxd/run-influxd.ts';
import { influxdFor } from '../influxd.ts';
import { point, START_MS } from './arbitraries.ts';
import { askRaw, fieldTypes, storeIn, writeLines } from './influxdb-raw.ts';

const influxd = influxdFor({ version: 1 });

const OK: Outcome = { kind: 'stored' };
const AGAIN = { code: 'store-unavailable', retry: true };
const HOUR_MS = 3_600_000;
const batchOf = (size: number, fromMs = START_MS): readonly Point[] =>
  Array.from({ length: size }, (_, index) => point('boat', fromMs + index, { soc: index }));
const refusedFor = (words: RegExp) => ({ kind: 'refused', reason: expect.stringMatching(words) });

/** How many values a field has there. */
async function countOf(address: InfluxAddress, field: string, measurement = 'battery'): Promise<unknown> {
  const [counted] = await askRaw(address, `SELECT count("${field}") FROM "${measurement}"`);
  return counted?.values[0]?.[1] ?? 0;
}

describe('InfluxDB 1.12', () => {
  test('stores a batch in the same form as 2.x', async () => {
    const address = await influxd.newBucket();
    const fields = { charge: 1, soc: 2, cellVoltageMinId: 'C3' };
    expect(await storeIn(address).append([point('default', START_MS, fields), ...batchOf(500)])).toEqual(
      Array.from({ length: 501 }, () => OK),
    );
    expect(await fieldTypes(address)).toEqual([
      'battery cellVoltageMinId string',
      'battery soc float',
      'battery_data charge float',
    ]);
    expect(await countOf(address, 'soc')).toBe(501);
  });

  test('with another type in one point refuses that, and the others are stored', async () => {
    const address = await influxd.newBucket();
    await writeLines(address, [`battery,battery=boat voltage=13i ${START_MS}000000`]);
    const batch = [...batchOf(40), point('boat', START_MS + 5, { voltage: 13.5 }), ...batchOf(60).slice(40)];
    const outcomes = await storeIn(address).append(batch);
    expect(outcomes[40]).toEqual(refusedFor(/type conflict.*"voltage".*type float.*type integer/));
    expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(60);
    expect(await countOf(address, 'soc')).toBe(60);
  });

  test('with another type in every point gives the batch back with the way out', async () => {
    const address = await influxd.newBucket();
    await writeLines(address, [`battery_data charge=10i ${START_MS}000000`]);
    const samples = batchOf(200).map((one) => ({ ...one, battery: 'default', fields: { ...one.fields, charge: 1 } }));
    const message = expect.stringMatching(/type conflict.*\.\/amphora migrate-bucket/);
    await expect(storeIn(address).append(samples)).rejects.toMatchObject({ ...AGAIN, message });
  });

  test('with a text that is too long refuses that point, and the others are stored', async () => {
    const address = await influxd.newBucket();
    const long = point('boat', START_MS + 5, { cellVoltageMinId: 'x'.repeat(1_100_000) });
    const outcomes = await storeIn(address).append([...batchOf(20), long]);
    expect(outcomes).toEqual([...batchOf(20).map(() => OK), refusedFor(/"cellVoltageMinId".*too long/)]);
    expect(await countOf(address, 'soc')).toBe(20);
  });

  test('beyond the retention refuses what is older, and the others are stored', async () => {
    const address = await influxd.newBucket({ retentionSeconds: 3_600 });
    const nowMs = Date.now() - 60_000;
    const outcomes = await storeIn(address).append([...batchOf(20, nowMs - 9 * HOUR_MS), ...batchOf(20, nowMs)]);
    expect(outcomes.slice(0, 20)).toEqual(outcomes.slice(0, 20).map(() => refusedFor(/retention policy|dropped/)));
    expect(outcomes.slice(20)).toEqual(batchOf(20).map(() => OK));
    expect(await countOf(address, 'soc')).toBe(20);
  });

  const wrong: readonly (readonly [string, (address: InfluxAddress) => Promise<InfluxAddress>, RegExp])[] = [
    [
      'an unknown database',
      async (address) => ({ ...address, bucket: 'nobody' }),
      /404: database not found.*bucket 'nobody'/,
    ],
    ['a bad password', async (address) => ({ ...address, token: 'amphora:wrong' }), /401.*put a valid one in place/],
    [
      'a user who may only read',
      async (address) => ({ ...address, token: await influxd.newToken(address, 'read') }),
      /403.*right it needs/,
    ],
  ];
  test.each(wrong)('%s gives the batch back, and says what to do', async (_, change, sentence) => {
    const address = await influxd.newBucket();
    const message = expect.stringMatching(sentence);
    await expect(storeIn(await change(address)).append(batchOf(200))).rejects.toMatchObject({ ...AGAIN, message });
  });
});

describe('InfluxDB 1.12 that takes little in one request', () => {
  // Of a compressed request it does not count the bytes, so ours that are too large are the small ones.
  const MAX_BODY_BYTES = 500;
  let server: RunningInfluxd;
  beforeAll(async () => {
    server = await startInfluxd1({ maxBodyBytes: MAX_BODY_BYTES });
  }, 90_000);
  afterAll(async () => server.discard());

  test('answers 413 to more', async () => {
    const lines = batchOf(15).map(({ atMs }) => `battery,battery=other soc=1 ${atMs}000000`);
    await expect(writeLines(server, lines)).rejects.toThrow('413');
  });

  test('is sent smaller ones, and everything is stored', async () => {
    expect(await storeIn(server).append(batchOf(15))).toEqual(batchOf(15).map(() => OK));
    expect(await countOf(server, 'soc')).toBe(15);
  });

  test('refuses the point that is too large by itself, and the others are stored', async () => {
    const large = point('boat', START_MS + 50, { cellVoltageMinId: 'x'.repeat(600) });
    const outcomes = await storeIn(server).append([...batchOf(5), large]);
    expect(outcomes).toEqual([...batchOf(5).map(() => OK), refusedFor(/takes no request of 66\d bytes/)]);
    expect(await countOf(server, 'cellVoltageMinId')).toBe(0);
  });
});
