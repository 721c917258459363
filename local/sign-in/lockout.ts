/**
 * Slows down who guesses passwords, by Cognito's own rule (its developer guide, "Lockout behavior for failed sign-in
 * attempts"): after five failures a second, then twice as long after each one, fifteen minutes at most. What comes
 * meanwhile is refused unseen, and does not count.
 */

export type Lockout = {
  /** How long this name has to wait; 0: it may try. */
  readonly waitMs: (name: string) => number;
  readonly failed: (name: string) => void;
  readonly succeeded: (name: string) => void;
};

const FREE_FAILURES = 5;
const MAX_LOCK_MS = 15 * 60_000;
/** Names of nobody count too, or a lock would tell who is somebody; the oldest goes. */
const MAX_NAMES = 10_000;

export function openLockout(nowMs: () => number): Lockout {
  const byName = new Map<string, { readonly failures: number; readonly lastAtMs: number }>();
  return {
    waitMs: (name) => {
      const { failures = 0, lastAtMs = 0 } = byName.get(name) ?? {};
      if (failures < FREE_FAILURES) return 0;
      const lockMs = Math.min(1000 * 2 ** (failures - FREE_FAILURES), MAX_LOCK_MS);
      return Math.max(0, lastAtMs + lockMs - nowMs());
    },
    failed: (name) => {
      const { failures = 0, lastAtMs = 0 } = byName.get(name) ?? {};
      const isFresh = nowMs() - lastAtMs > MAX_LOCK_MS;
      // Taken out and put back, so that the oldest stands first.
      byName.delete(name);
      const [oldest] = byName.keys();
      if (byName.size >= MAX_NAMES && oldest !== undefined) byName.delete(oldest);
      byName.set(name, { failures: isFresh ? 1 : failures + 1, lastAtMs: nowMs() });
    },
    succeeded: (name) => void byName.delete(name),
  };
}
