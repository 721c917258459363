import { describe, expect, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { openLocalStore } from '../../local/local-store.ts';
import { influxdFor } from '../influxd.ts';
import { influxQl, writeLines } from './influx-lines.ts';
import { withTcp } from './peers.ts';

const influxd = influxdFor();

const open = (address: InfluxAddress) => openLocalStore({ kind: 'influxdb', ...address }, '');

describe('the local store on InfluxDB', () => {
  test('dates the real batteries only, the one without a tag among them', async () => {
    const address = await influxd.newBucket();
    const store = await open(address);
    expect(await store.span()).toEqual({});
    await writeLines(address, ['battery,battery=demo charge=1 1000000000', 'battery,battery=demo soc=50 9000000000']);
    expect(await store.holdsReal()).toBe(false);
    await writeLines(address, ['battery_data charge=1 2000000000', 'battery,battery=garage soc=50 3000000000']);
    expect(await store.holdsReal()).toBe(true);
    expect(await store.span()).toEqual({ firstAtMs: 2_000, lastAtMs: 3_000 });
    await store.close();
  });

  test('removes the battery named, and no other', async () => {
    const address = await influxd.newBucket();
    await writeLines(address, [
      ...['demo', 'garage'].map((battery) => `battery,battery=${battery} charge=1 1000000000`),
      ...['demo', 'garage'].map((battery) => `battery_alarm,battery=${battery} lowSoc=1 1000000000`),
      'battery_data charge=1 2000000000',
    ]);
    const store = await open(address);
    await store.remove('demo');
    for (const measurement of ['battery', 'battery_alarm']) {
      expect(JSON.stringify(await influxQl(address, `SELECT * FROM ${measurement}`))).not.toContain('demo');
      expect(JSON.stringify(await influxQl(address, `SELECT * FROM ${measurement}`))).toContain('garage');
    }
    expect(JSON.stringify(await influxQl(address, 'SELECT * FROM battery_data'))).toContain('charge');
    await store.close();
  });

  test('says what it is, and that all is safe, while the server is away', async () => {
    const address = await influxd.newBucket();
    const store = await open(address);
    const server = await influxd.server();
    await server.end('SIGKILL');
    expect(await store.health()).toEqual({ store: 'influxdb', database: 'away' });
    expect(store.checkpoint()).toBe(true);
    await expect(store.holdsReal()).rejects.toMatchObject({ code: 'store-unavailable', retry: true });
    await server.again();
    expect(await store.holdsReal()).toBe(false);
    expect(await store.health()).toEqual({ store: 'influxdb', database: 'ok' });
    await store.close();
  });

  test('gives a server that never answers a second', async () => {
    await withTcp(
      () => undefined,
      async (port) => {
        const store = await open({ url: `http://127.0.0.1:${port}`, org: 'ENI', bucket: 'b', token: 'x' });
        const startMs = Date.now();
        expect(await store.health()).toEqual({ store: 'influxdb', database: 'away' });
        expect(Date.now() - startMs).toBeLessThan(3_000);
        await store.close();
      },
    );
  });
});
