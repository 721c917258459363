import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { beginsAtStart, runsIn } from '../../lambdas/audit/account.ts';
import { joined, NOTHING, type Sample, type Summary, summaryOf } from '../../lambdas/audit/runs.ts';
import { holesIn } from '../../lambdas/audit/seen.ts';
import { accountIn, arbHistory, foundIn, runOf, START_MS, sample, shuffled } from './samples.ts';

const arbNamed = fc.boolean();
const arbHistories = arbNamed.chain(arbHistory);

/** Anything that a store may hold: few numbers, few times, so that they meet. */
const arbWild: fc.Arbitrary<readonly Sample[]> = fc.uniqueArray(
  fc
    .record(
      {
        atMs: fc.integer({ min: 0, max: 12 }),
        nanos: fc.integer({ min: 0, max: 2 }),
        seq: fc.integer({ min: 0, max: 9 }),
        boot: fc.constantFrom('a', 'b', '__proto__'),
        isStamped: fc.boolean(),
      },
      { requiredKeys: ['atMs', 'nanos', 'isStamped'] },
    )
    .map(({ atMs, ...rest }) => ({ atMs: START_MS + atMs, ...rest })),
  { maxLength: 30, selector: ({ atMs, nanos }) => `${atMs}.${nanos}` },
);

/** The samples of [.., cuts[0]), [cuts[0], cuts[1]), … summed up each for itself, and joined. */
function inParts(samples: readonly Sample[], cuts: readonly number[]): Summary {
  const edges = [Number.NEGATIVE_INFINITY, ...cuts.toSorted((a, b) => a - b), Number.POSITIVE_INFINITY];
  return edges
    .slice(1)
    .map((to, i) => samples.filter(({ atMs }) => atMs >= (edges[i] ?? to) && atMs < to))
    .map(summaryOf)
    .reduce(joined, NOTHING);
}

