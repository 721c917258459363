/** Time that moves only when told to, for what the page does by the clock. */
import type { Timers } from '../../dashboard/poll.ts';

export type FakeTimers = {
  readonly timers: Timers;
  readonly page: { isHidden: boolean };
  /** Lets promises settle in between, as a browser would. */
  readonly pass: (ms: number) => Promise<void>;
};

export function fakeTimers(): FakeTimers {
  let nowMs = 0;
  let nextId = 1;
  const due = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  const page = { isHidden: false };
  const timers: Timers = {
    nowMs: () => nowMs,
    isHidden: () => page.isHidden,
    setTimer: (run, delayMs) => {
      due.set(nextId, { atMs: nowMs + delayMs, run });
      nextId += 1;
      return nextId - 1;
    },
    clearTimer: (timer) => void due.delete(timer),
  };
  async function pass(ms: number): Promise<void> {
    const untilMs = nowMs + ms;
    for (;;) {
      await settle();
      const next = [...due].filter(([, { atMs }]) => atMs <= untilMs).sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      due.delete(next[0]);
      nowMs = next[1].atMs;
      next[1].run();
    }
    nowMs = untilMs;
  }
  return { timers, page, pass };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
