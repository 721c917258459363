/** When to ask again. */

const HALF = 0.5;
const SLOWEST_MS = 30_000;
/** Without input for so long, nobody is taken to be there. */
export const AWAY_MS = 5 * 60_000;
const RETRY_MS = [1000, 2000, 5000, 10_000, 20_000, 30_000] as const;

export type Pace = { readonly periodS: number; readonly minPollSeconds: number; readonly idleMs: number };

/** Half of the battery's period: a new value is then at most half a period unseen. Slower once nobody is there. */
export function pollDelayMs({ periodS, minPollSeconds, idleMs }: Pace): number {
  const wantedMs = idleMs > AWAY_MS ? SLOWEST_MS : Math.min(periodS * HALF * 1000, SLOWEST_MS);
  return Math.max(wantedMs, minPollSeconds * 1000);
}

const QUIET_MS = 30_000;
const QUIET_AWAY_MS = 5 * 60_000;

/**
 * The chart, its table and the list of batteries, while nothing new is seen: for what arrives late or from elsewhere, and because
 * time moves on. What is new in the battery's values sets the chart's question off by itself.
 */
export function quietDelayMs({ minPollSeconds, idleMs }: Omit<Pace, 'periodS'>): number {
  return Math.max(idleMs > AWAY_MS ? QUIET_AWAY_MS : QUIET_MS, minPollSeconds * 1000);
}

const STATUS_MS = 30_000;
const STATUS_AWAY_MS = 5 * 60_000;
const STATUS_LOCAL_MS = 10_000;

/**
 * Each question about Amphora itself is requests to S3, SQS and the database, which AWS counts: a page that is left open for a
 * month asks so for cents, not dollars. At home nobody counts them, but a page on a wall need not keep the machine busy.
 */
export function statusDelayMs({
  isLocal,
  minPollSeconds,
  idleMs,
}: Omit<Pace, 'periodS'> & { readonly isLocal: boolean }): number {
  const [hereMs, awayMs] = isLocal ? [STATUS_LOCAL_MS, STATUS_MS] : [STATUS_MS, STATUS_AWAY_MS];
  return Math.max(idleMs > AWAY_MS ? awayMs : hereMs, minPollSeconds * 1000);
}

/** After so many failures in a row. */
export function retryDelayMs(failures: number): number {
  return RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? RETRY_MS[0];
}

export type Timers = {
  readonly nowMs: () => number;
  readonly isHidden: () => boolean;
  readonly setTimer: (run: () => void, delayMs: number) => number;
  readonly clearTimer: (timer: number) => void;
};

export type Asking = {
  /** At once, or right after the answer that is on its way. */
  readonly askNow: () => void;
  readonly stop: () => void;
};

/**
 * Asks, waits as long as the answer says, asks again; one question at a time. Delays run from question to question, so
 * that a slow answer does not slow the pace. While the page is hidden nothing is asked: `askNow` when it is seen again.
 */
export function keepAsking(ask: () => Promise<number>, { nowMs, isHidden, setTimer, clearTimer }: Timers): Asking {
  let timer: number | undefined;
  let isAsking = false;
  let isWanted = false;
  let isStopped = false;

  function askNow(): void {
    if (timer !== undefined) clearTimer(timer);
    timer = undefined;
    if (isStopped || isHidden()) return;
    if (isAsking) isWanted = true;
    else void once();
  }

  async function once(): Promise<void> {
    isAsking = true;
    isWanted = false;
    const askedAtMs = nowMs();
    const delayMs = await ask();
    isAsking = false;
    if (isStopped) return;
    if (isWanted) askNow();
    else timer = setTimer(askNow, Math.max(0, askedAtMs + delayMs - nowMs()));
  }

  return {
    askNow,
    stop: () => {
      isStopped = true;
      if (timer !== undefined) clearTimer(timer);
    },
  };
}

// Timers may run a moment early.
const EARLY_MS = 50;

export type News = {
  readonly isNew: () => boolean;
  /** After how long it is worth a question. */
  readonly dueInMs: () => number;
  readonly askNow: () => void;
};

/** Told of something new, however often, it is asked for once and as soon as it is due, unless it was asked for meanwhile. */
export function askWhenDue({ isNew, dueInMs, askNow }: News, { setTimer }: Pick<Timers, 'setTimer'>): () => void {
  let isWaiting = false;

  function wait(): void {
    if (isWaiting || !isNew()) return;
    isWaiting = true;
    setTimer(() => {
      isWaiting = false;
      if (dueInMs() > EARLY_MS) wait();
      else if (isNew()) askNow();
    }, dueInMs());
  }

  return wait;
}
