/** A real InfluxDB that refuses: fields of another type, times and texts that it does not take, rights, names, and its sudden end. */
import { describe, expect, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import type { Outcome, Point, Store } from '../../lambdas/store/store.ts';
import { until } from '../end-to-end/until.ts';
import { influxdFor } from '../influxd.ts';
import { point, START_MS } from './arbitraries.ts';
import { askRaw, seriesKeys, storeIn, writeLines } from './influxdb-raw.ts';

const influxd = influxdFor();

const OK: Outcome = { kind: 'stored' };
const AGAIN = { code: 'store-unavailable', retry: true };
const HOUR_MS = 3_600_000;
const batchOf = (size: number, battery = 'boat', fromMs = START_MS): readonly Point[] =>
  Array.from({ length: size }, (_, index) => point(battery, fromMs + index, { soc: index }));
const refusedFor = (words: RegExp) => ({ kind: 'refused', reason: expect.stringMatching(words) });

async function soc(store: Store, battery = 'boat'): Promise<readonly unknown[]> {
  const query = { battery, fromMs: START_MS, toMs: START_MS + HOUR_MS, fields: ['soc'], limit: 50_000 };
  return (await store.points(query)).map(({ fields }) => fields['soc']);
}

describe('a field of another type', () => {
  test('in one point of a batch is refused in words that name it, and the others are stored', async () => {
    const address = await influxd.newBucket();
    await writeLines(address, [`battery,battery=boat voltage=13i ${START_MS}000000`]);
    const store = storeIn(address);
    const bad = point('boat', START_MS + 5, { voltage: 13.5 });
    expect(await store.append([...batchOf(5), bad, ...batchOf(9).slice(6)])).toEqual([
      ...batchOf(5).map(() => OK),
      refusedFor(/type conflict.*"voltage".*"battery".*type float.*type integer/),
      ...batchOf(3).map(() => OK),
    ]);
    expect(await soc(store)).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
  });

  test("in every point, as in the original demo's bucket of integers, is given back with the way out", async () => {
    const address = await influxd.newBucket();
    await writeLines(address, [`battery_data charge=10i,discharge=4i ${START_MS}000000`]);
    const store = storeIn(address);
    const message = expect.stringMatching(/'bucket\d+'.*type conflict.*new bucket.*\.\/amphora migrate-bucket/);
    const charges = Array.from({ length: 300 }, (_, index) => point('default', START_MS + index, { charge: index }));
    await expect(store.append(charges)).rejects.toMatchObject({ ...AGAIN, message });
    const both = charges.map((one, index) => ({ ...one, fields: { ...one.fields, soc: index } }));
    await expect(store.append(both)).rejects.toMatchObject({ ...AGAIN, message });
    await expect(store.append(charges.slice(0, 1))).rejects.toMatchObject({ ...AGAIN, message });
    expect((await store.latest({ battery: 'default' })).get('charge')?.value).toBe(10);
  });
});

describe('beyond the retention of the bucket', () => {
  const nowMs = Date.now() - 60_000;
  // The longest id there is stands twice in the server's words.
  const battery = 'a'.repeat(64);
  const old = (size: number): readonly Point[] => batchOf(size, battery, nowMs - 2 * HOUR_MS);

  test('a point is refused in words that name it, and the others of its batch are stored', async () => {
    const store = storeIn(await influxd.newBucket({ retentionSeconds: 3_600 }));
    const recent = batchOf(200, battery, nowMs);
    const outcomes = await store.append([...recent.slice(0, 120), ...old(1), ...recent.slice(120)]);
    expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(200);
    expect(outcomes[120]).toEqual(refusedFor(/retention policy/));
    const query = { battery, fromMs: nowMs - 9 * HOUR_MS, toMs: nowMs + HOUR_MS, limit: 1_000 };
    expect(await store.points(query)).toHaveLength(200);
  });

  test('a whole batch is refused at once', async () => {
    const store = storeIn(await influxd.newBucket({ retentionSeconds: 3_600 }));
    const outcomes = await store.append(old(500));
    expect(outcomes).toEqual(outcomes.map(() => refusedFor(/retention policy/)));
  });

  test('half of a batch is refused, and the other half is stored', async () => {
    const store = storeIn(await influxd.newBucket({ retentionSeconds: 3_600 }));
    const outcomes = await store.append([...old(250), ...batchOf(250, battery, nowMs)]);
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      ...Array.from({ length: 250 }, () => 'refused'),
      ...Array.from({ length: 250 }, () => 'stored'),
    ]);
  });
});

