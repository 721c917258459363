/** Wrong secrets are answered late, and not many at once: guessing costs time here, and no memory. */
import { setTimeout as wait } from 'node:timers/promises';

/** Resolves after the pause; false, at once, when too many wait for theirs. */
export type SlowDown = () => Promise<boolean>;

const PAUSE_MS = 500;
const MAX_WAITING = 32;

export function slowDown({ pauseMs = PAUSE_MS, maxWaiting = MAX_WAITING } = {}): SlowDown {
  let waiting = 0;
  return async () => {
    if (waiting >= maxWaiting) return false;
    waiting += 1;
    await wait(pauseMs);
    waiting -= 1;
    return true;
  };
}
