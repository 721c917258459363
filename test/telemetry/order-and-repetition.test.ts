/** The promise of telemetry.md: order and repetition of what carries its own time change no answer. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../lambdas/json/parse-json.ts';
import { type SqliteStore, sqliteStore } from '../../lambdas/store/sqlite.ts';
import { readDemoLatest, readLatest } from '../../lambdas/telemetry/read-latest.ts';
import { readDemoRows, readWideRows } from '../../lambdas/telemetry/read-rows.ts';
import { readSeries } from '../../lambdas/telemetry/read-series.ts';
import { type WriteResult, writeMessage } from '../../lambdas/telemetry/write-message.ts';
import { type Arrival, arbMessages, arrivalsOf, envelopeOf, plain, START_MS } from '../arbitraries/messages.ts';

const NOW_MS = START_MS + 120_000;
const range = { fromMs: START_MS - 1_000, toMs: NOW_MS };

/** Each message is received later than the one before it, as on a wire. */
async function written(arrivals: readonly Arrival[], store: SqliteStore): Promise<readonly WriteResult[]> {
  const write = writeMessage({
    append: store.append,
    quarantine: async () => undefined,
    parseJson,
    topicRoot: 'battery',
  });
  const results: WriteResult[] = [];
  for (const [i, arrival] of arrivals.entries()) results.push(await write(envelopeOf(arrival, NOW_MS + i * 7)));
  return results;
}

async function answersOf(store: SqliteStore): Promise<unknown> {
  const deps = { store, nowMs: () => NOW_MS };
  const asked = async (battery: string): Promise<readonly unknown[]> =>
    Promise.all([
      readLatest(deps)(battery),
      readDemoRows(store)({ battery, range, limit: 10_000 }),
      readWideRows(store)({ battery, range, limit: 10_000, order: 'oldest-first' }),
      readWideRows(store)({ battery, range, limit: 10_000, order: 'newest-first' }),
      readSeries(store, deps.nowMs)({ battery, range, points: 50 }),
      store.points({ battery, ...range, limit: 10_000 }),
    ]);
  return Promise.all([readDemoLatest(deps)(), asked('default'), asked('boat'), store.batteries()]);
}

async function withStores<T>(use: (first: SqliteStore, second: SqliteStore) => Promise<T>): Promise<T> {
  const stores = [sqliteStore({ file: ':memory:' }), sqliteStore({ file: ':memory:' })] as const;
  try {
    return await use(...stores);
  } finally {
    for (const store of stores) await store.close();
  }
}

const sum = (results: readonly WriteResult[], of: 'stored' | 'repeated' | 'collided'): number =>
  results.reduce((total, result) => total + result[of], 0);

describe('the same messages', () => {
  test('in any order, repeated, and in any unit and zone, give the same answers', async () => {
    const arbBoth = arbMessages.chain((messages) => fc.tuple(fc.constant(messages), arrivalsOf(messages)));
    await fc.assert(
      fc.asyncProperty(arbBoth, async ([messages, arrivals]) =>
        withStores(async (first, second) => {
          const inOrder = await written(messages.map(plain), first);
          const shuffled = await written(arrivals, second);
          // One pair in a million falls on one point time; it is counted, and then order does decide.
          fc.pre(sum(inOrder, 'collided') === 0 && sum(shuffled, 'collided') === 0);
          expect(sum(shuffled, 'stored')).toBe(sum(inOrder, 'stored'));
          expect(await answersOf(second)).toEqual(await answersOf(first));
        }),
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  test('written once more, all of them, store nothing and are counted as repeats', async () => {
    const arbBoth = arbMessages.chain((messages) => fc.tuple(fc.constant(messages), arrivalsOf(messages)));
    await fc.assert(
      fc.asyncProperty(arbBoth, async ([messages, arrivals]) =>
        withStores(async (store) => {
          const first = await written(messages.map(plain), store);
          const before = await answersOf(store);
          const again = await written(arrivals, store);
          expect(sum(again, 'stored')).toBe(0);
          expect(sum(again, 'repeated') + sum(again, 'collided')).toBeGreaterThanOrEqual(sum(first, 'stored'));
          expect(await answersOf(store)).toEqual(before);
        }),
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