describe('the runs of a device', () => {
  test('what was deleted and what stands there twice is found exactly, in every run', () => {
    fc.assert(
      fc.property(arbHistories, ({ samples, runs, deleted, repeated }) => {
        const summary = summaryOf(samples);
        expect(foundIn(summary)).toEqual({ runs, deleted, repeated });
        expect(accountIn(summary)).toEqual({
          sent: samples.length - repeated.length + deleted.length,
          stored: samples.length - repeated.length,
          missing: deleted.length,
          duplicated: repeated.length,
        });
      }),
      { numRuns: 300 },
    );
  });

  test('the order of arrival changes nothing', () => {
    fc.assert(
      fc.property(
        fc
          .oneof(
            arbWild,
            arbHistories.map(({ samples }) => samples),
          )
          .chain((samples) => fc.tuple(fc.constant(samples), shuffled(samples))),
        ([samples, arrived]) => expect(summaryOf(arrived)).toEqual(summaryOf(samples)),
      ),
      { numRuns: 300 },
    );
  });

  test('split anywhere in time and joined again, it is the same', () => {
    const arbCuts = fc.array(fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 200_000 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          arbWild,
          arbHistories.map(({ samples }) => samples),
        ),
        arbCuts,
        (samples, cuts) =>
          expect(
            inParts(
              samples,
              cuts.map((ms) => START_MS + ms),
            ),
          ).toEqual(summaryOf(samples)),
      ),
      { numRuns: 500 },
    );
  });

  test('it does not matter which of the parts are joined first', () => {
    fc.assert(
      fc.property(arbWild, fc.tuple(fc.nat(12), fc.nat(12)), (samples, pair) => {
        const [first = 0, second = 0] = pair.map((ms) => START_MS + ms).toSorted((a, b) => a - b);
        const a = summaryOf(samples.filter(({ atMs }) => atMs < first));
        const b = summaryOf(samples.filter(({ atMs }) => atMs >= first && atMs < second));
        const c = summaryOf(samples.filter(({ atMs }) => atMs >= second));
        expect(joined(joined(a, b), c)).toEqual(joined(a, joined(b, c)));
      }),
      { numRuns: 300 },
    );
  });

  test('the same sample twice is one point, and no duplicate', () => {
    const samples = runOf(5);
    expect(summaryOf([...samples, ...samples])).toEqual(summaryOf(samples));
  });

  test('one number with two times is a duplicate, and so is one with two contents', () => {
    const samples = [
      ...runOf(5, { boot: 'b' }),
      sample(60_000, 2, { boot: 'b' }),
      sample(3000, 4, { boot: 'b', nanos: 1 }),
    ];
    expect(foundIn(summaryOf(samples))).toEqual({ runs: 1, deleted: [], repeated: ['0 2', '0 4'] });
  });

  test('a number that stands there four times is three duplicates', () => {
    const samples = [0, 1, 2, 3].map((nanos) => sample(0, 7, { boot: 'b', nanos }));
    expect(accountIn(summaryOf(samples))).toEqual({ sent: 1, stored: 1, missing: 0, duplicated: 3 });
  });

  test('two boots are two runs, though their numbers are the same', () => {
    const summary = summaryOf([...runOf(50, { boot: 'a' }), ...runOf(30, { boot: 'b', fromMs: 60_000 })]);
    expect(foundIn(summary)).toEqual({ runs: 2, deleted: [], repeated: [] });
    expect(accountIn(summary)).toEqual({ sent: 80, stored: 80, missing: 0, duplicated: 0 });
  });

  test('with boot, a clock that jumps back changes nothing', () => {
    const samples = [...runOf(50, { boot: 'a' }), ...runOf(50, { boot: 'a', firstSeq: 51, fromMs: 20_000 - 300 })];
    expect(foundIn(summaryOf(samples))).toEqual({ runs: 1, deleted: [], repeated: [] });
  });

  test('without boot, a clock that jumps back is taken for restarts, and never for a full account', () => {
    const summary = summaryOf([...runOf(50), ...runOf(50, { firstSeq: 51, fromMs: 20_000 - 300 })]);
    expect(summary.unnamed.length).toBeGreaterThan(1);
    expect(accountIn(summary).missing).toBeGreaterThan(0);
  });

  test('without boot, a lower number with a newer time begins a run', () => {
    const summary = summaryOf([...runOf(50), ...runOf(30, { fromMs: 60_000 })]);
    expect(summary.unnamed.map(({ stretches }) => stretches.map(({ from, to }) => [from, to]))).toEqual([
      [[1, 50]],
      [[1, 30]],
    ]);
  });

  test('without boot, samples of one millisecond begin no run, whichever the store names first', () => {
    const samples = [sample(0, 1), sample(1, 3, { nanos: 5 }), sample(1, 2, { nanos: 9 }), sample(2, 4)];
    expect(foundIn(summaryOf(samples))).toEqual({ runs: 1, deleted: [], repeated: [] });
  });

  test('a hole tells the times of the two samples round it', () => {
    const [run] = summaryOf(runOf(9).filter(({ seq }) => seq !== 4 && seq !== 5)).unnamed;
    expect(holesIn(run?.stretches ?? [])).toEqual([
      { from: 4, to: 5, afterMs: START_MS + 2000, beforeMs: START_MS + 5000 },
    ]);
  });

  test('a run that the range cuts counts only what lies in it, and only one from 0 or 1 on is known from its start', () => {
    const all = runOf(100, { boot: 'b' });
    const inside = summaryOf(all.slice(40, 60));
    expect(accountIn(inside)).toEqual({ sent: 20, stored: 20, missing: 0, duplicated: 0 });
    const known = [all, all.slice(1), all.slice(40), runOf(3, { boot: 'b', firstSeq: 0 })].map((samples) =>
      runsIn(summaryOf(samples)).map(beginsAtStart),
    );
    expect(known).toEqual([[true], [false], [false], [true]]);
  });

  test('samples without a number are counted, and nothing is said of them', () => {
    const { seq: _, ...without } = sample(500, 0);
    const summary = summaryOf([...runOf(3), without, { ...without, nanos: 1, isStamped: true }]);
    expect(summary).toMatchObject({ withoutSeq: 2, stamped: 1 });
    expect(accountIn(summary)).toEqual({ sent: 3, stored: 3, missing: 0, duplicated: 0 });
  });

  test('of nothing there is nothing', () => {
    expect(summaryOf([])).toEqual(NOTHING);
    expect(accountIn(NOTHING)).toEqual({ sent: 0, stored: 0, missing: 0, duplicated: 0 });
  });

  test('a million samples in pages of 5 000 are one stretch for each hole and no more', () => {
    const COUNT = 1_000_000;
    const PAGE = 5_000;
    const lost = new Set([17, 4_999, 5_000, 123_456, 999_998]);
    let summary = NOTHING;
    for (let first = 0; first < COUNT; first += PAGE) {
      const page = Array.from({ length: PAGE }, (_, i) => sample((first + i) * 10, first + i, { boot: 'b' }));
      summary = joined(summary, summaryOf(page.filter(({ seq }) => !lost.has(seq ?? 0))));
    }
    expect(foundIn(summary).deleted).toEqual([...lost].map((seq) => `0 ${seq}`));
    expect(summary.named.map(({ stretches, repeats }) => [stretches.length, repeats.length])).toEqual([[5, 0]]);
    expect(accountIn(summary)).toEqual({ sent: COUNT, stored: COUNT - 5, missing: 5, duplicated: 0 });
  });
});
