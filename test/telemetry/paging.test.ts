/** Pages of GET /read join without loss or repetition, whatever their length. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../lambdas/json/parse-json.ts';
import { type SqliteStore, sqliteStore } from '../../lambdas/store/sqlite.ts';
import { type Page, readDemoRows, readWideRows, type WideRow } from '../../lambdas/telemetry/read-rows.ts';
import { writeMessage } from '../../lambdas/telemetry/write-message.ts';
import { arbMessages, envelopeOf, type Message, plain, START_MS } from '../arbitraries/messages.ts';

const NOW_MS = START_MS + 120_000;
const range = { fromMs: START_MS, toMs: NOW_MS };
const ALL = 10_000;
const arbOrder = fc.constantFrom('oldest-first' as const, 'newest-first' as const);

async function withMessages(messages: readonly Message[], use: (store: SqliteStore) => Promise<void>): Promise<void> {
  const store = sqliteStore({ file: ':memory:' });
  try {
    const write = writeMessage({
      append: store.append,
      quarantine: async () => undefined,
      parseJson,
      topicRoot: 'battery',
    });
    for (const message of messages) await write(envelopeOf(plain(message), NOW_MS));
    await use(store);
  } finally {
    await store.close();
  }
}

async function joined<Row>(page: (after?: string) => Promise<Page<Row> | undefined>, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  let after: string | undefined;
  do {
    const next: Page<Row> | undefined = await page(after);
    if (next === undefined) throw new Error(`the cursor ${after} was refused`);
    expect(next.rows.length).toBeLessThanOrEqual(limit);
    if (next.next !== undefined) expect(next.rows.length).toBeGreaterThan(0);
    rows.push(...next.rows);
    after = next.next;
  } while (after !== undefined);
  return rows;
}

async function longestInstant(store: SqliteStore, battery: string): Promise<number> {
  const points = await store.points({ battery, ...range, limit: ALL });
  const counts = new Map<number, number>();
  for (const { atMs } of points) counts.set(atMs, (counts.get(atMs) ?? 0) + 1);
  return Math.max(1, ...counts.values());
}

/** What was stored, without what a page derives from its neighbours. */
const storedValues = (rows: readonly WideRow[]): readonly string[] =>
  rows.flatMap(({ time, derived = [], ...fields }) =>
    Object.entries(fields).flatMap(([name, value]) =>
      value === null || name === 'power' || derived.includes(name) ? [] : [`${time} ${name} ${String(value)}`],
    ),
  );

describe('pages', () => {
  test('of demo rows join to what one page gives, for every limit', async () => {
    await fc.assert(
      fc.asyncProperty(arbMessages, fc.integer({ min: 1, max: 9 }), async (messages, limit) =>
        withMessages(messages, async (store) => {
          const page = async (size: number, after?: string) =>
            readDemoRows(store)({ battery: 'default', range, limit: size, ...(after === undefined ? {} : { after }) });
          const all = await page(ALL);
          expect(all).not.toHaveProperty('next');
          expect(await joined(async (after) => page(limit, after), limit)).toEqual(all?.rows);
        }),
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  test('of wide rows join to what one page gives, in both orders, for every limit that holds an instant', async () => {
    await fc.assert(
      fc.asyncProperty(arbMessages, fc.nat(4), arbOrder, async (messages, more, order) =>
        withMessages(messages, async (store) => {
          const limit = (await longestInstant(store, 'boat')) + more;
          const page = async (size: number, after?: string) =>
            readWideRows(store)({
              battery: 'boat',
              range,
              order,
              limit: size,
              ...(after === undefined ? {} : { after }),
            });
          const all = await page(ALL);
          expect(await joined(async (after) => page(limit, after), limit)).toEqual(all?.rows);
        }),
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  test('of wide rows carry every stored value once, in both orders, for every limit', async () => {
    await fc.assert(
      fc.asyncProperty(arbMessages, fc.integer({ min: 1, max: 3 }), arbOrder, async (messages, limit, order) =>
        withMessages(messages, async (store) => {
          const page = async (size: number, after?: string) =>
            readWideRows(store)({
              battery: 'boat',
              range,
              order,
              limit: size,
              ...(after === undefined ? {} : { after }),
            });
          const all = storedValues((await page(ALL))?.rows ?? []);
          expect([...storedValues(await joined(async (after) => page(limit, after), limit))].sort()).toEqual(
            [...all].sort(),
          );
        }),
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  test('newest first is oldest first turned round', async () => {
    await fc.assert(
      fc.asyncProperty(arbMessages, async (messages) =>
        withMessages(messages, async (store) => {
          const rows = async (order: 'oldest-first' | 'newest-first') =>
            (await readWideRows(store)({ battery: 'boat', range, order, limit: ALL }))?.rows ?? [];
          expect(await rows('newest-first')).toEqual([...(await rows('oldest-first'))].reverse());
        }),
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
