/** How the lines that a database will not take are told from those of their batch that it takes. */
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome, Point } from '../../lambdas/store/store.ts';
import { until } from '../end-to-end/until.ts';
import { point, START_MS } from './arbitraries.ts';
import { closePeers, newPeer, newPeerSaying, type Peer, type PeerAnswer, refused, STORED } from './influxdb-peer.ts';

afterEach(closePeers);

const AGAIN = { code: 'store-unavailable', retry: true };
const OK: Outcome = { kind: 'stored' };
const CONFLICT = 'input field "soc" on measurement "battery" is type float, already exists as type integer';

const batchOf = (size: number): readonly Point[] =>
  Array.from({ length: size }, (_, index) => point('boat', START_MS + index, { soc: index }));

/** A database that takes every line but some. */
type Database = { readonly peer: Peer; readonly stored: ReadonlySet<string> };
type Refusing = (badLines: readonly string[]) => PeerAnswer;

async function newDatabase(isBad: (line: string) => boolean, refuse: Refusing, takesRest: boolean): Promise<Database> {
  const stored = new Set<string>();
  const peer = await newPeer((asked) => {
    const bad = asked.lines.filter(isBad);
    if (bad.length === 0 || takesRest) for (const line of asked.lines) if (!isBad(line)) stored.add(line);
    return bad.length === 0 ? STORED : refuse(bad);
  });
  return { peer, stored };
}

/** As InfluxDB 2 refuses types and times: the rest is stored, and it says how many lines are not. */
const partialWrite =
  (words: string): Refusing =>
  (bad) =>
    refused(422, `failure writing points to database: partial write: ${words} dropped=${bad.length}`);

/** As it refuses what it cannot read: nothing is stored, and each such line is in its words. */
const parseError: Refusing = (bad) =>
  refused(400, bad.map((line) => `unable to parse '${line}': invalid number`).join('\n'));

/** A server that takes a part and answers with a success. */
const partialSuccess: Refusing = (bad) => ({
  status: 201,
  headers: { 'content-type': 'application/json', 'x-influxdb-version': 'v2.7.12' },
  body: JSON.stringify({ message: 'partial write', lines: bad }),
});

const MANNERS: Readonly<Record<string, readonly [refuse: Refusing, takesRest: boolean]>> = {
  'a 422 that stores the others': [partialWrite('points beyond retention policy'), true],
  'a 400 that stores nothing': [parseError, false],
  'a 201 with a body': [partialSuccess, true],
};

/** Bad are the points of these places. */
const badAt =
  (places: readonly number[]) =>
  (line: string): boolean =>
    places.includes(Number(/soc=(\d+)/.exec(line)?.[1]));

const expected = (size: number, places: readonly number[]): readonly unknown[] =>
  Array.from({ length: size }, (_, index) =>
    places.includes(index) ? { kind: 'refused', reason: expect.stringMatching(/./) } : OK,
  );

/** What telling k of n apart costs at most: the batch, and for each of the k two requests a level. */
const maxRequests = (size: number, bad: number): number => 1 + 2 * bad * Math.ceil(Math.log2(size));

describe.each(Object.entries(MANNERS))('%s', (_, [refuse, takesRest]) => {
  const places: readonly (readonly [string, number, readonly number[]])[] = [
    ['the first', 100, [0]],
    ['the last', 100, [99]],
    ['one in the middle', 100, [50]],
    ['two', 100, [13, 77]],
    ['two neighbours', 100, [49, 50]],
    ['the only one', 1, [0]],
    ['one of two', 2, [1]],
    ['one of five thousand', 5_000, [4_321]],
  ];
  test.each(places)('%s of %i: that is refused, with words, and the rest is stored', async (_name, size, bad) => {
    const { peer, stored } = await newDatabase(badAt(bad), refuse, takesRest);
    expect(await peer.store().append(batchOf(size))).toEqual(expected(size, bad));
    expect(stored.size).toBe(size - bad.length);
    expect(peer.asked.length).toBeLessThanOrEqual(maxRequests(size, bad.length));
  });

  test('any set: the refused are exactly the bad ones, and every other was taken', async () => {
    const arbSize = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 400 }));
    const arbSet = arbSize.chain((size) =>
      fc.record({
        size: fc.constant(size),
        bad: fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: 4 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(arbSet, async ({ size, bad }) => {
        const { peer, stored } = await newDatabase(badAt(bad), refuse, takesRest);
        expect(await peer.store().append(batchOf(size))).toEqual(expected(size, bad));
        expect(stored.size).toBe(size - bad.length);
        expect(peer.asked.length).toBeLessThanOrEqual(Math.min(65, maxRequests(size, bad.length)));
        await closePeers();
      }),
      { numRuns: 60 },
    );
  }, 30_000);
});

