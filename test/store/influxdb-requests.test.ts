/** What an InfluxDB is sent: addresses, headers, lines and connections. */
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Point } from '../../lambdas/store/store.ts';
import { until } from '../end-to-end/until.ts';
import { point, START_MS } from './arbitraries.ts';
import { closePeers, csv, json, newPeer, newPeerSaying, type Peer, refused, STORED } from './influxdb-peer.ts';

afterEach(closePeers);

/** That answers every question with nothing. */
const newEmptyPeer = (): Promise<Peer> =>
  newPeer(({ path }) => {
    if (path.endsWith('/api/v2/query')) return csv(['', '']);
    return path.endsWith('/query') ? json({ results: [{}, {}] }) : STORED;
  });

const batchOf = (size: number, field = 'soc'): readonly Point[] =>
  Array.from({ length: size }, (_, index) => point('boat', START_MS + index, { [field]: index }));

async function askEverything(peer: Peer, settings: Parameters<Peer['store']>[0] = {}): Promise<void> {
  const store = peer.store(settings);
  const range = { battery: 'boat', fromMs: START_MS, toMs: START_MS + 1_000 };
  await store.append(batchOf(2));
  await store.latest(range);
  await store.points({ ...range, limit: 10 });
  await store.steps({ ...range, stepMs: 100 });
  await store.nearest(range);
  await store.newestTimes({ battery: 'boat', count: 10 });
  await store.batteries();
}

describe('a batch', () => {
  test('goes to /api/v2/write as nanoseconds, with its token, as text', async () => {
    const peer = await newPeerSaying(STORED);
    await peer.store({ token: async () => 'a-token==' }).append(batchOf(1));
    expect(peer.asked).toMatchObject([
      {
        method: 'POST',
        path: '/api/v2/write',
        headers: { authorization: 'Token a-token==', 'content-type': 'text/plain; charset=utf-8' },
        lines: [`battery,battery=boat soc=0 ${START_MS}000000`],
      },
    ]);
    expect(Object.fromEntries(peer.asked[0]?.query ?? [])).toEqual({ org: 'ENI', bucket: 'battery1', precision: 'ns' });
  });

  test.each(['a&b=c', 'Zähler 1 + 2', 'a/b', '100%', '#1?', "it's"])(
    'names the bucket and the organisation as they are: %s',
    async (name) => {
      const peer = await newEmptyPeer();
      await askEverything(peer, { bucket: name, org: name });
      const writes = peer.asked.filter(({ path }) => path === '/api/v2/write');
      expect(writes.map(({ query }) => [query.get('bucket'), query.get('org')])).toEqual([[name, name]]);
      expect(peer.asked.every(({ query }) => query.get('org') === name)).toBe(true);
      const [database, policy] = name.split('/');
      const questions = peer.asked.filter(({ path }) => path === '/query');
      expect(questions.length).toBeGreaterThan(5);
      expect(
        questions.every(({ query }) => query.get('db') === database && (query.get('rp') ?? undefined) === policy),
      ).toBe(true);
    },
  );

  test('has a path before it where the address has one', async () => {
    const peer = await newEmptyPeer();
    await askEverything(peer, { url: `${peer.url}/influx/` });
    expect(new Set(peer.asked.map(({ path }) => path))).toEqual(
      new Set(['/influx/api/v2/write', '/influx/api/v2/query', '/influx/query']),
    );
  });

  test('of more than one flight of TCP is compressed, a smaller one is not', async () => {
    const peer = await newPeerSaying(STORED);
    await peer.store().append(batchOf(2));
    await peer.store().append(batchOf(100));
    await peer.store().append(batchOf(500));
    expect(peer.asked.map(({ headers }) => headers['content-encoding'])).toEqual([undefined, undefined, 'gzip']);
    expect(peer.asked[1]?.bytesSent).toBeLessThan(14_000);
    expect(peer.asked[2]?.lines).toHaveLength(500);
    expect(peer.asked[2]?.bytesSent).toBeLessThan(5_000);
  });

  test('has at most 5 000 points and 1 MB a request, and every point is in one', async () => {
    const peer = await newPeerSaying(STORED);
    await peer.store().append(batchOf(12_001));
    expect(peer.asked.map(({ lines }) => lines.length)).toEqual([5_000, 5_000, 2_001]);
    const texts = Array.from({ length: 100 }, (_, index) =>
      point('boat', START_MS + index, { cellVoltageMinId: 'ä'.repeat(15_000) }),
    );
    await peer.store().append(texts);
    const requests = peer.asked.slice(3);
    expect(requests.length).toBeLessThan(5);
    expect(Math.max(...requests.map(({ body }) => Buffer.byteLength(body)))).toBeLessThanOrEqual(1_000_000);
    expect(requests.flatMap(({ lines }) => lines)).toHaveLength(100);
  });

  test('that fails in its second request is given back, and nobody is told that a part is stored', async () => {
    const peer = await newPeer((_, before) => (before === 0 ? STORED : refused(401, 'unauthorized access')));
    const again = { code: 'store-unavailable', retry: true };
    await expect(peer.store().append(batchOf(6_000))).rejects.toMatchObject(again);
    expect(peer.asked).toHaveLength(2);
  });
});

