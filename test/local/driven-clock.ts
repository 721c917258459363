/** A clock that goes on only when a test says so: hours of waiting take no time, and always end in the same order. */
import type { Clock } from '../../local/clock.ts';

export type DrivenClock = Clock & {
  /** Goes on so far, and lets everybody who waited for a moment in between do what they waited to do. */
  readonly advance: (ms: number) => Promise<void>;
  /** Goes on from one awaited moment to the next until the promise is settled; rejects when nobody waits any more. */
  readonly until: <T>(promise: Promise<T>) => Promise<T>;
  /** The moments that are waited for, the next one first. */
  readonly awaitedMs: () => readonly number[];
};

type Waiter = { readonly atMs: number; readonly done: () => void };

// What is under way in between (a commit, a few promises) is done after so many turns.
const TURNS = 10;

export function drivenClock(startMs = Date.UTC(2026, 10, 23, 12)): DrivenClock {
  let nowMs = startMs;
  const waiters = new Set<Waiter>();

  async function settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  const next = (): Waiter | undefined => [...waiters].sort((a, b) => a.atMs - b.atMs)[0];

  function goTo(waiter: Waiter): void {
    nowMs = Math.max(nowMs, waiter.atMs);
    waiter.done();
  }

  return {
    nowMs: () => nowMs,
    elapsedMs: () => nowMs - startMs,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const waiter = {
          atMs: nowMs + ms,
          done: () => {
            waiters.delete(waiter);
            signal.removeEventListener('abort', waiter.done);
            resolve();
          },
        };
        waiters.add(waiter);
        signal.addEventListener('abort', waiter.done);
      }),
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      for (let waiter = next(); waiter !== undefined && waiter.atMs <= untilMs; waiter = next()) {
        goTo(waiter);
        await settle();
      }
      nowMs = untilMs;
      await settle();
    },
    until: async (promise) => {
      let isSettled = false;
      const noted = promise.finally(() => {
        isSettled = true;
      });
      noted.catch(() => undefined);
      for (;;) {
        await settle();
        if (isSettled) return noted;
        const waiter = next();
        if (waiter === undefined) throw new Error('nobody waits for any moment, and it is not settled');
        goTo(waiter);
      }
    },
    awaitedMs: () => [...waiters].map(({ atMs }) => atMs).sort((a, b) => a - b),
  };
}