describe('a whole batch', () => {
  const words = 'dropped 40 points outside retention policy of duration 1h0m0s';

  test('that is counted as dropped is refused in one request', async () => {
    const { peer } = await newDatabase(() => true, partialWrite(words), true);
    const outcomes = await peer.store().append(batchOf(40));
    expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'refused', reason: expect.stringContaining(words) })));
    expect(peer.asked).toHaveLength(1);
  });

  test('is counted at the end of words of any length, and told in words that end', async () => {
    const long = `${words} - oldest point ${'battery,battery=boat '.repeat(40)}`;
    const { peer } = await newDatabase(() => true, partialWrite(long), true);
    const [outcome] = await peer.store().append(batchOf(40));
    expect(outcome).toEqual({ kind: 'refused', reason: expect.stringMatching(/^.{100,500}$/) });
    expect(peer.asked).toHaveLength(1);
  });

  test('of which every line is named as unreadable is refused in one request', async () => {
    const { peer } = await newDatabase(() => true, parseError, false);
    expect((await peer.store().append(batchOf(40))).every(({ kind }) => kind === 'refused')).toBe(true);
    expect(peer.asked).toHaveLength(1);
  });

  test('that is refused with the same words three levels down is one case', async () => {
    const peer = await newPeerSaying(refused(400, 'no time like this'));
    const outcomes = await peer.store().append(batchOf(1_000));
    expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'refused', reason: 'no time like this' })));
    expect(peer.asked).toHaveLength(7);
  });

  test('is no case of its own where one part of it was taken', async () => {
    const bad = Array.from({ length: 5 }, (_, index) => index);
    const { peer, stored } = await newDatabase(badAt(bad), () => refused(400, 'the same words'), false);
    expect(await peer.store().append(batchOf(40))).toEqual(expected(40, bad));
    expect(stored.size).toBe(35);
  });

  test('of which too many are bad, the others being stored, is refused as far as it was not told apart: it is kept, and not tried for ever', async () => {
    const isBad = (line: string): boolean => /soc=\d*[02468] /.test(line);
    const { peer, stored } = await newDatabase(isBad, partialWrite(words), true);
    const outcomes = await peer.store().append(batchOf(1_000));
    const reason = expect.stringMatching(/outside retention policy.*too many of one batch/);
    expect(outcomes[999]).toEqual({ kind: 'refused', reason });
    expect(outcomes.filter(({ kind }) => kind === 'refused').length).toBeGreaterThanOrEqual(500);
    expect(stored.size).toBe(500);
    expect(peer.asked.length).toBeLessThanOrEqual(64);
    expect(peer.asked.length).toBeGreaterThan(30);
  });

  test('that is told apart too slowly is given back while there is time', async () => {
    const peer = await newPeer(async ({ lines, atMs }) => {
      await until('60 ms to pass', () => performance.now() > atMs + 60);
      return parseError(lines.slice(0, 1));
    });
    const store = peer.store({ times: { appendBudgetMs: 1_000 } });
    await expect(store.append(batchOf(1_000))).rejects.toMatchObject({
      ...AGAIN,
      message: expect.stringContaining('too many'),
    });
    // Of 1 000 ms 400 are for this.
    expect(peer.asked.length).toBeLessThan(10);
  });
});

