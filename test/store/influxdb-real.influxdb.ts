/** What stands in a real InfluxDB after a write, and what the adapter makes of what others wrote there. */
import { describe, expect, test } from '@jest/globals';
import { influxManagement } from '../../lambdas/store/influxdb-management.ts';
import type { FieldValue, PointTime, Store, StoredPoint } from '../../lambdas/store/store.ts';
import { fluxRows } from '../end-to-end/influx-bucket.ts';
import { influxdFor } from '../influxd.ts';
import { point, START_MS } from './arbitraries.ts';
import { askRaw, fieldTypes, seriesKeys, storeIn, writeLines } from './influxdb-raw.ts';

const influxd = influxdFor();

const DAY_MS = 86_400_000;
const range = { battery: 'default', fromMs: START_MS, toMs: START_MS + 1_000 };

describe('what is stored', () => {
  test('stands in the measurements, tags, fields and types that telemetry.md promises', async () => {
    const address = await influxd.newBucket();
    const store = storeIn(address);
    const fields = { charge: 1, discharge: 2.5, soc: 3, cellVoltageMinId: 'C "3"' };
    await store.append([
      point('default', START_MS, fields, { nanos: 7 }),
      point('boat', START_MS, { charge: 4, soc: 5 }),
      point('boat', START_MS, { v1: 3 }, { measurement: 'cell' }),
      point('boat', START_MS, { fanError: 1 }, { measurement: 'battery_alarm' }),
    ]);
    expect(await seriesKeys(address)).toEqual([
      'battery,battery=boat',
      'battery,battery=default',
      'battery_alarm,battery=boat',
      'battery_data,battery=default',
      'cell,battery=boat',
    ]);
    expect(await fieldTypes(address)).toEqual([
      'battery cellVoltageMinId string',
      'battery charge float',
      'battery soc float',
      'battery_alarm fanError float',
      'battery_data charge float',
      'battery_data discharge float',
      'cell v1 float',
    ]);
    const time = `${START_MS}000007`;
    expect(await askRaw(address, 'SELECT * FROM battery_data')).toEqual([
      {
        name: 'battery_data',
        columns: ['time', 'battery', 'charge', 'discharge'],
        values: [[time, 'default', 1, 2.5]],
      },
    ]);
    expect(await askRaw(address, `SELECT * FROM battery WHERE battery = 'default'`)).toMatchObject([
      {
        columns: ['time', 'battery', 'cellVoltageMinId', 'charge', 'soc'],
        values: [[time, 'default', 'C "3"', null, 3]],
      },
    ]);
  });

  test("of three batteries the original demo's own question finds the default's charge and discharge alone", async () => {
    const address = await influxd.newBucket();
    const atMs = Date.now() - 1_000;
    const fields = { charge: 1, discharge: 2, soc: 3 };
    await storeIn(address).append(['default', 'boat', 'garage'].map((battery) => point(battery, atMs, fields)));
    const rows = await fluxRows(
      address,
      `from(bucket: "${address.bucket}") |> range(start: -1h) |> filter(fn: (r) => r._measurement == "battery_data")`,
    );
    expect(rows.map(({ _field, _value, battery }) => [_field, _value, battery])).toEqual([
      ['charge', '1', 'default'],
      ['discharge', '2', 'default'],
    ]);
  });
});

