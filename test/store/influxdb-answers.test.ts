/** What each answer of a database to a batch is taken for, by a peer that gives what a real server gives on a bad day only. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Point } from '../../lambdas/store/store.ts';
import { until } from '../end-to-end/until.ts';
import { point, START_MS } from './arbitraries.ts';
import { closePeers, html, newPeer, newPeerSaying, type PeerAnswer, refused, STORED } from './influxdb-peer.ts';

afterEach(closePeers);

const OK = { kind: 'stored' };
const AGAIN = { code: 'store-unavailable', retry: true };
const batch: readonly Point[] = Array.from({ length: 8 }, (_, index) =>
  point('boat', START_MS + index, { soc: index }),
);
const stored = batch.map(() => OK);

describe('a batch that InfluxDB takes', () => {
  test('is one request, and stored', async () => {
    const peer = await newPeerSaying(STORED);
    expect(await peer.store().append(batch)).toEqual(stored);
    expect(peer.asked).toHaveLength(1);
  });

  test.each<[string, PeerAnswer]>([
    ['an empty 200', { status: 200 }],
    ['an empty 200 that names InfluxDB', { status: 200, headers: { 'x-influxdb-version': 'v2.7.12' } }],
    ['a 200 of a gateway', { status: 200, headers: { 'content-type': 'application/json' }, body: '{"status":"ok"}' }],
    [
      'a 202 of a queue',
      { status: 202, headers: { 'content-type': 'application/json' }, body: '{"message":"queued"}' },
    ],
    ['a 400 of a gateway', { status: 400, headers: { 'content-type': 'application/json' }, body: '{"message":"Bad"}' }],
    ['a 422 of a gateway', { status: 422, headers: { 'content-type': 'application/json' }, body: '{"message":"Bad"}' }],
    ['a limit of InfluxDB 1', refused(400, 'partial write: max-series-per-database limit exceeded: (1000) dropped=3')],
  ])('is answered with 204 and with nothing else: %s is given back after one request', async (_, answer) => {
    const peer = await newPeerSaying(answer);
    await expect(peer.store().append(batch)).rejects.toMatchObject(AGAIN);
    expect(peer.asked).toHaveLength(1);
  });

  test('of no point that can be stored is not sent', async () => {
    const peer = await newPeerSaying(STORED);
    expect(await peer.store().append([])).toEqual([]);
    const [outcome] = await peer.store().append([point('Boat', START_MS, { soc: 1 })]);
    expect(outcome).toEqual({ kind: 'refused', reason: expect.stringContaining("did you mean 'boat'?") });
    expect(peer.asked).toHaveLength(0);
  });
});

describe('no right, or no such bucket', () => {
  const remedies: readonly (readonly [number, string, string])[] = [
    [401, 'unauthorized access', 'its token is not valid there: put a valid one in place'],
    [403, 'insufficient permissions for write', "has not the right it needs on bucket 'battery1'"],
    [404, 'bucket "battery1" not found', "check organisation 'ENI' and bucket 'battery1'"],
  ];

  test.each(remedies)('%i: the token is asked for again once, and what it gives is tried', async (status, words) => {
    const peer = await newPeer(({ headers }) =>
      headers.authorization === 'Token new' ? STORED : refused(status, words),
    );
    const asked: (string | undefined)[] = [];
    const token = async (old?: string): Promise<string> => {
      asked.push(old);
      return old === undefined ? 'old' : 'new';
    };
    expect(await peer.store({ token }).append(batch)).toEqual(stored);
    expect(asked).toEqual([undefined, 'old']);
    expect(peer.asked.map(({ headers }) => headers.authorization)).toEqual(['Token old', 'Token new']);
  });

  test.each(remedies)(
    '%i: the new token is refused too: given back after two requests',
    async (status, words, remedy) => {
      const peer = await newPeerSaying(refused(status, words));
      const token = async (old = 'token0'): Promise<string> => `${old}.`;
      const sentence = expect.stringMatching(new RegExp(`${peer.url}.*${status}: ${words}.*${remedy}`));
      await expect(peer.store({ token }).append(batch)).rejects.toMatchObject({ ...AGAIN, message: sentence });
      expect(peer.asked).toHaveLength(2);
    },
  );

  test.each(remedies)('%i: the same token again is not sent again', async (status, words, remedy) => {
    const peer = await newPeerSaying(refused(status, words));
    const message = expect.stringContaining(remedy);
    await expect(peer.store().append(batch)).rejects.toMatchObject({ ...AGAIN, message });
    expect(peer.asked).toHaveLength(1);
  });

  test('of many batches at once: each is stored with the token that the first refusal brought', async () => {
    const peer = await newPeer(({ headers }) =>
      headers.authorization === 'Token new' ? STORED : refused(401, 'unauthorized access'),
    );
    let current = 'old';
    const token = async (old?: string): Promise<string> => {
      if (old !== undefined) current = 'new';
      return current;
    };
    const store = peer.store({ token });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.append(batch)));
    expect(outcomes).toEqual(outcomes.map(() => stored));
    expect(peer.asked.length).toBeLessThanOrEqual(40);
    expect(await store.append(batch)).toEqual(stored);
    expect(peer.asked.at(-2)?.headers.authorization).toBe('Token new');
  });

  test('a token that cannot be read is its own error, and nothing is sent', async () => {
    const peer = await newPeerSaying(STORED);
    const token = async (): Promise<string> => Promise.reject(new Error('no such secret'));
    await expect(peer.store({ token }).append(batch)).rejects.toThrow('no such secret');
    expect(peer.asked).toHaveLength(0);
  });

  test.each(['line\nbreak', 'schlüssel', '', 'snow☃man'])(
    'a token that no header can carry, %j, is told and not sent',
    async (bad) => {
      const peer = await newPeerSaying(STORED);
      const message = expect.stringMatching(/its token/);
      const rejection = expect(peer.store({ token: async () => bad }).append(many)).rejects;
      await rejection.toMatchObject({ ...AGAIN, message });
      expect(peer.asked).toHaveLength(0);
    },
  );
});

// More than what is sent uncompressed.
const many: readonly Point[] = Array.from({ length: 100 }, (_, index) =>
  point('boat', START_MS + index, { soc: index }),
);

describe('too much to do', () => {
  const pressure = (status: number, retryAfter?: string): PeerAnswer => ({
    status,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    body: 'wait',
  });

  test.each([429, 503])('%i with Retry-After in seconds: it waits as long, then it is stored', async (status) => {
    const peer = await newPeerSaying(pressure(status, '1'), STORED);
    expect(await peer.store().append(batch)).toEqual(stored);
    expect((peer.asked[1]?.atMs ?? 0) - (peer.asked[0]?.atMs ?? 0)).toBeGreaterThan(950);
  });

  test('Retry-After as an HTTP date is waited for', async () => {
    const untilMs = Math.ceil(Date.now() / 1_000) * 1_000 + 1_000;
    const peer = await newPeerSaying(pressure(503, new Date(untilMs).toUTCString()), STORED);
    expect(await peer.store().append(batch)).toEqual(stored);
    expect(performance.timeOrigin + (peer.asked[1]?.atMs ?? 0)).toBeGreaterThan(untilMs - 50);
  });

  test.each(['30', new Date(Date.now() + 60_000).toUTCString()])(
    'Retry-After %s is too long for the time left: given back at once',
    async (later) => {
      const peer = await newPeerSaying(pressure(503, later));
      const beganMs = performance.now();
      const store = peer.store({ times: { appendBudgetMs: 5_000 } });
      await expect(store.append(batch)).rejects.toMatchObject({
        ...AGAIN,
        message: expect.stringContaining('too much to do'),
      });
      expect(peer.asked).toHaveLength(1);
      expect(performance.now() - beganMs).toBeLessThan(4_000);
    },
  );

  test.each([undefined, 'soon', '0'])('Retry-After %s: one quick try more, then given back', async (later) => {
    const peer = await newPeerSaying(pressure(429, later));
    await expect(peer.store().append(batch)).rejects.toMatchObject(AGAIN);
    expect(peer.asked).toHaveLength(2);
  });
});

describe('a fault that may pass', () => {
  test('500 twice, then 204: stored', async () => {
    const peer = await newPeerSaying(refused(500, 'internal error'), refused(502, 'bad gateway'), STORED);
    expect(await peer.store().append(batch)).toEqual(stored);
    expect(peer.asked).toHaveLength(3);
  });

  test('500 for ever: given back after two quick tries more', async () => {
    const peer = await newPeerSaying(refused(500, 'internal error'));
    const message = expect.stringMatching(/500: internal error.*tried again/);
    await expect(peer.store().append(batch)).rejects.toMatchObject({ ...AGAIN, message });
    expect(peer.asked).toHaveLength(3);
  });

  test('a connection that is closed instead of an answer is tried twice more', async () => {
    const peer = await newPeerSaying('closed', 'closed', STORED);
    expect(await peer.store().append(batch)).toEqual(stored);
    const dead = await newPeerSaying('closed');
    await expect(dead.store().append(batch)).rejects.toMatchObject({
      ...AGAIN,
      message: expect.stringContaining(dead.url),
    });
    expect(dead.asked).toHaveLength(3);
  });

  test.each([200, 400, 422, 413, 401])(
    'an answer of status %i that breaks off says nothing of the batch',
    async (cutWith) => {
      const peer = await newPeerSaying({ cutWith }, { cutWith }, STORED);
      expect(await peer.store().append(batch.slice(0, 1))).toEqual([OK]);
      expect(peer.asked).toHaveLength(3);
    },
  );

  test('who accepts and never answers: given back in time, and no socket stays', async () => {
    const peer = await newPeerSaying('silence');
    const store = peer.store({ times: { writeTimeoutMs: 150, appendBudgetMs: 3_000 } });
    const beganMs = performance.now();
    const message = expect.stringMatching(/did not answer within 0\.15 s/);
    await expect(store.append(batch)).rejects.toMatchObject({ ...AGAIN, message });
    expect(performance.now() - beganMs).toBeLessThan(3_000);
    expect(peer.asked).toHaveLength(3);
    await until('the sockets to be closed', () => peer.openSockets() === 0);
  });

  test('a token that takes too long to come is of the request’s own time: given back in its time', async () => {
    const peer = await newPeerSaying(STORED);
    const beganMs = performance.now();
    const token = () => until('300 ms to pass', () => performance.now() > beganMs + 300).then(() => 'token');
    const store = peer.store({ token, times: { writeTimeoutMs: 150, appendBudgetMs: 700 } });
    const message = expect.stringContaining('the token of InfluxDB');
    await expect(store.append(batch)).rejects.toMatchObject({ ...AGAIN, message });
    expect(performance.now() - beganMs).toBeLessThan(1_500);
    expect(peer.asked).toHaveLength(0);
  });

  test('nobody at the address: given back, and the address is in the sentence', async () => {
    const peer = await newPeerSaying(STORED);
    const store = peer.store();
    await closePeers();
    const gone = expect(peer.store().append(batch)).rejects;
    await gone.toMatchObject({ ...AGAIN, message: expect.stringContaining(`${peer.url} does not answer`) });
    await store.close();
  });
});

describe('an answer that is not a database’s', () => {
  const plain = (status: number): PeerAnswer => ({
    status,
    headers: { 'content-type': 'text/plain' },
    body: 'Client sent an HTTP request to an HTTPS server.\n',
  });
  test.each([
    ['a page with status 200', html(200)],
    ['a page with status 400', html(400)],
    ['a page with status 422', html(422)],
    ['what a server with TLS says to one without', plain(400)],
  ])('%s blames no reading: given back, with the address to check', async (_, answer) => {
    const peer = await newPeerSaying(answer);
    const message = expect.stringMatching(/check its address/);
    await expect(peer.store().append(batch)).rejects.toMatchObject({ ...AGAIN, message });
    expect(peer.asked).toHaveLength(1);
  });

  test.each([502, 503])('a page with status %i is a fault that may pass', async (status) => {
    const peer = await newPeerSaying(html(status), STORED);
    expect(await peer.store().append(batch)).toEqual(stored);
  });

  test.each([301, 302, 307, 308])(
    '%i is not followed, for the token goes to nobody else; the sentence names the place',
    async (status) => {
      const elsewhere = await newPeerSaying(STORED);
      const peer = await newPeerSaying({ status, headers: { location: `${elsewhere.url}/api/v2/write` } });
      const message = expect.stringContaining(`sends on to ${elsewhere.url}`);
      await expect(peer.store().append(batch)).rejects.toMatchObject({ ...AGAIN, message });
      expect(peer.asked).toHaveLength(1);
      expect(elsewhere.asked).toHaveLength(0);
    },
  );
});
