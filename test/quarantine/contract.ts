/** The laws of the quarantine's port. Each adapter's test runs them on its own place. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Quarantine, QuarantineCount, QuarantineQuery } from '../../lambdas/quarantine/quarantine.ts';
import { batteryOf, firstRecord, type QuarantineRecord } from '../../lambdas/quarantine/record.ts';
import type { UnstoredMessage } from '../../lambdas/telemetry/write-message.ts';
import { arbMessage, DAY_MS, message, NOON_MS, record } from './records.ts';

export type OpenedQuarantine = {
  readonly quarantine: Quarantine;
  /** The same place, opened by somebody else. */
  readonly another: Quarantine;
  /** How much is in it. */
  readonly count: () => Promise<QuarantineCount>;
  /** Leaves this in the place of a record's object or file. */
  readonly spoil: (id: string, text: string) => Promise<void>;
  /** Things that are no records, beside them. */
  readonly litter: () => Promise<void>;
  /** Makes the place unreachable. */
  readonly interrupt: () => Promise<void>;
  /** Removes what is left. */
  readonly dispose: () => Promise<void>;
};

/** As files are named, as programs are fooled, and as a slip of the hand makes them. */
export const HOSTILE_IDS = [
  '',
  '.',
  '..',
  '../../etc/passwd',
  '2026-11-26-../../../../etc/passwd',
  '2026-11-26/43200000-0123456789abcdef0123',
  '2026-11-26-43200000-0123456789abcdef012',
  '2026-11-26-43200000-0123456789ABCDEF0123',
  '2026-11-26-43200000-0123456789abcdef0123.json',
  '2026-11-26-43200000-0123456789abcdef0123\n',
  '2026-11-26-43200000-0123456789abcdef0123\0',
  '2026-13-99-43200000-0123456789abcdef0123',
  '2026-11-26-86400000-0123456789abcdef0123',
  '\0',
  '%2e%2e%2f',
  'x'.repeat(100_000),
  '2026-11-26-'.repeat(10_000),
];