describe("the original demo's own rows", () => {
  const newDemo = async (lines: readonly string[]): Promise<Store> => {
    const address = await influxd.newBucket();
    await writeLines(address, lines);
    return storeIn(address);
  };

  test('without a tag are the default battery in every answer', async () => {
    const store = await newDemo([
      `battery_data charge=1.5 ${START_MS}000000`,
      `battery_data discharge=2.5 ${START_MS + 10}000000`,
      `battery_data charge=3.5 ${START_MS + 500}000003`,
    ]);
    const last = { atMs: START_MS + 500, nanos: 3 };
    expect(await store.batteries()).toEqual([{ id: 'default', firstAtMs: START_MS, lastAtMs: START_MS + 500 }]);
    expect([...(await store.latest({ battery: 'default' }))]).toEqual([
      ['charge', { ...last, value: 3.5 }],
      ['discharge', { atMs: START_MS + 10, nanos: 0, value: 2.5 }],
    ]);
    expect((await store.live({ battery: 'default', times: 2 })).newestTimes).toEqual([START_MS + 500, START_MS + 10]);
    expect(await store.points({ ...range, limit: 9, order: 'newest-first' })).toEqual([
      { ...last, fields: { charge: 3.5 } },
      { atMs: START_MS + 10, nanos: 0, fields: { discharge: 2.5 } },
      { atMs: START_MS, nanos: 0, fields: { charge: 1.5 } },
    ]);
    expect((await store.steps({ ...range, stepMs: 1_000 })).get('charge')).toEqual([
      { fromMs: START_MS, count: 2, min: 1.5, max: 3.5, mean: 2.5 },
    ]);
    expect(await store.nearest({ ...range, fromMs: START_MS + 1, toMs: START_MS + 11 })).toEqual({
      beforeMs: START_MS,
      afterMs: START_MS + 500,
    });
    expect(await store.newestTimes({ battery: 'default', count: 2 })).toEqual([START_MS + 500, START_MS + 10]);
    expect(await store.points({ ...range, battery: 'boat', limit: 9 })).toEqual([]);
  });

  test('and ours are one row a time, in pages of any size and both orders; of one field ours counts', async () => {
    const all: StoredPoint[] = [];
    const lines: string[] = [];
    for (let at = 0; at < 60; at++) {
      const fields: Record<string, FieldValue> = {};
      const time = `${START_MS + at}000000`;
      if (at % 2 === 0) {
        lines.push(`battery_data charge=${at}.25,discharge=1.5 ${time}`);
        Object.assign(fields, { charge: at + 0.25, discharge: 1.5 });
      }
      if (at % 3 === 0) {
        lines.push(`battery_data,battery=default charge=${at}.5 ${time}`);
        Object.assign(fields, { charge: at + 0.5 });
      }
      if (at % 5 === 0) {
        lines.push(`battery,battery=default soc=${at} ${time}`);
        Object.assign(fields, { soc: at });
      }
      if (Object.keys(fields).length > 0) all.push({ atMs: START_MS + at, nanos: 0, fields });
    }
    const store = await newDemo(lines);
    for (const order of ['oldest-first', 'newest-first'] as const) {
      for (const limit of [1, 2, 3, 7, 30, 100]) {
        const expected = order === 'oldest-first' ? all : [...all].reverse();
        expect(await allPages(store, { order, limit })).toEqual(expected);
        const charged = expected.flatMap(({ fields: { charge }, ...time }) =>
          charge === undefined ? [] : [{ ...time, fields: { charge } }],
        );
        expect(await allPages(store, { order, limit, fields: ['charge', 'never'] })).toEqual(charged);
      }
    }
    const both = await newDemo([
      `battery_data charge=30.25,discharge=1.5 ${START_MS}000000`,
      `battery_data,battery=default charge=30.5 ${START_MS}000000`,
    ]);
    const { latest } = await both.live({ battery: 'default', times: 2 });
    expect([latest.get('charge')?.value, latest.get('discharge')?.value]).toEqual([30.5, 1.5]);
  });

  test('that are integers are read as numbers, also where floats of later weeks follow', async () => {
    const old = START_MS - 60 * DAY_MS;
    const store = await newDemo([
      `battery_data charge=10i,discharge=4i ${old}000000`,
      `battery_data charge=11i ${old + 1}000000`,
      `battery_data charge=12.5 ${START_MS}000000`,
    ]);
    const both = { battery: 'default', fromMs: old, toMs: START_MS + 1 };
    expect((await store.points({ ...both, limit: 9 })).map(({ fields }) => fields)).toEqual([
      { charge: 10, discharge: 4 },
      { charge: 11 },
      { charge: 12.5 },
    ]);
    expect((await store.latest({ battery: 'default' })).get('charge')?.value).toBe(12.5);
    expect((await store.latest({ battery: 'default' })).get('discharge')?.value).toBe(4);
    const steps = (await store.steps({ ...both, stepMs: 100 * DAY_MS })).get('charge');
    expect(steps).toEqual([{ fromMs: old, count: 3, min: 10, max: 12.5, mean: expect.closeTo(33.5 / 3, 9) }]);
    expect(await store.batteries()).toEqual([{ id: 'default', firstAtMs: old, lastAtMs: START_MS }]);
  });
});

