/**
 * How far a shown value can be believed, judged again between two answers: the age the server gave, plus the time
 * that has passed here since. The device's own clock is never compared with the server's.
 */
import type { Quality as ApiQuality } from '../lambdas/telemetry/quality.ts';

/** Of a value that exists. 'live' is the best. */
export type Quality = Exclude<ApiQuality, 'never'>;

const RANK = { live: 0, late: 1, stale: 2 } as const;

/** The server's rule (lambdas/telemetry/quality.ts; a test holds the two together). */
export function qualityOf(ageMs: number, periodS: number): Quality {
  if (ageMs <= Math.max(2 * periodS, 5) * 1000) return 'live';
  return ageMs <= Math.max(6 * periodS, 60) * 1000 ? 'late' : 'stale';
}

export type Judged = { readonly ageMs: number; readonly quality: Quality };

/** A value grows old while nobody answers, and never younger or better than the server said. */
export function judgeAgain(answered: Judged, elapsedMs: number, periodS: number): Judged {
  const ageMs = answered.ageMs + Math.max(0, elapsedMs);
  const now = qualityOf(ageMs, periodS);
  return { ageMs, quality: RANK[now] > RANK[answered.quality] ? now : answered.quality };
}

/**
 * Milliseconds that never run backwards and do not stop while the device sleeps: the monotonic clock, moved on
 * whenever the wall clock ran far ahead of it. Too old is honest, too young is not.
 */
export function sleepProofClock(monotonicMs: () => number, wallMs: () => number): () => number {
  const SLEPT_MS = 2000;
  let lastMonotonicMs = monotonicMs();
  let lastWallMs = wallMs();
  let sleptMs = 0;
  return () => {
    const monotonic = monotonicMs();
    const wall = wallMs();
    const ahead = wall - lastWallMs - (monotonic - lastMonotonicMs);
    if (ahead > SLEPT_MS) sleptMs += ahead;
    lastMonotonicMs = monotonic;
    lastWallMs = wall;
    return monotonic + sleptMs;
  };
}
