/** Waiting on a condition, with a deadline, and with what was waited for in the error. */
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 5;
const PATIENCE_MS = 15_000;

/** What `look` gives, once it is neither undefined nor false. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadlineMs) throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}

/** The promise's value, or an error that says what did not come. */
export async function within<T>(what: string, promise: Promise<T>, patienceMs = PATIENCE_MS): Promise<T> {
  const timer = new AbortController();
  const late = pause(patienceMs, undefined, { signal: timer.signal }).then(
    () => {
      throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}