describe('what others wrote beside ours', () => {
  test('a field called as our tag, a tag of their own, a truth value: ours are read as before', async () => {
    const address = await influxd.newBucket();
    const store = storeIn(address);
    await store.append([point('boat', START_MS, { soc: 50 }), point('default', START_MS, { charge: 1, soc: 60 })]);
    await writeLines(address, [
      `battery,battery=boat,site=harbour battery=5,voltage=13 ${START_MS + 1}000000`,
      `battery_data,battery=default,site=home battery="x" ${START_MS + 1}000000`,
      `battery,battery=boat fanOn=true ${START_MS + 2}000000`,
      `weather,battery=boat soc=99 ${START_MS + 3}000000`,
    ]);
    const boat = { ...range, battery: 'boat' };
    expect(await store.points({ ...boat, fields: ['soc'], limit: 9 })).toEqual([
      { atMs: START_MS, nanos: 0, fields: { soc: 50 } },
    ]);
    expect((await store.points({ ...boat, limit: 9 })).map(({ fields }) => fields)).toEqual([
      { soc: 50 },
      { battery: 5, voltage: 13 },
      {},
    ]);
    expect([...(await store.latest({ battery: 'boat' })).keys()]).toEqual(['battery', 'soc', 'voltage']);
    expect([...(await store.steps({ ...boat, stepMs: 1_000 })).keys()]).toEqual(['battery', 'soc', 'voltage']);
    expect((await store.points({ ...range, limit: 1 }))[0]?.fields).toEqual({ charge: 1, soc: 60 });
    expect((await store.batteries()).map(({ id }) => id)).toEqual(['boat', 'default']);
  });
});

describe('times', () => {
  test('up to five minutes ahead of the clock are the latest, of each kind of answer', async () => {
    const store = storeIn(await influxd.newBucket());
    const nowMs = Date.now();
    const aheadMs = nowMs + 300_000;
    for (const battery of ['boat', 'default']) {
      await store.append([
        point(battery, aheadMs, { charge: 2, soc: 2 }),
        point(battery, nowMs, { charge: 1, soc: 1 }),
      ]);
      const latest = await store.latest({ battery });
      expect([latest.get('charge')?.atMs, latest.get('soc')?.value]).toEqual([aheadMs, 2]);
      expect(await store.newestTimes({ battery, count: 5 })).toEqual([aheadMs, nowMs]);
      expect(await store.nearest({ battery, fromMs: nowMs, toMs: nowMs + 1 })).toEqual({ afterMs: aheadMs });
      const page = { battery, fromMs: nowMs - DAY_MS, toMs: nowMs + DAY_MS, limit: 1, order: 'newest-first' as const };
      expect((await store.points(page)).map(({ atMs }) => atMs)).toEqual([aheadMs]);
    }
    expect((await store.batteries()).map(({ lastAtMs }) => lastAtMs)).toEqual([aheadMs, aheadMs]);
  });

  test('at both ends of what a point may have are found, and a question may reach beyond', async () => {
    const store = storeIn(await influxd.newBucket());
    const LAST_MS = 9_223_372_036_853;
    await store.append([point('boat', 0, { soc: 1 }), point('boat', LAST_MS, { soc: 2 }, { nanos: 999_999 })]);
    expect((await store.latest({ battery: 'boat' })).get('soc')?.value).toBe(2);
    for (const newestTimes of [[LAST_MS], [LAST_MS, 0], [LAST_MS, 0]])
      expect(await store.live({ battery: 'boat', times: newestTimes.length })).toMatchObject({ newestTimes });
    const all = { battery: 'boat', fromMs: -Number.MAX_SAFE_INTEGER, toMs: Number.MAX_SAFE_INTEGER };
    expect(await store.points({ ...all, limit: 5 })).toHaveLength(2);
    expect(await store.batteries()).toEqual([{ id: 'boat', firstAtMs: 0, lastAtMs: LAST_MS }]);
    expect(await store.newestTimes({ battery: 'boat', count: 5 })).toEqual([LAST_MS, 0]);
  });
});

