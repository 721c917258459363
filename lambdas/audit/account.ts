/** What came of what a device sent, by the numbers of its runs. */
import { edgesOf, type Run, type Summary } from './runs.ts';
import type { Seen } from './seen.ts';

export type Account = {
  /** From a run's first stored number to its last: what it sent before and behind them nobody can know. */
  readonly sent: number;
  /** Of those, each once. */
  readonly stored: number;
  readonly missing: number;
  /** Stored samples beyond the first of a number. */
  readonly duplicated: number;
};

export function accountOf(run: Seen): Account {
  const { first, last } = edgesOf(run);
  const sent = run.stretches.length === 0 ? 0 : last - first + 1;
  const stored = run.stretches.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const duplicated = run.repeats.reduce((sum, { more }) => sum + more, 0);
  return { sent, stored, missing: sent - stored, duplicated };
}

export function totalOf(runs: readonly Seen[]): Account {
  const total = { sent: 0, stored: 0, missing: 0, duplicated: 0 };
  for (const { sent, stored, missing, duplicated } of runs.map(accountOf)) {
    total.sent += sent;
    total.stored += stored;
    total.missing += missing;
    total.duplicated += duplicated;
  }
  return total;
}

/** By time. */
export const runsIn = ({ named, unnamed }: Summary): readonly Run[] =>
  [...named, ...unnamed].sort((a, b) => a.firstAtMs - b.firstAtMs);

/** Whether a run is there from its start: devices count from 0 or 1 on. */
export const beginsAtStart = (run: Seen): boolean => edgesOf(run).first <= 1;
