/** Sends rows through a door by their schedule, as fast as it answers, and counts what became of them. */
import type { Clock } from './clock.ts';
import type { Door, Receipt } from './door.ts';
import type { Schedule } from './replay-schedule.ts';
import { type Row, sampleText } from './telemetry-csv.ts';

export type Refused = { readonly line: number; readonly reason: string };

export type Played = {
  /** Handed to the door. */
  readonly sent: number;
  readonly acked: number;
  readonly refused: readonly Refused[];
  readonly refusedCount: number;
  readonly end: { readonly kind: 'done' } | { readonly kind: 'stopped' } | Extract<Receipt, { readonly kind: 'lost' }>;
};

export type PlayDeps = {
  readonly door: Door;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly onProgress: (counts: { readonly sent: number; readonly acked: number }) => void;
};

// Sleeps are cut, so that a machine that slept itself finds the schedule again.
const MAX_SLEEP_MS = 10_000;
const LAST_ANSWERS_MS = 5000;
const MAX_REFUSED_KEPT = 100;

export async function play(rows: readonly Row[], schedule: Schedule, deps: PlayDeps): Promise<Played> {
  const { door, clock, stop } = deps;
  const ended = new AbortController();
  const halt = AbortSignal.any([stop, ended.signal]);
  const refused: Refused[] = [];
  const counts = { sent: 0, acked: 0, refused: 0, waiting: 0 };
  let lost: Extract<Receipt, { readonly kind: 'lost' }> | undefined;
  let wake = (): void => {};
  halt.addEventListener('abort', () => wake(), { once: true });
  const nextAnswer = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  const settle = (batch: readonly Row[], receipt: Receipt): void => {
    counts.waiting--;
    if (receipt.kind === 'lost') {
      lost ??= receipt;
      ended.abort();
    } else {
      counts.acked += receipt.accepted;
      counts.refused += batch.length - receipt.accepted;
      const kept = receipt.refusals.slice(0, MAX_REFUSED_KEPT - refused.length);
      refused.push(...kept.map(({ sample, reason }) => ({ line: batch[sample]?.line ?? 0, reason })));
    }
    deps.onProgress(counts);
    wake();
  };

  while (counts.sent < rows.length && !halt.aborted) {
    const waitMs = schedule.dueMs(rows[counts.sent]?.atMs ?? 0) - clock.nowMs();
    if (waitMs > 0) await clock.sleepMs(Math.min(waitMs, MAX_SLEEP_MS), halt);
    else if (counts.waiting >= door.maxWaiting) await nextAnswer();
    else {
      const { batch, samples } = dueBatch(rows, counts.sent, schedule, deps);
      counts.sent += batch.length;
      counts.waiting++;
      void door.send(samples).then((receipt) => settle(batch, receipt));
    }
  }
  await Promise.race([allAnswered(), grace()]);
  ended.abort();
  return { sent: counts.sent, acked: counts.acked, refusedCount: counts.refused, refused, end: endOf() };

  async function allAnswered(): Promise<void> {
    while (counts.waiting > 0 && lost === undefined) await nextAnswer();
  }

  /** Somebody who stops a replay waits for the answers that are under way, but not for long. */
  async function grace(): Promise<void> {
    await aborted(stop);
    await clock.sleepMs(LAST_ANSWERS_MS, ended.signal);
  }

  function endOf(): Played['end'] {
    if (lost !== undefined) return lost;
    return counts.sent === rows.length && counts.waiting === 0 ? { kind: 'done' } : { kind: 'stopped' };
  }
}

/** The rows from `first` on that are due and fit into one `send`. */
function dueBatch(
  rows: readonly Row[],
  first: number,
  schedule: Schedule,
  { door, clock }: PlayDeps,
): { readonly batch: readonly Row[]; readonly samples: readonly string[] } {
  const nowMs = clock.nowMs();
  const samples: string[] = [];
  let bytes = 0;
  for (let i = first; samples.length < door.maxSamples; i++) {
    const row = rows[i];
    if (row === undefined || schedule.dueMs(row.atMs) > nowMs) break;
    const sample = sampleText(row, schedule.stampMs(row.atMs));
    bytes += Buffer.byteLength(sample) + 1;
    // A single row is bounded by its cells and always fits.
    if (bytes > door.maxBytes && samples.length > 0) break;
    samples.push(sample);
  }
  return { batch: rows.slice(first, first + samples.length), samples };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
