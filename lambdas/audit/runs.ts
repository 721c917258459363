/**
 * The runs of a device, as far as its stored samples tell: from one start of it to the next, each with a running number of
 * its own. `boot` names a run, in whatever order and with whatever times its samples come. Where a sample has none, a lower
 * number with a newer time begins a run (telemetry.md): a device whose clock may go back must send `boot`.
 */
import { type Seen, seenIn, together } from './seen.ts';

/** What is asked of a stored sample. */
export type Sample = {
  readonly atMs: number;
  readonly nanos: number;
  readonly seq?: number;
  readonly boot?: string;
  /** Its time is that of its receipt: sent again it is another sample. */
  readonly isStamped: boolean;
};

export type Run = Seen & {
  /** Absent: the device names none. */
  readonly boot?: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
};

/** Everything that a stretch of time says; small, and joined with that of the next one. */
export type Summary = {
  /** By name. */
  readonly named: readonly Run[];
  /** In the order of time. */
  readonly unnamed: readonly Run[];
  /** Samples without a running number, which nobody can account for. */
  readonly withoutSeq: number;
  /** Samples that have no time of their own. */
  readonly stamped: number;
};

export const NOTHING: Summary = { named: [], unnamed: [], withoutSeq: 0, stamped: 0 };

type NumberedSample = Sample & { readonly seq: number };

/** Samples in any order. The same one twice, which is the same point time, is one. */
export function summaryOf(samples: readonly Sample[]): Summary {
  const distinct = [...new Map(samples.map((sample) => [`${sample.atMs}.${sample.nanos}`, sample])).values()];
  const numbered = distinct.filter((sample): sample is NumberedSample => sample.seq !== undefined);
  const samplesByBoot = Map.groupBy(numbered, ({ boot }) => boot);
  const unnamed = samplesByBoot.get(undefined) ?? [];
  const named = [...samplesByBoot].flatMap(([boot, own]) => (boot === undefined ? [] : [{ boot, ...runOf(own) }]));
  return {
    named: named.sort(byBoot),
    unnamed: startsIn(unnamed).map(runOf),
    withoutSeq: distinct.length - numbered.length,
    stamped: distinct.filter(({ isStamped }) => isStamped).length,
  };
}

/** Of two stretches of time that follow one another, and of which no millisecond is in both. */
export function joined(earlier: Summary, later: Summary): Summary {
  const runByBoot = new Map(earlier.named.map((run) => [run.boot, run]));
  for (const run of later.named) {
    const known = runByBoot.get(run.boot);
    runByBoot.set(run.boot, known === undefined ? run : oneRun(known, run));
  }
  return {
    named: [...runByBoot.values()].sort(byBoot),
    unnamed: chained(earlier.unnamed, later.unnamed),
    withoutSeq: earlier.withoutSeq + later.withoutSeq,
    stamped: earlier.stamped + later.stamped,
  };
}

/** The least and the greatest number of a run. */
export function edgesOf({ stretches }: Seen): { readonly first: number; readonly last: number } {
  return { first: stretches[0]?.from ?? 0, last: stretches.at(-1)?.to ?? 0 };
}

// Of one millisecond nothing says which came first: there the numbers do, so that none of them begins a run.
function startsIn(samples: readonly NumberedSample[]): readonly (readonly NumberedSample[])[] {
  const runs: NumberedSample[][] = [];
  for (const sample of samples.toSorted((a, b) => a.atMs - b.atMs || a.seq - b.seq)) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (run === undefined || before === undefined || sample.seq < before.seq) runs.push([sample]);
    else run.push(sample);
  }
  return runs;
}

function chained(earlier: readonly Run[], later: readonly Run[]): readonly Run[] {
  const [before, next] = [earlier.at(-1), later[0]];
  if (before === undefined || next === undefined || edgesOf(next).first < edgesOf(before).last) {
    return [...earlier, ...later];
  }
  return [...earlier.slice(0, -1), oneRun(before, next), ...later.slice(1)];
}

function runOf(samples: readonly NumberedSample[]): Run {
  let [firstAtMs, lastAtMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { atMs } of samples) {
    firstAtMs = Math.min(firstAtMs, atMs);
    lastAtMs = Math.max(lastAtMs, atMs);
  }
  return { firstAtMs, lastAtMs, ...seenIn(samples) };
}

const oneRun = (a: Run, b: Run): Run => ({
  ...a,
  firstAtMs: Math.min(a.firstAtMs, b.firstAtMs),
  lastAtMs: Math.max(a.lastAtMs, b.lastAtMs),
  ...together(a, b),
});

const byBoot = (a: Run, b: Run): number => ((a.boot ?? '') < (b.boot ?? '') ? -1 : 1);
