/** The schedule of a failed message, over runs that end at any moment and whatever happens to the machine's clock. */
import { readdirSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { failuresOf, RETRY_DELAYS_MS, type ScheduleBench, type Try, withSchedule } from './schedule-bench.ts';

jest.setTimeout(120_000);

const [FIRST_MS, SECOND_MS] = RETRY_DELAYS_MS;
const MAX_TRIES = 3;
const HOUR_MS = 3_600_000;

type RunOf = {
  readonly lastsMs: number;
  readonly how: 'stop' | 'kill';
  readonly offMs: number;
  /** Of the clock: while it runs, and while it does not. */
  readonly jumpsMs: readonly [number, number];
};
type Sent = { readonly failures: number; readonly inRun: number };
type Story = {
  readonly runs: readonly RunOf[];
  readonly sent: readonly Sent[];
  readonly tryMs: number;
  readonly handOverMs: number;
};

const arbJumpMs = fc.constantFrom(0, 0, -5_000, 5_000, -90_000, 90_000, -30 * 24 * HOUR_MS, 20 * 365 * 24 * HOUR_MS);
const arbStory = (arbJump: fc.Arbitrary<number>): fc.Arbitrary<Story> =>
  fc.record({
    runs: fc.array(
      fc.record({
        lastsMs: fc.integer({ min: 0, max: 200_000 }),
        how: fc.constantFrom('stop' as const, 'kill' as const),
        offMs: fc.integer({ min: 0, max: 300_000 }),
        jumpsMs: fc.tuple(arbJump, arbJump),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    sent: fc.array(fc.record({ failures: fc.nat(4), inRun: fc.nat(3) }), { minLength: 1, maxLength: 6 }),
    tryMs: fc.constantFrom(0, 400, 9_000),
    handOverMs: fc.constantFrom(0, 9_000),
  });

/** Plays it, and lets a last run go on until all is done. */
async function played({ runs, sent, tryMs, handOverMs }: Story, check: (bench: ScheduleBench) => void): Promise<void> {
  await withSchedule({ tryMs, handOverMs }, async (bench) => {
    for (const [i, { lastsMs, how, offMs, jumpsMs }] of runs.entries()) {
      await bench.start();
      for (const [k, { failures, inRun }] of sent.entries())
        if (Math.min(inRun, runs.length - 1) === i) await bench.send(idOf(k), failures);
      await bench.advance(Math.floor(lastsMs / 2));
      bench.jump(jumpsMs[0]);
      await bench.advance(Math.ceil(lastsMs / 2));
      await bench.end(how);
      await bench.advanceOff(offMs);
      bench.jump(jumpsMs[1]);
    }
    await bench.start();
    await bench.advance(FIRST_MS + SECOND_MS + (MAX_TRIES + 1) * tryMs + handOverMs);
    expect(bench.waiting()).toBe(0);
    await bench.end('stop');
    check(bench);
  });
}

const idOf = (k: number): string => `message ${k}`;
const triesOf = ({ tries }: ScheduleBench, id: string): readonly Try[] => tries.filter((one) => one.id === id);
const delayAfter = (failures: number): number => (failures === 1 ? FIRST_MS : SECOND_MS);

/** Each try with the failure before it, up to the first that stored the message. */
function stepsOf(bench: ScheduleBench, id: string) {
  const mine = triesOf(bench, id);
  const stored = mine.findIndex(({ isStored }) => isStored === true);
  return mine.slice(0, stored < 0 ? mine.length : stored + 1).map((one) => {
    const before = mine.slice(0, mine.indexOf(one)).filter(({ toMs }) => toMs !== undefined);
    return { one, failures: before.length, before: before.at(-1), startMs: bench.runs[one.run]?.fromMs ?? Number.NaN };
  });
}

function expectCounts(bench: ScheduleBench, sent: readonly Sent[]): void {
  for (const [k, { failures }] of sent.entries()) {
    const mine = triesOf(bench, idOf(k));
    const failed = failuresOf(bench.tries, idOf(k));
    const handedOver = bench.handedOver.filter(({ id }) => id === idOf(k));
    expect(failed).toHaveLength(Math.min(failures, MAX_TRIES));
    if (failures < MAX_TRIES) {
      expect(mine.some(({ isStored }) => isStored === true)).toBe(true);
      expect(handedOver).toEqual([]);
    } else {
      // Only what a kill cut off stands between them, and nothing behind the last.
      expect(mine.at(-1)).toBe(failed.at(-1));
      expect(handedOver.length).toBeGreaterThan(0);
      for (const { atMs } of handedOver) expect(atMs).toBeGreaterThanOrEqual(failed.at(-1)?.toMs ?? Number.NaN);
    }
  }
}

describe('the schedule of a failed message', () => {
  test('goes on where it stood, whenever the process ends: three tries, each when it is due or at the first start after', async () => {
    await fc.assert(
      fc.asyncProperty(arbStory(fc.constant(0)), (story) =>
        played(story, (bench) => {
          expectCounts(bench, story.sent);
          for (const k of story.sent.keys()) {
            for (const { one, failures, before, startMs } of stepsOf(bench, idOf(k)).slice(1)) {
              const dueMs = before?.toMs === undefined ? startMs : before.toMs + delayAfter(failures);
              expect(one.fromMs).toBe(Math.max(startMs, dueMs));
            }
          }
        }),
      ),
      { numRuns: 60 },
    );
  });

  test('with a clock that is set wherever, has as many tries, and none waits longer than its own delay', async () => {
    await fc.assert(
      fc.asyncProperty(arbStory(arbJumpMs), (story) =>
        played(story, (bench) => {
          expectCounts(bench, story.sent);
          for (const k of story.sent.keys()) {
            for (const { one, failures, before, startMs } of stepsOf(bench, idOf(k)).slice(1)) {
              const delayMs = failures === 0 ? 0 : delayAfter(failures);
              const failedMs = before?.toMs ?? startMs;
              // Of its own run's setting of the clock it knows nothing.
              if (failedMs > startMs) expect(one.fromMs).toBe(failedMs + delayMs);
              expect(one.fromMs).toBeGreaterThanOrEqual(startMs);
              expect(one.fromMs).toBeLessThanOrEqual(Math.max(startMs, failedMs) + delayMs);
            }
            expectNoneOverdue(bench, idOf(k));
          }
        }),
      ),
      { numRuns: 100 },
    );
  });

  test('is kept when the process is killed between the last failure and its record: handed over, and not tried again', async () => {
    await withSchedule({ handOverMs: 5_000 }, async (bench) => {
      await bench.start();
      await bench.send('poison', MAX_TRIES);
      await bench.advance(FIRST_MS + SECOND_MS);
      expect(bench.tries).toHaveLength(MAX_TRIES);
      await bench.end('kill');
      await bench.start();
      await bench.advance(5_000);
      expect({ tries: bench.tries.length, waiting: bench.waiting() }).toEqual({ tries: MAX_TRIES, waiting: 0 });
      expect(bench.handedOver.map(({ id }) => id)).toEqual(['poison', 'poison']);
    });
  });

  test('is over for good once it was handed over, though a neighbour keeps it in the journal', async () => {
    await withSchedule({}, async (bench) => {
      await bench.start();
      await bench.send('poison', MAX_TRIES);
      await bench.advance(FIRST_MS + SECOND_MS);
      await bench.send('neighbour', 1);
      await bench.end('kill');
      await bench.start();
      expect(bench.waiting()).toBe(1);
      await bench.advance(FIRST_MS);
      expect(bench.handedOver.map(({ id }) => id)).toEqual(['poison']);
      expect(triesOf(bench, 'poison')).toHaveLength(MAX_TRIES);
    });
  });

  test.each([
    ['left alone', 0, FIRST_MS - 10_000],
    ['set forward a little', 20_000, FIRST_MS - 30_000],
    ['set back by less than it has waited', -4_000, FIRST_MS - 6_000],
    ['set far forward', 1_000 * HOUR_MS, 0],
    ['set back to before it began to wait', -11_000, 0],
    ['set far back', -1_000 * HOUR_MS, 0],
  ])(
    'is waited for to its end after ten seconds of it and a restart with a clock that was %s',
    async (_, jumpMs, leftMs) => {
      await withSchedule({}, async (bench) => {
        await bench.start();
        await bench.send('a', 1);
        await bench.advance(10_000);
        await bench.end('kill');
        bench.jump(jumpMs);
        await bench.start();
        const startMs = bench.nowMs();
        await bench.advance(FIRST_MS);
        expect(bench.tries.map(({ fromMs }) => fromMs - startMs)).toEqual([-10_000, leftMs]);
        await bench.end('stop');
      });
    },
  );

  test('waits no longer than the delays that the next start was given', async () => {
    await withSchedule({}, async (bench) => {
      await bench.start();
      await bench.send('a', 1);
      await bench.end('stop');
      await bench.start([1_000, 2_000]);
      await bench.advance(1_000);
      expect(bench.tries.map(({ run, isStored }) => ({ run, isStored }))).toEqual([
        { run: 0, isStored: false },
        { run: 1, isStored: true },
      ]);
    });
  });

  test('ends with the age that a message may have, in which the time without a process does not count, nor a clock', async () => {
    await withSchedule({ maxAgeMs: FIRST_MS + SECOND_MS - 1 }, async (bench) => {
      await bench.start();
      await bench.send('old', MAX_TRIES);
      await bench.advance(FIRST_MS / 2);
      await bench.end('kill');
      await bench.advanceOff(100 * HOUR_MS);
      bench.jump(1_000 * HOUR_MS);
      await bench.start();
      expect(bench.tries).toHaveLength(2);
      expect(bench.handedOver.map(({ id }) => id)).toEqual(['old']);
    });
  });

  test('is written down in the log with the count it had', async () => {
    await withSchedule({}, async (bench) => {
      await bench.start();
      await bench.send('poison', MAX_TRIES);
      for (let i = 1; i < MAX_TRIES; i++) {
        await bench.end('kill');
        await bench.start();
        await bench.advance(SECOND_MS);
      }
      expect(bench.logged.map(({ event, fields }) => [event, fields['attempt'], fields['retryInS']])).toEqual([
        ['invocation-failed', 1, 60],
        ['invocation-failed', 2, 120],
        ['invocation-failed', 3, undefined],
      ]);
    });
  });

  test('costs nothing where nothing fails', async () => {
    await withSchedule({}, async (bench) => {
      await bench.start();
      await bench.send('fine', 0);
      await bench.send('fails', 1);
      const names = (): readonly string[] => readdirSync(bench.folder()).toSorted();
      expect(names()).toEqual(['000000001.attempts', '000000001.journal']);
      await bench.advance(FIRST_MS);
      await bench.end('stop');
      expect(names()).toEqual([]);
      await bench.start();
      await bench.send('fine too', 0);
      expect(names()).toEqual(['000000001.journal']);
    });
  });
});

/** At the end of no run had it waited for longer than its delay. */
function expectNoneOverdue(bench: ScheduleBench, id: string): void {
  const handedOverMs = bench.handedOver.find((one) => one.id === id)?.atMs ?? Number.POSITIVE_INFINITY;
  const storedMs = triesOf(bench, id).find(({ isStored }) => isStored === true)?.toMs ?? Number.POSITIVE_INFINITY;
  for (const [run, { fromMs, toMs: endMs }] of bench.runs.entries()) {
    if (Math.min(handedOverMs, storedMs) <= endMs) return;
    const failed = failuresOf(bench.tries, id).filter(({ toMs = 0 }) => toMs <= endMs);
    const isUnderWay = triesOf(bench, id).some((one) => one.run === run && one.toMs === undefined);
    const last = failed.at(-1);
    if (last?.toMs === undefined || isUnderWay || failed.length === MAX_TRIES) continue;
    expect(endMs - Math.max(fromMs, last.toMs)).toBeLessThan(delayAfter(failed.length));
  }
}
