/** A client of the original demo's own database: its Flux query on ours, and its points below our answers. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { bucketOf } from './database.ts';
import { type FluxRow, fluxRows } from './influx-bucket.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { allRows } from './pages.ts';

const START_MS = 130_000;
const TEST_MS = 40_000;

let amphora: LocalAmphora;
let address: InfluxAddress;

beforeAll(async () => {
  amphora = await startLocal();
  address = await bucketOf(amphora.dataDir);
}, START_MS);

/** As the demo's reader asked. */
const readerQuery = ({ bucket }: InfluxAddress, begin = '-1h', end = 'now()'): string => `
  from(bucket: "${bucket}")
    |> range(start: ${begin}, stop: ${end})
    |> filter(fn: (r) => r["_measurement"] == "battery_data")
    |> filter(fn: (r) => r["_field"] == "charge" or r["_field"] == "discharge")`;

const valuesOf = (rows: readonly FluxRow[]): readonly unknown[] =>
  rows.map((row) => [row['_field'], Number(row['_value'])]);

describe('with three batteries present', () => {
  beforeAll(async () => {
    const timestamp = new Date(Date.now() - 60_000).toISOString();
    const device = await amphora.device();
    expect((await amphora.post('/charge', { charge: 10, unit: 'kW' })).status).toBe(200);
    expect((await amphora.post('/discharge', { discharge: 4500, unit: 'W' })).status).toBe(200);
    expect((await amphora.post('/writeCharge', { charge: 7, timestamp })).status).toBe(200);
    await device.publish('battery/default/telemetry', { timestamp, discharge: 3.5, voltage: 12.5, soc: 61 });
    await device.publish('battery/boat/telemetry', { timestamp, charge: 99, voltage: 24.5 });
    await amphora.post('/batteries/b2/telemetry', { timestamp, charge: 98, discharge: 97, cells: [3.25, 3.5] });
    await device.end();
    await amphora.drained();
  }, TEST_MS);

  test(
    'the demo’s own Flux query finds the default battery’s rows and no others',
    async () => {
      const rows = await fluxRows(address, readerQuery(address));
      expect(valuesOf(rows)).toEqual(
        expect.arrayContaining([
          ['charge', 10],
          ['charge', 7],
          ['discharge', 4.5],
          ['discharge', 3.5],
        ]),
      );
      expect(rows).toHaveLength(4);
    },
    TEST_MS,
  );

  test(
    'its measurement has no field but charge and discharge, and no battery but the default',
    async () => {
      const all = await fluxRows(
        address,
        `from(bucket: "${address.bucket}") |> range(start: 0) |> filter(fn: (r) => r["_measurement"] == "battery_data")`,
      );
      expect(new Set(all.map((row) => row['_field']))).toEqual(new Set(['charge', 'discharge']));
      expect(new Set(all.map((row) => row['battery']))).toEqual(new Set(['default']));
    },
    TEST_MS,
  );

  test(
    'the newest of each field is what GET /livedata says',
    async () => {
      const rows = await fluxRows(address, `${readerQuery(address)} |> last()`);
      expect(valuesOf(rows)).toEqual(
        expect.arrayContaining([
          ['charge', 10],
          ['discharge', 4.5],
        ]),
      );
      expect((await amphora.get('/livedata')).body).toMatchObject({ charge: 10, discharge: 4.5 });
    },
    TEST_MS,
  );
});

describe('a bucket that the original demo wrote', () => {
  // Its client wrote floats where somebody had sent one first, and no battery tag ever.
  const atMs = Date.parse('2025-02-05T12:00:00Z');
  const LINES = [0, 1, 2].map((i) => `battery_data charge=${i}.5,discharge=${i} ${atMs + i * 1000}`).join('\n');

  test(
    'shows its points at once, as the default battery’s, before and beside new ones',
    async () => {
      const old = await startLocal();
      const { url, org, bucket, token } = await bucketOf(old.dataDir);
      const query = new URLSearchParams({ org, bucket, precision: 'ms' });
      const written = await fetch(`${url}/api/v2/write?${query.toString()}`, {
        method: 'POST',
        headers: { authorization: `Token ${token}` },
        body: LINES,
      });
      expect(written.status).toBe(204);
      const at = (i: number): string => `2025-02-05T12:00:0${i}+00:00`;
      expect((await old.get('/livedata')).body).toEqual({ charge: 2.5, discharge: 2, timestamp: at(2), unit: 'kW' });
      await old.post('/writeCharge', { charge: 9, timestamp: '2025-02-05T12:00:03Z' });
      const { rows } = await allRows(old, '/read?begin=2025-02-05T00:00:00Z&end=2025-02-06T00:00:00Z');
      expect(rows).toEqual([
        ...[0.5, 1.5, 2.5, 9].map((charge, i) => ({ charge, discharge: null, time: at(i) })),
        ...[0, 1, 2].map((discharge, i) => ({ charge: null, discharge, time: at(i) })),
      ]);
      expect((await old.get('/livedata')).body).toMatchObject({ charge: 9, timestamp: at(3) });
      expect((await old.get('/batteries')).body).toEqual([
        { id: 'default', firstAt: at(0), lastAt: at(3), simulated: false },
      ]);
      await old.end('SIGTERM');
    },
    START_MS,
  );
});