describe('sizes', () => {
  const long = point('boat', START_MS + 5, { cellVoltageMinId: 'x'.repeat(1_100_000) });

  test('a text of more than a megabyte is refused, alone and in a batch, and the others are stored', async () => {
    const store = storeIn(await influxd.newBucket());
    const tooLong = refusedFor(/"cellVoltageMinId".*too long, 1100000 > 1048576/);
    expect(await store.append([long])).toEqual([tooLong]);
    expect(await store.append([...batchOf(5), long, ...batchOf(9).slice(6)])).toEqual([
      ...batchOf(5).map(() => OK),
      tooLong,
      ...batchOf(3).map(() => OK),
    ]);
    expect(await soc(store)).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
  });

  test('a text of a megabyte comes back as it went in', async () => {
    const store = storeIn(await influxd.newBucket());
    const cellVoltageMinId = 'ä"\\ '.repeat(200_000);
    expect(await store.append([point('boat', START_MS, { cellVoltageMinId })])).toEqual([OK]);
    expect((await store.latest({ battery: 'boat' })).get('cellVoltageMinId')?.value).toBe(cellVoltageMinId);
  });

  test('twenty thousand points in one call are twenty thousand points', async () => {
    const store = storeIn(await influxd.newBucket());
    const outcomes = await store.append(batchOf(20_000));
    expect(outcomes).toEqual(outcomes.map(() => OK));
    expect(await soc(store)).toEqual(Array.from({ length: 20_000 }, (_, index) => index));
  });
});

describe('a place or a token that is wrong', () => {
  const range = { battery: 'boat', fromMs: START_MS, toMs: START_MS + 1_000 };
  const inFlux: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
    latest: (store) => store.latest({ battery: 'boat' }),
    live: (store) => store.live({ battery: 'boat', times: 10 }),
    batteries: (store) => store.batteries(),
  };
  const questions: typeof inFlux = {
    ...inFlux,
    points: (store) => store.points({ ...range, limit: 10 }),
    steps: (store) => store.steps({ ...range, stepMs: 100 }),
    nearest: (store) => store.nearest(range),
    newestTimes: (store) => store.newestTimes({ battery: 'boat', count: 10 }),
  };
  const append: typeof inFlux = { append: (store) => store.append(batchOf(200)) };

  type Wrong = (address: InfluxAddress) => Promise<InfluxAddress>;
  const withToken =
    (access: 'read' | 'write'): Wrong =>
    async (address) => ({ ...address, token: await influxd.newToken(address, access) });
  const cases: readonly (readonly [string, Wrong, typeof inFlux, RegExp])[] = [
    [
      'an unknown bucket',
      async (address) => ({ ...address, bucket: 'nobody' }),
      { ...append, ...questions },
      /404.*bucket 'nobody'/,
    ],
    // InfluxQL asks for the token's own organisation, whatever name it is told.
    [
      'an unknown organisation',
      async (address) => ({ ...address, org: 'NOBODY' }),
      { ...append, ...inFlux },
      /NOBODY.*check organisation 'NOBODY'/,
    ],
    [
      'a bad token',
      async (address) => ({ ...address, token: 'bad' }),
      { ...append, ...questions },
      /401.*put a valid one in place/,
    ],
    ['a token that may only read', withToken('read'), append, /403.*has not the right it needs on bucket 'bucket\d+'/],
    [
      'a token that may only write',
      withToken('write'),
      questions,
      /404.*bucket 'bucket\d+'.*its token may use that bucket/,
    ],
  ];
  for (const [name, wrong, calls, sentence] of cases) {
    test.each(Object.entries(calls))(`${name} rejects %s, to be tried again, and says what to do`, async (_, call) => {
      const address = await influxd.newBucket();
      await storeIn(address).append([point('boat', START_MS + 5, { soc: 5 })]);
      const message = expect.stringMatching(new RegExp(`^InfluxDB at ${address.url} .*${sentence.source}`));
      await expect(call(storeIn(await wrong(address)))).rejects.toMatchObject({ ...AGAIN, message });
      expect(await soc(storeIn(address))).toEqual([5]);
    });
  }

  test('a token that may read, and one that may write, are enough for their side', async () => {
    const address = await influxd.newBucket();
    const write = storeIn({ ...address, token: await influxd.newToken(address, 'write') });
    const read = storeIn({ ...address, token: await influxd.newToken(address, 'read') });
    expect(await write.append(batchOf(3))).toEqual([OK, OK, OK]);
    for (const ask of Object.values(questions)) await ask(read);
    expect(await soc(read)).toEqual([0, 1, 2]);
  });

  test('a token that was exchanged is fetched, and nothing is lost', async () => {
    const address = await influxd.newBucket();
    const fetched: (string | undefined)[] = [];
    const token = async (old?: string): Promise<string> => {
      fetched.push(old);
      return old === undefined && fetched.length === 1 ? 'yesterday' : address.token;
    };
    expect(await storeIn(address, { token }).append(batchOf(3))).toEqual([OK, OK, OK]);
    expect(fetched).toEqual([undefined, 'yesterday']);
  });
});