export function quarantineContract(
  name: string,
  open: () => Promise<OpenedQuarantine>,
  { numRuns = 30 }: { readonly numRuns?: number } = {},
): void {
  describe(name, () => {
    let opened: OpenedQuarantine;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const all = (query: Partial<QuarantineQuery> = {}): Promise<readonly QuarantineRecord[]> =>
      paged(opened.quarantine, query);

    test('what was put is there, in every word of it, for whoever opens it', async () => {
      const one = await record(1, {
        reason: 'two\nlines, a "quote", an ä and \u0000',
        serverMessage: 'partial write: </Key>',
        clientId: null,
        traceId: 'trace',
      });
      expect(await opened.quarantine.put(one)).toEqual(one);
      expect(await opened.another.get(one.id)).toEqual(one);
      expect(await paged(opened.another)).toEqual([one]);
    });

    test('a message with 128 KiB comes back whole', async () => {
      const one = await record(1, { original: Buffer.alloc(128 * 1024, 0xff).toString('base64') });
      await opened.quarantine.put(one);
      expect(await opened.quarantine.get(one.id)).toEqual(one);
    });

    test('one message is one record, however often it is put: attempts add up, the newest reason counts', async () => {
      const said = ['first', 'second', 'third'].map((reason, i) => firstRecord(message(1, { reason }), NOON_MS + i));
      for (const one of said) await opened.quarantine.put(await one);
      const [there, ...others] = await all();
      expect(others).toEqual([]);
      expect(there).toMatchObject({ reason: 'third', attempts: 3, quarantinedAt: NOON_MS });
    });

    test.each<[string, Partial<UnstoredMessage>]>([
      ['topic', { topic: 'battery/b2/telemetry' }],
      ['time of receipt', { receivedAt: NOON_MS }],
      ['payload', { original: 'e30=' }],
      ['trace id', { traceId: 'other' }],
    ])('two messages that differ in their %s are two records', async (_, other) => {
      await opened.quarantine.put(await record(1));
      await opened.quarantine.put(await record(1, other));
      expect(await all()).toHaveLength(2);
    });

    test('of many put by two at once each is there once and whole', async () => {
      const records = await Promise.all(Array.from({ length: 20 }, (_, i) => record(i)));
      const puts = records.flatMap((one) => [opened.quarantine.put(one), opened.another.put(one)]);
      await Promise.all(puts);
      const there = await all();
      expect(there.map(({ id }) => id)).toEqual(records.map(({ id }) => id).toReversed());
      for (const { attempts } of there) expect([1, 2]).toContain(attempts);
      for (const one of records) expect(await opened.quarantine.get(one.id)).toMatchObject({ original: one.original });
    });

    test('what is deleted is gone, once, and may come again', async () => {
      const [one, other] = [await record(1), await record(2)];
      await opened.quarantine.put(one);
      await opened.quarantine.put(other);
      expect(await opened.another.delete(one.id)).toBe(true);
      expect(await opened.quarantine.delete(one.id)).toBe(false);
      expect(await opened.quarantine.get(one.id)).toBeUndefined();
      expect(await all()).toEqual([other]);
      expect(await opened.quarantine.put(one)).toMatchObject({ attempts: 1 });
    });

    test.each(HOSTILE_IDS.map((id) => [JSON.stringify(id.slice(0, 60)), id]))(
      '%s is the id of nothing',
      async (_, id) => {
        await opened.quarantine.put(await record(1));
        expect(await opened.quarantine.get(id)).toBeUndefined();
        expect(await opened.quarantine.delete(id)).toBe(false);
        expect(await all()).toHaveLength(1);
      },
    );

    test.each([
      ['half of it', (one: QuarantineRecord) => JSON.stringify(one).slice(0, 60)],
      ['nothing', () => ''],
      ['null', () => 'null'],
      ['another id', (one: QuarantineRecord) => JSON.stringify({ ...one, id: `${one.id.slice(0, -1)}x` })],
      ['a time that is none', (one: QuarantineRecord) => JSON.stringify({ ...one, receivedAt: 1e300 })],
      ['no original', ({ id }: QuarantineRecord) => JSON.stringify({ id })],
    ])('a record of which %s stands there is none, until it is put again', async (_, text) => {
      const [one, other] = [await record(1), await record(2)];
      await opened.quarantine.put(one);
      await opened.quarantine.put(other);
      await opened.spoil(one.id, text(one));
      expect(await opened.quarantine.get(one.id)).toBeUndefined();
      expect(await all()).toEqual([other]);
      expect(await opened.quarantine.put(one)).toEqual(one);
      expect(await opened.quarantine.get(one.id)).toEqual(one);
      await opened.spoil(one.id, text(one));
      expect(await opened.quarantine.delete(one.id)).toBe(true);
    });

    test('what is no record stands in nobody’s way', async () => {
      const one = await record(1);
      await opened.quarantine.put(one);
      await opened.litter();
      expect(await all()).toEqual([one]);
    });

    test('a count is of the records of every day, once each, and of nothing that lies beside them', async () => {
      expect(await opened.count()).toEqual({ count: 0, isAtLeast: false });
      const receivedAt = [NOON_MS, NOON_MS - DAY_MS, NOON_MS - 400 * DAY_MS];
      const records = await Promise.all(receivedAt.map((atMs, i) => record(i, { receivedAt: atMs })));
      for (const one of [...records, ...records]) await opened.quarantine.put(one);
      await opened.litter();
      expect(await opened.count()).toEqual({ count: 3, isAtLeast: false });
      await opened.quarantine.delete(records[0]?.id ?? '');
      expect(await opened.count()).toEqual({ count: 2, isAtLeast: false });
    });

    test('a list is newest first, each once, filtered as asked, and pages of any size join', async () => {
      const battery = fc.option(fc.constantFrom('boat', 'van', 'default', 'Boat'), { nil: undefined });
      const edge = fc.option(fc.integer({ min: NOON_MS - 2 * DAY_MS, max: NOON_MS + 2 * DAY_MS }), { nil: undefined });
      const messages = fc.array(arbMessage, { maxLength: 25 });
      await fc.assert(
        fc.asyncProperty(
          messages,
          battery,
          edge,
          edge,
          fc.integer({ min: 1, max: 30 }),
          async (given, battery, from, to, limit) => {
            const place = await open();
            try {
              const records = new Map<string, QuarantineRecord>();
              for (const one of given) {
                const put = await firstRecord(one, NOON_MS);
                records.set(put.id, await place.quarantine.put(put));
              }
              const query = {
                ...(battery === undefined ? {} : { battery }),
                ...(from === undefined ? {} : { fromMs: from }),
                ...(to === undefined ? {} : { toMs: to }),
              };
              const wanted = [...records.values()].filter(
                (one) =>
                  (battery === undefined || batteryOf(one) === battery) &&
                  one.receivedAt >= (from ?? 0) &&
                  one.receivedAt < (to ?? Number.POSITIVE_INFINITY),
              );
              const found = await paged(place.quarantine, { ...query, limit });
              expect(found.map(({ id }) => id).toSorted()).toEqual(wanted.map(({ id }) => id).toSorted());
              const times = found.map(({ receivedAt }) => receivedAt);
              expect(times).toEqual(times.toSorted((a, b) => b - a));
              expect(found).toEqual(await paged(place.quarantine, { ...query, limit: 1_000 }));
            } finally {
              await place.dispose();
            }
          },
        ),
        { numRuns },
      );
    });

    test.each([
      ['soc', 1],
      ['SOC', 1],
      ['must be', 1],
      ['refused by the', 1],
      ['the database', 1],
      ['mus', 0],
      ['be must', 0],
      ['', 1],
    ])('records are found by the words %j of the reason or of the database', async (reason, count) => {
      await opened.quarantine.put(await record(1, { serverMessage: 'refused by the database' }));
      await opened.quarantine.put(await record(2, { reason: 'another', serverMessage: 'socket' }));
      expect(await all(reason === '' ? { limit: 1 } : { reason })).toHaveLength(reason === '' ? 2 : count);
    });

    test('a place that cannot be reached refuses every call as one to try again', async () => {
      const one = await record(1);
      await opened.quarantine.put(one);
      await opened.interrupt();
      const refused = {
        code: 'quarantine-unavailable',
        retry: true,
        message: expect.stringMatching(/^the quarantine \S+ \S+/),
      };
      await expect(opened.quarantine.put(one)).rejects.toMatchObject(refused);
      await expect(opened.quarantine.get(one.id)).rejects.toMatchObject(refused);
      await expect(opened.quarantine.delete(one.id)).rejects.toMatchObject(refused);
      await expect(all()).rejects.toMatchObject(refused);
      await expect(opened.count()).rejects.toMatchObject(refused);
    });
  });
}

/** All pages, one after the other. */
async function paged(
  quarantine: Quarantine,
  query: Partial<QuarantineQuery> = {},
): Promise<readonly QuarantineRecord[]> {
  const limit = query.limit ?? 100;
  const found: QuarantineRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await quarantine.list({ ...query, limit, ...(after === undefined ? {} : { after }) });
    expect(page.records.length).toBeLessThanOrEqual(limit);
    found.push(...page.records);
    if (page.next === undefined) return found;
    after = page.next;
  }
}