describe('a field of another type', () => {
  const configured = {
    ...AGAIN,
    message: expect.stringMatching(/already exists as type integer.*\.\/amphora migrate-bucket/),
  };

  test('in every line is the fault of the bucket: given back in one request', async () => {
    const { peer } = await newDatabase(() => true, partialWrite(`field type conflict: ${CONFLICT}`), true);
    await expect(peer.store().append(batchOf(100))).rejects.toMatchObject(configured);
    await expect(peer.store().append(batchOf(1))).rejects.toMatchObject(configured);
    expect(peer.asked).toHaveLength(2);
  });

  test('in one line of each sample of two is the bucket’s too, however many samples', async () => {
    const isDemo = (line: string): boolean => line.startsWith('battery_data');
    const { peer, stored } = await newDatabase(isDemo, partialWrite(`field type conflict: ${CONFLICT}`), true);
    const samples = Array.from({ length: 200 }, (_, index) =>
      point('default', START_MS + index, { charge: 1, soc: index }),
    );
    await expect(peer.store().append(samples)).rejects.toMatchObject(configured);
    expect(peer.asked).toHaveLength(1);
    expect(stored.size).toBe(200);
  });

  test('in every line, by a server that does not count, is the bucket’s after seven requests', async () => {
    const peer = await newPeerSaying(refused(400, `partial write: field type conflict: ${CONFLICT}`));
    await expect(peer.store().append(batchOf(100))).rejects.toMatchObject(configured);
    expect(peer.asked).toHaveLength(7);
  });

  test('in some lines refuses those, in the words of the server', async () => {
    const { peer } = await newDatabase(badAt([3, 4]), partialWrite(`field type conflict: ${CONFLICT}`), true);
    const outcomes = await peer.store().append(batchOf(10));
    expect(outcomes).toEqual(expected(10, [3, 4]));
    expect(outcomes[3]).toMatchObject({ reason: expect.stringContaining(CONFLICT) });
  });
});

describe('413', () => {
  const limited = (bytes: number): ReturnType<typeof newPeer> =>
    newPeer(({ body }) => (Buffer.byteLength(body) > bytes ? { status: 413, body: '<html>too large</html>' } : STORED));
  const size = Buffer.byteLength('battery,battery=boat soc=1000 1795435200000000000\n');

  test.each([1_000, 10 * size, 3 * size])(
    'sends a batch in halves until they fit in %i bytes, and all is stored',
    async (bytes) => {
      const peer = await limited(bytes);
      expect(await peer.store().append(batchOf(1_000))).toEqual(expected(1_000, []));
    },
  );

  test('of a single point refuses it, and the rest of its batch is stored', async () => {
    const peer = await limited(5_000);
    const text = point('boat', START_MS + 50, { cellVoltageMinId: 'x'.repeat(6_000) });
    const outcomes = await peer.store().append([...batchOf(50), text]);
    const reason = expect.stringMatching(/takes no request of 60\d\d bytes/);
    expect(outcomes).toEqual([...expected(50, []), { kind: 'refused', reason }]);
  });

  test('and a bad line in one batch: the bad one is refused', async () => {
    const peer = await newPeer((asked) => {
      if (asked.lines.length > 10) return { status: 413 };
      const bad = asked.lines.filter(badAt([77]));
      return bad.length > 0 ? parseError(bad) : STORED;
    });
    expect(await peer.store().append(batchOf(100))).toEqual(expected(100, [77]));
  });
});

test('a success whose body is no JSON is a partial one: halves are sent', async () => {
  const headers = { 'content-type': 'application/json', 'x-influxdb-version': 'v2.7.12' };
  const answer: PeerAnswer = { status: 201, headers, body: 'partial, sorry' };
  const peer = await newPeer(({ lines }) => (lines.some(badAt([2])) ? answer : STORED));
  expect(await peer.store().append(batchOf(8))).toEqual(expected(8, [2]));
});
