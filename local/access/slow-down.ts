/** Wrong secrets are answered late, and few of one address at once: guessing costs time here, whoever else comes in meanwhile. */
import { setTimeout as wait } from 'node:timers/promises';

export type SlowDown = {
  /** False: so many wrong ones of this address wait already that nothing it brings is looked at. */
  readonly mayTry: (address: string) => boolean;
  /** Before the answer to a wrong one. */
  readonly pause: (address: string) => Promise<void>;
};

const PAUSE_MS = 500;
const MAX_WAITING = 8;

export function slowDown(pauseFor: (delayMs: number) => Promise<unknown> = (delayMs) => wait(delayMs)): SlowDown {
  const waiting = new Map<string, number>();
  const countOf = (address: string): number => waiting.get(address) ?? 0;
  return {
    mayTry: (address) => countOf(address) < MAX_WAITING,
    pause: async (address) => {
      waiting.set(address, countOf(address) + 1);
      await pauseFor(PAUSE_MS);
      const left = countOf(address) - 1;
      if (left === 0) waiting.delete(address);
      else waiting.set(address, left);
    },
  };
}
