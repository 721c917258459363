/** Time as queues and their pollers know it, so that a test can drive it. */

export type Clock = {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Since some moment of this process. Whoever sets the machine's clock changes nothing of it. */
  readonly elapsedMs: () => number;
  /** Resolves after so long, or as soon as it is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
};

// What setTimeout takes; who waits longer looks again.
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: Date.now,
  elapsedMs: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, MAX_TIMER_MS));
      signal.addEventListener('abort', done);
    }),
};
