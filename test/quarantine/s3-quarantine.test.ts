import { describe, expect, test } from '@jest/globals';
import { type S3Objects, s3Objects } from '../../lambdas/aws/s3-objects.ts';
import type { Quarantine } from '../../lambdas/quarantine/quarantine.ts';
import { recordPlace } from '../../lambdas/quarantine/record.ts';
import { countInBucket, s3Quarantine } from '../../lambdas/quarantine-store/s3-quarantine.ts';
import type { UnstoredMessage } from '../../lambdas/telemetry/write-message.ts';
import { type S3Peer, s3Peer } from '../aws/s3-peer.ts';
import { type OpenedQuarantine, quarantineContract } from './contract.ts';
import { DAY_MS, NOON_MS, record } from './records.ts';

const MANY_MS = 60_000;

const keyOf = (id: string): string => {
  const { day = '', name = '' } = recordPlace(id) ?? {};
  return `quarantine/${day.replaceAll('-', '/')}/${name}.json`;
};

/** Functions have one environment each; here it is the one of the peer that was opened last. */
function objectsAt(peer: S3Peer): S3Objects {
  Object.assign(process.env, peer.env);
  return s3Objects(peer.env['QUARANTINE_BUCKET'] ?? '');
}

const quarantineAt = (peer: S3Peer): Quarantine => s3Quarantine(objectsAt(peer), () => {});

async function open(): Promise<OpenedQuarantine> {
  const peer = await s3Peer();
  return {
    quarantine: quarantineAt(peer),
    another: quarantineAt(peer),
    count: () => countInBucket(objectsAt(peer)),
    spoil: async (id, text) => void peer.objects.set(keyOf(id), text),
    litter: async () => {
      for (const key of ['a', 'quarantine/', 'quarantine/x', 'quarantine/2026/x/1.json', 'quarantine/2026/11/26/1.txt'])
        peer.objects.set(key, '{}');
      peer.objects.set('quarantine/2026/11/26/1.json', '{}');
    },
    interrupt: peer.close,
    dispose: peer.close,
  };
}

quarantineContract('the quarantine in a bucket', open);

async function using(use: (quarantine: Quarantine, peer: S3Peer) => Promise<void>): Promise<void> {
  const peer = await s3Peer();
  try {
    await use(quarantineAt(peer), peer);
  } finally {
    await peer.close();
  }
}

describe('the quarantine in a bucket', () => {
  test('takes a new record with one request, by the day of receipt; the writer may not list, and need not', () =>
    using(async (quarantine, { objects, requests }) => {
      const one = await record(0);
      await quarantine.put(one);
      const key = `quarantine/2026/11/26/43199999-${one.id.split('-').at(-1)}.json`;
      expect([...objects.keys()]).toEqual([key]);
      expect(requests).toEqual([`PUT ${key}`]);
    }));

  test('counts every attempt of two who meet at one moment', () =>
    using(async (quarantine, peer) => {
      const one = await record(1);
      await quarantine.put(one);
      // The other one is done between this one's look and its own.
      peer.beforePut(() =>
        peer.beforePut(() => peer.objects.set(keyOf(one.id), JSON.stringify({ ...one, attempts: 5 }))),
      );
      expect(await quarantine.put(one)).toMatchObject({ attempts: 6 });
    }));

  test('takes a record as new that was deleted while it was tried again', () =>
    using(async (quarantine, peer) => {
      const one = await record(1);
      await quarantine.put(one);
      peer.beforePut(() => peer.beforePut(() => peer.objects.delete(keyOf(one.id))));
      expect(await quarantine.put(one)).toMatchObject({ attempts: 1 });
      expect(peer.objects.size).toBe(1);
    }));

  test.each([[[503]], [['hang-up']]] as const)('that answers %j is asked again', (failures) =>
    using(async (quarantine, peer) => {
      peer.fail(...failures);
      await quarantine.put(await record(1));
      expect(peer.objects.size).toBe(1);
    }),
  );

  test.each([
    [[503, 503], 'S3 answered 503 Refused'],
    [[403], 'S3 answered 403 Refused'],
    [['hang-up', 'hang-up'], 'S3 does not answer PUT'],
  ] as const)('that answers %j is a failure to try again: %s', (failures, words) =>
    using(async (quarantine, peer) => {
      peer.fail(...failures);
      const refused = { code: 'quarantine-unavailable', retry: true, message: expect.stringContaining(words) };
      await expect(quarantine.put(await record(1))).rejects.toMatchObject(refused);
      expect(peer.objects.size).toBe(0);
    }),
  );

  const manyIn = async (peer: S3Peer, count: number, first: Partial<UnstoredMessage> = {}) => {
    const many = await Promise.all(Array.from({ length: count }, (_, i) => record(i, i === 0 ? first : {})));
    for (const one of many) peer.objects.set(keyOf(one.id), JSON.stringify(one));
    return many;
  };

  test(
    'lists more records than one answer of S3 has, and no folder outside of the range',
    () =>
      using(async (quarantine, peer) => {
        const days = ['2024-12-31', '2025-01-01', '2026-02-27', '2026-11-25', '2026-12-31', '2027-01-01'];
        for (const day of days) await quarantine.put(await record(0, { receivedAt: Date.parse(`${day}T01:00:00Z`) }));
        const many = await manyIn(peer, 620);
        peer.requests.length = 0;
        const ids = [];
        const from = { fromMs: Date.parse('2025-01-01T00:00:00Z'), toMs: NOON_MS + DAY_MS };
        for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
          const page = await quarantine.list({ ...from, limit: 400, ...(next === undefined ? {} : { after: next }) });
          ids.push(...page.records.map(({ id }) => id));
          next = page.next;
        }
        expect(ids.slice(0, 620)).toEqual(many.map(({ id }) => id).toReversed());
        expect(ids.slice(620).map((id) => id.slice(0, 10))).toEqual(['2026-11-25', '2026-02-27', '2025-01-01']);
        expect(peer.requests.filter((request) => /\/(2024|2027|2026\/12)\//.test(request))).toEqual([]);
      }),
    MANY_MS,
  );

  test(
    'counts in one request, up to five hundred records',
    () =>
      using(async (_quarantine, peer) => {
        const [one] = await manyIn(peer, 501);
        peer.requests.length = 0;
        expect(await countInBucket(objectsAt(peer))).toEqual({ count: 500, isAtLeast: true });
        expect(peer.requests).toEqual(['LIST quarantine/']);
        peer.objects.delete(keyOf(one?.id ?? ''));
        expect(await countInBucket(objectsAt(peer))).toEqual({ count: 500, isAtLeast: false });
      }),
    MANY_MS,
  );

  test(
    'looks at five hundred records for one page, and leads on',
    () =>
      using(async (quarantine, peer) => {
        const [oldest] = await manyIn(peer, 600, { topic: 'battery/van/telemetry' });
        const first = await quarantine.list({ battery: 'van', limit: 10 });
        expect(first).toEqual({ records: [], next: expect.any(String) });
        expect(peer.requests.filter((request) => request.startsWith('GET '))).toHaveLength(512);
        const second = await quarantine.list({ battery: 'van', limit: 10, after: first.next ?? '' });
        expect(second).toEqual({ records: [oldest] });
      }),
    MANY_MS,
  );
});