describe('a server that is killed in the middle', () => {
  test('again and again: what was stored by its word is there, once, and what was given back can be sent again', async () => {
    const address = await influxd.newBucket();
    const server = await influxd.server();
    const store = storeIn(address, { times: { writeTimeoutMs: 1_000, appendBudgetMs: 1_500 } });
    const stored = new Set<number>();
    let [next, rejected] = [0, 0];
    let isRunning = true;
    const writer = async (): Promise<void> => {
      while (isRunning) {
        const firstIndex = next;
        next += 100;
        const batch = batchOf(next).slice(firstIndex);
        for (let isStored = false; !isStored; ) {
          try {
            await store.append(batch);
            isStored = true;
            for (const { atMs } of batch) stored.add(atMs);
          } catch (error) {
            expect(error).toMatchObject(AGAIN);
            rejected += 1;
            // What was stored by its word before the end is there after it, though nothing was sent again yet.
            if (!isRunning) return;
          }
        }
      }
    };
    const writers = [writer(), writer(), writer()];
    for (let deaths = 0; deaths < 6; deaths++) {
      const before = stored.size;
      const more = until('a thousand points more', () => stored.size >= before + 1_000);
      await Promise.race([more, Promise.all(writers)]);
      await server.end('SIGKILL');
      const promised = [...stored];
      await server.again();
      const there = new Set((await pointsOf(store)).map(({ atMs }) => atMs));
      expect(promised.filter((atMs) => !there.has(atMs))).toEqual([]);
    }
    isRunning = false;
    await Promise.all(writers);
    expect(rejected).toBeGreaterThan(0);
    const times = (await pointsOf(store)).map(({ atMs }) => atMs);
    const found = new Set(times);
    expect(found.size).toBe(times.length);
    expect([...stored].filter((atMs) => !found.has(atMs))).toEqual([]);
    const [counted] = await askRaw(address, 'SELECT count(soc) FROM battery');
    expect(counted?.values[0]?.[1]).toBe(times.length);
    expect(await seriesKeys(address)).toEqual(['battery,battery=boat']);
    expect((await store.latest({ battery: 'boat' })).get('soc')?.atMs).toBe(Math.max(...times));
  }, 120_000);

  const pointsOf = (store: Store) =>
    store.points({ battery: 'boat', fromMs: START_MS, toMs: START_MS + 100 * HOUR_MS, limit: 1_000_000 });
});