describe('a line', () => {
  const lineOf = async (sample: Point): Promise<readonly string[]> => {
    const peer = await newPeerSaying(STORED);
    expect(await peer.store().append([sample])).toEqual([{ kind: 'stored' }]);
    return peer.asked.flatMap(({ lines }) => lines);
  };

  test('of the default battery has charge and discharge apart, where the original demo reads them', async () => {
    const fields = { charge: 1, discharge: 2.5, soc: 3, cellVoltageMinId: 'C3' };
    expect(await lineOf(point('default', START_MS, fields, { nanos: 12 }))).toEqual([
      `battery_data,battery=default charge=1,discharge=2.5 ${START_MS}000012`,
      `battery,battery=default cellVoltageMinId="C3",soc=3 ${START_MS}000012`,
    ]);
    expect(await lineOf(point('default', START_MS, { charge: 1 }))).toEqual([
      `battery_data,battery=default charge=1 ${START_MS}000000`,
    ]);
    expect(await lineOf(point('default', START_MS, { v1: 3.3 }, { measurement: 'cell' }))).toEqual([
      `cell,battery=default v1=3.3 ${START_MS}000000`,
    ]);
  });

  test('has no integer: a number has no suffix, however it was sent', async () => {
    const arbFields = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/).filter((name) => name !== 'time'),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
      {
        minKeys: 1,
        noNullPrototype: true,
      },
    );
    const peer = await newPeerSaying(STORED);
    const store = peer.store();
    await fc.assert(
      fc.asyncProperty(arbFields, async (fields) => {
        await store.append([point('boat', START_MS, fields)]);
        const [, written = ''] = /^battery,battery=boat (.*) \d+$/.exec(peer.asked.at(-1)?.body ?? '') ?? [];
        const values = Object.fromEntries(written.split(',').map((one) => one.split('=')));
        expect(Object.keys(values).sort()).toEqual(Object.keys(fields).sort());
        for (const [name, value] of Object.entries(fields)) {
          expect(values[name]).toMatch(/^-?\d+(\.\d+)?(e[+-]\d+)?$/);
          expect(Number(values[name])).toBe(value);
        }
      }),
    );
  });

  test.each([
    ['a "quote"', 'a \\"quote\\"'],
    ['back\\slash', 'back\\\\slash'],
    ['ends in \\', 'ends in \\\\'],
    ['a,b=c d', 'a,b=c d'],
    ['', ''],
  ])('has a text escaped: %s', async (text, escaped) => {
    expect(await lineOf(point('boat', START_MS, { cellVoltageMinId: text }))).toEqual([
      `battery,battery=boat cellVoltageMinId="${escaped}" ${START_MS}000000`,
    ]);
  });

  test('is not made of what InfluxDB would store and never give back', async () => {
    const peer = await newPeerSaying(STORED);
    const lost = [point('boat', -1, { soc: 1 }), point('boat', START_MS, { soc: 1, time: 2 })];
    expect(await peer.store().append(lost)).toEqual([
      { kind: 'refused', reason: expect.stringContaining('before 1970') },
      { kind: 'refused', reason: expect.stringContaining("a field 'time'") },
    ]);
    expect(peer.asked).toHaveLength(0);
  });
});

describe('a question', () => {
  test('is never compressed, however long: InfluxDB does not read it then', async () => {
    const peer = await newPeer(() => csv(['', '']));
    const battery = `b${'x'.repeat(5_000)}`;
    await peer.store().latest({ battery });
    expect(peer.asked[0]?.headers['content-encoding']).toBeUndefined();
    expect(peer.asked[0]?.body).toContain(battery);
  });
});

test('where new points are looked for first is told by the clock that the store was given', async () => {
  const peer = await newEmptyPeer();
  const store = peer.store({ nowMs: () => START_MS });
  await store.newestTimes({ battery: 'boat', count: 10 });
  await store.nearest({ battery: 'boat', fromMs: START_MS + 1, toMs: START_MS + 2 });
  const [times, nearest] = [peer.asked[0], peer.asked.find(({ query }) => query.get('q')?.includes(';') === true)];
  for (const asked of [times, nearest])
    expect(asked?.query.get('q')).toContain(`time >= ${START_MS - 15 * 60_000}000000 `);
});

describe('connections', () => {
  test('one serves every call, one after the other', async () => {
    const peer = await newEmptyPeer();
    const store = peer.store();
    for (let calls = 0; calls < 20; calls++) await store.append(batchOf(3));
    await store.latest({ battery: 'boat' });
    await store.points({ battery: 'boat', fromMs: 0, toMs: 1, limit: 1 });
    expect(new Set(peer.asked.map(({ socket }) => socket))).toEqual(new Set([1]));
    expect(peer.openSockets()).toBe(1);
  });

  test('are closed with the store', async () => {
    const peer = await newEmptyPeer();
    const store = peer.store();
    await Promise.all([store.append(batchOf(1)), store.append(batchOf(1))]);
    expect(peer.openSockets()).toBeGreaterThan(0);
    await store.close();
    await until('the connections to be closed', () => peer.openSockets() === 0);
  });

  test('that the other end closed meanwhile cost no answer', async () => {
    // As a server closes what was idle: at the moment in which it is used again.
    const peer = await newPeer((_, before) => (before === 1 ? 'closed' : json({ results: [{}] })));
    const store = peer.store();
    const range = { battery: 'boat', fromMs: 0, toMs: 1, limit: 1 };
    expect(await store.points(range)).toEqual([]);
    expect(await store.points(range)).toEqual([]);
    expect(peer.asked.map(({ socket }) => socket)).toEqual([1, 1, 2]);
  });
});