describe('two stores', () => {
  test('a second one sees at once what the first one wrote, however old, before and after it knew the battery', async () => {
    const address = await influxd.newBucket();
    const [writer, reader] = [storeIn(address), storeIn(address)];
    expect(await reader.latest({ battery: 'boat' })).toEqual(new Map());
    await writer.append([point('boat', START_MS - 200 * DAY_MS, { soc: 1 })]);
    expect([...(await reader.latest({ battery: 'boat' })).keys()]).toEqual(['soc']);
    await writer.append([point('boat', Date.now(), { voltage: 2 })]);
    expect([...(await reader.latest({ battery: 'boat' })).keys()]).toEqual(['soc', 'voltage']);
    await writer.append([point('boat', Date.now(), { soc: 3 })]);
    expect((await reader.latest({ battery: 'boat' })).get('soc')?.value).toBe(3);
  });

  test('one that is asked many times at once answers each time the same, of a battery silent for 200 days', async () => {
    const address = await influxd.newBucket();
    await storeIn(address).append([point('boat', Date.now() - 200 * DAY_MS, { soc: 1, voltage: 2 })]);
    const store = storeIn(address);
    const answers = await Promise.all(Array.from({ length: 10 }, () => store.latest({ battery: 'boat' })));
    expect(answers.map((latest) => [...latest.keys()])).toEqual(answers.map(() => ['soc', 'voltage']));
  });
});

test.each(['a/b', 'from 1.x/autogen', 'a/b/c', 'Zähler & #1 + 2%', "it's", '; DROP MEASUREMENT battery'])(
  'a bucket may be called %s, and every answer is of it alone',
  async (bucket) => {
    const { bucket: _, ...server } = await influxd.newBucket();
    const address = { ...server, bucket };
    await influxManagement(address).createBucket(bucket);
    const store = storeIn(address);
    await store.append([point('default', START_MS, { charge: 1, soc: 2 })]);
    const latest = await store.latest({ battery: 'default' });
    expect([...latest.keys()]).toEqual(['charge', 'soc']);
    expect((await store.points({ ...range, limit: 9 })).map(({ fields }) => fields)).toEqual([{ charge: 1, soc: 2 }]);
    expect([...(await store.steps({ ...range, stepMs: 10 })).keys()]).toEqual(['charge', 'soc']);
    expect(await store.newestTimes({ battery: 'default', count: 2 })).toEqual([START_MS]);
    expect(await store.batteries()).toEqual([{ id: 'default', firstAtMs: START_MS, lastAtMs: START_MS }]);
    expect(await influxManagement(address).canRead()).toEqual({ ok: true });
    expect(await influxManagement(address).fieldTypes()).toHaveLength(2);
  },
);

type Pages = {
  readonly limit: number;
  readonly order: 'oldest-first' | 'newest-first';
  readonly fields?: readonly string[];
};

async function allPages(store: Store, query: Pages): Promise<readonly StoredPoint[]> {
  const found: StoredPoint[] = [];
  let after: PointTime | undefined;
  do {
    const page = await store.points({ ...range, ...query, ...(after === undefined ? {} : { after }) });
    found.push(...page);
    after = page.length < query.limit ? undefined : page.at(-1);
  } while (after !== undefined);
  return found;
}
