/** The real clock, for what waits on one. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Io } from './command.ts';

export type Clock = {
  readonly nowMs: () => number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  readonly sleepMs: (ms: number, signal: AbortSignal) => Promise<void>;
};

export const realClock = (io: Pick<Io, 'nowMs'>): Clock => ({
  nowMs: io.nowMs,
  sleepMs: (ms, signal) => pause(ms, undefined, { signal }).catch(() => undefined),
});
