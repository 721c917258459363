import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runsIn, totalOf } from '../../lambdas/audit/account.ts';
import { auditAnswer, readAnswer } from '../../lambdas/audit/audit-answer.ts';
import { auditRange } from '../../lambdas/audit/audit-range.ts';
import { joined, NOTHING, type Sample, type Summary, summaryOf } from '../../lambdas/audit/runs.ts';
import { type SqliteStore, sqliteStore } from '../../lambdas/store/sqlite.ts';
import type { Point } from '../../lambdas/store/store.ts';
import { point } from '../store/arbitraries.ts';
import { accountIn, arbHistory, foundIn, runOf, START_MS, sample } from './samples.ts';

const DAY_MS = 86_400_000;
const range = { fromMs: START_MS, toMs: START_MS + DAY_MS };
const BATCH = 5_000;

const asPoint = (battery: string, { atMs, nanos, seq, boot, isStamped }: Sample): Point =>
  point(
    battery,
    atMs,
    {
      voltage: 52,
      ...(seq === undefined ? {} : { seq }),
      ...(boot === undefined ? {} : { boot }),
      ...(isStamped ? { received: 1 } : {}),
    },
    { nanos },
  );

/** Stopped, so that only what fills an answer ends a part. */
const nowMs = (): number => 0;
/** So much later at each look at it. */
const ticking = (stepMs: number) => {
  let atMs = 0;
  return (): number => (atMs += stepMs);
};

describe('the audit of a range', () => {
  let store: SqliteStore;
  let batteries = 0;
  beforeAll(() => {
    store = sqliteStore({ file: ':memory:' });
  });
  afterAll(() => store.close());

  async function stored(samples: readonly Sample[]): Promise<string> {
    const battery = `b${(batteries += 1)}`;
    for (let i = 0; i < samples.length; i += BATCH) {
      await store.append(samples.slice(i, i + BATCH).map((one) => asPoint(battery, one)));
    }
    return battery;
  }

  /** As ./amphora audit does it, over the very text of the answers. */
  async function inParts(
    battery: string,
    clock: () => number,
  ): Promise<{ readonly summary: Summary; readonly parts: number }> {
    let summary = NOTHING;
    let parts = 0;
    for (let fromMs: number | undefined = range.fromMs; fromMs !== undefined; ) {
      const asked = { battery, fromMs, toMs: range.toMs };
      const text = JSON.stringify(auditAnswer(asked, await auditRange({ store, nowMs: clock })(asked)));
      const answer = readAnswer(JSON.parse(text));
      if (answer === undefined) throw new Error(`no answer: ${text.slice(0, 200)}`);
      expect(answer.nextMs ?? range.toMs).toBeGreaterThan(fromMs);
      summary = joined(summary, answer.summary);
      parts += 1;
      fromMs = answer.nextMs;
    }
    return { summary, parts };
  }

  test('finds exactly what was deleted and what stands there twice, and the answer tells all of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean().chain(arbHistory), async ({ samples, ...planted }) => {
        const { summary, parts } = await inParts(await stored(samples), nowMs);
        expect(parts).toBe(1);
        expect(summary).toEqual(summaryOf(samples));
        expect(foundIn(summary)).toEqual(planted);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('a long range is answered in parts, each within its time, that join to the same', async () => {
    const samples = runOf(30_000, { boot: 'b' }).filter(({ seq = 0 }) => seq % 7001 !== 0);
    const battery = await stored(samples);
    // Two pages of 5 000, and the time of a call is over.
    const { summary, parts } = await inParts(battery, ticking(6_000));
    expect(parts).toBe(4);
    expect(foundIn(summary).deleted).toEqual([7001, 14_002, 21_003, 28_004].map((seq) => `0 ${seq}`));
    expect(accountIn(summary)).toEqual({ sent: 30_000, stored: 29_996, missing: 4, duplicated: 0 });
  });

  test('a run of thousands of holes is answered in parts that have room for them', async () => {
    const battery = await stored(runOf(26_000, { boot: 'b' }).filter(({ seq = 0 }) => seq % 2 === 1));
    const asked = { battery, ...range };
    const part = await auditRange({ store, nowMs })(asked);
    expect(part.untilMs).toBeLessThan(range.toMs);
    expect(JSON.stringify(auditAnswer(asked, part)).length).toBeLessThan(1_000_000);
    const { summary, parts } = await inParts(battery, nowMs);
    expect(parts).toBeGreaterThan(1);
    expect(accountIn(summary)).toEqual({ sent: 25_999, stored: 13_000, missing: 12_999, duplicated: 0 });
  });

  test('a millisecond is never cut in two, however many samples are in it', async () => {
    const samples = Array.from({ length: 12_000 }, (_, i) => sample(i < 11_000 ? 5 : 6, 12_000 - i, { nanos: i }));
    const { summary } = await inParts(await stored(samples), ticking(20_000));
    expect(summary).toEqual(summaryOf(samples));
    expect(summary.unnamed).toHaveLength(2);
  });

  test('seq and boot of somebody who does not keep to the schema are none', async () => {
    const battery = `b${(batteries += 1)}`;
    const fields = [{ seq: 1.5 }, { seq: -1 }, { seq: 2 ** 60 }, { seq: 3, boot: '' }, { boot: 'x' }];
    await store.append(fields.map((one, i) => point(battery, START_MS + i, one)));
    const { summary } = await inParts(battery, nowMs);
    expect(summary).toMatchObject({ withoutSeq: 4, named: [], unnamed: [{ stretches: [{ from: 3, to: 3 }] }] });
  });

  test('an empty range and an unknown battery have no run', async () => {
    const battery = await stored(runOf(3));
    for (const asked of [
      { battery: 'nobody', ...range },
      { battery, fromMs: range.toMs, toMs: range.toMs + 1 },
    ]) {
      const part = await auditRange({ store, nowMs })(asked);
      expect(part).toEqual({ summary: NOTHING, untilMs: asked.toMs });
      expect(totalOf(runsIn(part.summary))).toEqual({ sent: 0, stored: 0, missing: 0, duplicated: 0 });
    }
  });
});

describe('the answer', () => {
  const whole = { runs: [], withoutSeq: 0, stamped: 0 };
  const run = { firstAt: '2026-11-23T12:00:00.000Z', lastAt: '2026-11-23T12:00:00.000Z', present: [], repeated: [] };

  test('of nothing is a summary of nothing', () => {
    expect(readAnswer(whole)).toEqual({ summary: NOTHING });
  });

  test.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['a text', 'runs'],
    ['a list', []],
    ['no runs', { ...whole, runs: undefined }],
    ['no count', { ...whole, stamped: -1 }],
    ['a next that is no time', { ...whole, next: 'soon' }],
    ['a run that is none', { ...whole, runs: [null] }],
    ['a run without a time', { ...whole, runs: [{ ...run, lastAt: 7 }] }],
    ['a boot that is a number', { ...whole, runs: [{ ...run, boot: 7 }] }],
    ['a stretch of three numbers', { ...whole, runs: [{ ...run, present: [[1, 2, 3]] }] }],
    ['a stretch with a text', { ...whole, runs: [{ ...run, present: [[1, 2, 3, '4']] }] }],
    ['a repeat that is none', { ...whole, runs: [{ ...run, repeated: [7] }] }],
  ])('of something else is none: %s', (_what, body) => {
    expect(readAnswer(body)).toBeUndefined();
  });
});
