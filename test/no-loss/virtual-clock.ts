/** Time that passes when everybody waits for it: an hour in seconds. */
import type { Clock } from '../../local/clock.ts';

export type VirtualClock = Clock & {
  readonly wait: (delayMs: number) => Promise<void>;
  /** Begins work that is done beside the rest, and may wait for this clock, but not for other work. */
  readonly begin: (work: () => Promise<unknown>) => void;
  /** Resolves when all work is done, rejects with the first that failed. */
  readonly run: () => Promise<void>;
};

type Sleeper = { readonly atMs: number; readonly wake: () => void };

export function virtualClock(startMs: number): VirtualClock {
  const sleepers: Sleeper[] = [];
  const failures: unknown[] = [];
  let nowMs = startMs;
  // Who is awake works on real files meanwhile: time stands still until all of them wait or are done.
  let awake = 0;
  return {
    nowMs: () => nowMs,
    elapsedMs: () => nowMs - startMs,
    wait: (delayMs) => {
      awake -= 1;
      return new Promise((wake) => sleepers.push({ atMs: nowMs + delayMs, wake }));
    },
    begin: (work) => {
      awake += 1;
      void work()
        .catch((error: unknown) => failures.push(error))
        .finally(() => {
          awake -= 1;
        });
    },
    run: async () => {
      while (awake > 0 || sleepers.length > 0) {
        if (awake === 0) {
          sleepers.sort((a, b) => a.atMs - b.atMs);
          const next = sleepers.shift();
          nowMs = next?.atMs ?? nowMs;
          awake += 1;
          next?.wake();
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
