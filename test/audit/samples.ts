/** Samples of devices as a store holds them, and what was done to them. */
import fc from 'fast-check';
import { type Account, totalOf } from '../../lambdas/audit/account.ts';
import type { Sample, Summary } from '../../lambdas/audit/runs.ts';
import { holesIn } from '../../lambdas/audit/seen.ts';

export const START_MS = Date.UTC(2026, 10, 23, 12);

export const sample = (atMs: number, seq: number, more: Partial<Sample> = {}): Sample => ({
  atMs: START_MS + atMs,
  nanos: 0,
  seq,
  isStamped: false,
  ...more,
});

/** So many samples of one run, a second apart. */
export const runOf = (count: number, { boot, firstSeq = 1, fromMs = 0 }: RunOptions = {}): readonly Sample[] =>
  Array.from({ length: count }, (_, i) => sample(fromMs + i * 1000, firstSeq + i, boot === undefined ? {} : { boot }));

type RunOptions = { readonly boot?: string; readonly firstSeq?: number; readonly fromMs?: number };

/** A device's history: runs one after the other, of which some samples were lost and some stand there twice. */
export type History = {
  readonly samples: readonly Sample[];
  readonly runs: number;
  /** `<run> <seq>`. */
  readonly deleted: readonly string[];
  readonly repeated: readonly string[];
};

// Of shorter ones the next begins with no lower number.
const MIN_UNNAMED = 3;

type RunPlan = {
  readonly count: number;
  readonly firstSeq: 0 | 1;
  readonly deleted: readonly number[];
  readonly repeated: readonly number[];
};

/** Neither the first nor the last: what is lost there nobody can know. */
const arbPlan = (min: number): fc.Arbitrary<RunPlan> =>
  fc.integer({ min, max: 40 }).chain((count) =>
    fc
      .record({
        count: fc.constant(count),
        firstSeq: fc.constantFrom(0 as const, 1 as const),
        marks: fc.array(fc.constantFrom('kept', 'kept', 'kept', 'deleted', 'repeated'), {
          minLength: count,
          maxLength: count,
        }),
      })
      .map(({ marks, ...plan }) => {
        const marked = (mark: string): readonly number[] =>
          marks.flatMap((one, i) => (one === mark && i > 0 && i < count - 1 ? [i] : []));
        return { ...plan, deleted: marked('deleted'), repeated: marked('repeated') };
      }),
  );

/** `isNamed`: the device sends `boot`. A repeat comes a millisecond later, or in the same one with another content. */
export const arbHistory = (isNamed: boolean): fc.Arbitrary<History> =>
  fc
    .tuple(fc.array(arbPlan(isNamed ? 1 : MIN_UNNAMED), { minLength: 1, maxLength: 5 }), fc.constantFrom(0, 1))
    .map(([plans, laterMs]) => {
      const history = {
        samples: Array.of<Sample>(),
        runs: plans.length,
        deleted: Array.of<string>(),
        repeated: Array.of<string>(),
      };
      let atMs = 0;
      for (const [run, { count, firstSeq, deleted, repeated }] of plans.entries()) {
        for (let i = 0; i < count; i++, atMs += 1000) {
          const seq = firstSeq + i;
          const boot = isNamed ? { boot: `boot ${run}` } : {};
          if (deleted.includes(i)) history.deleted.push(`${run} ${seq}`);
          else history.samples.push(sample(atMs, seq, boot));
          if (repeated.includes(i)) {
            history.repeated.push(`${run} ${seq}`);
            history.samples.push(sample(atMs + laterMs, seq, { ...boot, nanos: 7 }));
          }
        }
      }
      return history;
    });

/** In any order. */
export const shuffled = (samples: readonly Sample[]): fc.Arbitrary<readonly Sample[]> =>
  fc.shuffledSubarray([...samples], { minLength: samples.length });

export type Found = {
  readonly runs: number;
  readonly deleted: readonly string[];
  readonly repeated: readonly string[];
};

/** What a summary says was lost and is there twice, in the words of a history; its runs are those of the time's order. */
export function foundIn({ named, unnamed }: Summary): Found {
  const runs = [...named, ...unnamed].toSorted((a, b) => a.firstAtMs - b.firstAtMs);
  return {
    runs: runs.length,
    deleted: runs.flatMap(({ stretches }, run) =>
      holesIn(stretches).flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, i) => `${run} ${from + i}`),
      ),
    ),
    repeated: runs.flatMap(({ repeats }, run) =>
      repeats.flatMap(({ seq, more }) => Array.from({ length: more }, () => `${run} ${seq}`)),
    ),
  };
}

export const accountIn = ({ named, unnamed }: Summary): Account => totalOf([...named, ...unnamed]);
