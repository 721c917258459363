/** How far a live value can be believed: its age against the battery's own period. */

export type Quality = 'live' | 'late' | 'stale' | 'never';

// A period is told in one of these, rounded up, so that jitter does not move it.
const PERIODS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600] as const;
const LONGEST_PERIOD_S = 3600;
const UNKNOWN_PERIOD_S = 60;
const MIN_STEPS = 10;

/** How many of the newest sample times `periodS` wants to see. */
export const PERIOD_SAMPLES = 100;

/** The battery's period in seconds: the median positive step of its newest sample times, rounded up. */
export function periodS(timesMs: readonly number[]): number {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const stepsMs = sorted
    .slice(1)
    .map((atMs, i) => atMs - (sorted[i] ?? atMs))
    .filter((stepMs) => stepMs > 0)
    .sort((a, b) => a - b);
  if (stepsMs.length < MIN_STEPS) return UNKNOWN_PERIOD_S;
  const middle = stepsMs.length / 2;
  const medianMs = ((stepsMs[Math.ceil(middle) - 1] ?? 0) + (stepsMs[Math.floor(middle)] ?? 0)) / 2;
  return PERIODS_S.find((candidate) => candidate * 1000 >= medianMs) ?? LONGEST_PERIOD_S;
}

export function qualityOf(ageMs: number, periodSeconds: number): Quality {
  if (ageMs <= Math.max(2 * periodSeconds, 5) * 1000) return 'live';
  return ageMs <= Math.max(6 * periodSeconds, 60) * 1000 ? 'late' : 'stale';
}
