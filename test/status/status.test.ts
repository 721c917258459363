import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AmphoraError, type ErrorCode } from '../../lambdas/failures/amphora-error.ts';
import { readStatus, type Status, type StatusDeps, type StatusPart } from '../../lambdas/status/status.ts';

const NOW_MS = Date.UTC(2026, 10, 26, 12);
const NEVER = new Promise<never>(() => {});

/** All well, and nobody is late. */
function depsOf(changes: Partial<StatusDeps> = {}): StatusDeps {
  return {
    counts: async () => new Map([['boat', 60]]),
    quarantined: async () => ({ count: 0, isAtLeast: false }),
    failed: async () => [{ waiting: 0, inFlight: 0 }],
    waiting: undefined,
    nowMs: () => NOW_MS,
    wait: () => NEVER,
    tellUnexpected: (part, error) => {
      throw new Error(`${part}: ${String(error)}`);
    },
    ...changes,
  };
}

const failing = (code: ErrorCode, message: string) => async () => {
  throw new AmphoraError(code, message, { retry: true });
};

describe('the status', () => {
  test('of an Amphora that is well has every part that somebody counts, and nothing unknown', async () => {
    expect(await readStatus(depsOf())()).toEqual({
      asOfMs: NOW_MS,
      stored: { readings: 60, overS: 60, perS: 1 },
      failed: { messages: 0 },
      quarantined: { count: 0, atLeast: false },
      database: { reachable: true },
      unknown: {},
    });
  });

  test('asks for the minute before now, and leaves the simulated battery out', async () => {
    const asked: unknown[] = [];
    const counts = async (range: unknown) => {
      asked.push(range);
      return new Map([
        ['boat', 3],
        ['demo', 60],
        ['van', 9],
      ]);
    };
    expect((await readStatus(depsOf({ counts }))()).stored).toEqual({ readings: 12, overS: 60, perS: 0.2 });
    expect(asked).toEqual([{ fromMs: NOW_MS - 60_000, toMs: NOW_MS }]);
  });

  test('counts what somebody has in hand as waiting and as failed, over all queues', async () => {
    const failed = async () => [
      { waiting: 2, inFlight: 1 },
      { waiting: 0, inFlight: 4 },
    ];
    const waiting = async () => ({ waiting: 5, inFlight: 70 });
    expect(await readStatus(depsOf({ failed, waiting }))()).toMatchObject({
      failed: { messages: 7 },
      waiting: { messages: 75 },
    });
  });

  test.each<[ErrorCode, Status['database'], StatusPart[]]>([
    ['store-unavailable', { reachable: false, reason: 'why' }, ['stored']],
    ['store-refused', { reachable: false, reason: 'why' }, ['stored']],
    // The question could not be put, and says nothing of the database.
    ['secret-unavailable', undefined, ['stored', 'database']],
    ['setting-invalid', undefined, ['stored', 'database']],
  ])('of a store that fails with %s says of the database %j', async (code, database, unknown) => {
    const status = await readStatus(depsOf({ counts: failing(code, 'why') }))();
    expect(status.database).toEqual(database);
    expect(status).not.toHaveProperty('stored');
    expect(status.unknown).toEqual(Object.fromEntries(unknown.map((part) => [part, 'why'])));
    expect(status).toMatchObject({ failed: { messages: 0 }, quarantined: { count: 0 } });
  });

  test('says nothing of what it does not understand but that the log does', async () => {
    const told: unknown[] = [];
    const deps = depsOf({
      quarantined: async () => Promise.reject(new TypeError('a secret')),
      tellUnexpected: (part, error) => void told.push([part, String(error)]),
    });
    expect((await readStatus(deps)()).unknown).toEqual({ quarantined: 'it could not be found out; the log says why' });
    expect(told).toEqual([['quarantined', 'TypeError: a secret']]);
  });
});

describe('whatever fails, is silent or answers, in any mixture', () => {
  const arbCount = fc.nat({ max: 1_000_000 });
  /** How one part goes: its answer, its failure, or no answer at all. */
  const arbFate = <T>(answer: fc.Arbitrary<T>) =>
    fc.oneof(
      answer.map((value) => ({ kind: 'answers', ask: async (): Promise<T> => value }) as const),
      fc
        .constantFrom<ErrorCode>('queue-unavailable', 'quarantine-unavailable', 'store-unavailable', 'setting-invalid')
        .map((code) => ({ kind: 'fails', ask: failing(code, 'why') }) as const),
      fc.constant({ kind: 'is silent', ask: async (): Promise<T> => NEVER } as const),
    );
  const arbDepth = fc.record({ waiting: arbCount, inFlight: arbCount });

  test('the answer comes when the patience is over, and each part is told or left out with a reason, never both', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbFate(fc.dictionary(fc.string(), arbCount).map((counts) => new Map(Object.entries(counts)))),
        arbFate(fc.record({ count: arbCount, isAtLeast: fc.boolean() })),
        arbFate(fc.array(arbDepth, { maxLength: 3 })),
        fc.option(arbFate(arbDepth), { nil: undefined }),
        async (counts, quarantined, failed, waiting) => {
          let waitedMs = 0;
          const status = await readStatus(
            depsOf({
              counts: counts.ask,
              quarantined: quarantined.ask,
              failed: failed.ask,
              waiting: waiting?.ask,
              // After all that answers by itself has.
              wait: async (delayMs) => {
                await new Promise((resolve) => setImmediate(resolve));
                waitedMs += delayMs;
              },
            }),
          )();
          const isKnown = (part: StatusPart): boolean => part in status;
          expect(isKnown('stored')).toBe(counts.kind === 'answers');
          expect(isKnown('quarantined')).toBe(quarantined.kind === 'answers');
          expect(isKnown('failed')).toBe(failed.kind === 'answers');
          expect(isKnown('waiting')).toBe(waiting?.kind === 'answers');
          for (const part of ['stored', 'quarantined', 'failed', 'database'] as const)
            expect(part in status.unknown).toBe(!isKnown(part));
          expect('waiting' in status.unknown).toBe(waiting !== undefined && !isKnown('waiting'));
          expect(JSON.parse(JSON.stringify(status))).toEqual(status);
          const isAnyoneSilent = [counts, quarantined, failed, waiting].some((fate) => fate?.kind === 'is silent');
          if (isAnyoneSilent) expect(waitedMs).toBe(2_500);
        },
      ),
    );
  });
});
