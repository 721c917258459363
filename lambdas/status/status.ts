/**
 * How it goes, in one answer: what is stored, what waits, what failed, what is in quarantine, and whether the database answers.
 * A part that cannot be told is left out, with the reason why, and the others are told: a page asks this just when something
 * is wrong.
 */
import { DEMO_BATTERY } from '../batteries/battery.ts';
import { AmphoraError } from '../failures/amphora-error.ts';

export type StatusPart = 'stored' | 'waiting' | 'failed' | 'quarantined' | 'database';

export type Status = {
  /** Milliseconds since 1970. */
  readonly asOfMs: number;
  /** Readings of the last minute by the time they were measured, the simulated battery left out: so many at least. */
  readonly stored?: { readonly readings: number; readonly overS: number; readonly perS: number };
  /** Messages that were accepted and are not yet stored. Left out, without a reason, where nobody counts them. */
  readonly waiting?: { readonly messages: number };
  /** Messages in the failure queues. */
  readonly failed?: { readonly messages: number };
  /** Records. */
  readonly quarantined?: { readonly count: number; readonly atLeast: boolean };
  /** Whether it answers what it is asked, and if not, why. */
  readonly database?: { readonly reachable: boolean; readonly reason?: string };
  /** Why a part is left out. */
  readonly unknown: Readonly<Partial<Record<StatusPart, string>>>;
};

type Depth = { readonly waiting: number; readonly inFlight: number };

export type StatusDeps = {
  /** Of the store: readings by battery. */
  readonly counts: (range: { readonly fromMs: number; readonly toMs: number }) => Promise<ReadonlyMap<string, number>>;
  readonly quarantined: () => Promise<{ readonly count: number; readonly isAtLeast: boolean }>;
  /** Of each failure queue. */
  readonly failed: () => Promise<readonly Depth[]>;
  /** Of the queue before the writer; undefined: there is none. */
  readonly waiting: (() => Promise<Depth>) | undefined;
  readonly nowMs: () => number;
  readonly wait: (delayMs: number) => Promise<unknown>;
  /** Told of what has no sentence of its own. */
  readonly tellUnexpected: (part: StatusPart, error: unknown) => void;
};

export const OVER_S = 60;
/** A silent part is given up then, so that the answer comes within three seconds. */
export const PATIENCE_MS = 2_500;
// Other failures say that the question could not even be put: of the database nothing is known then.
const DATABASE_AWAY = ['store-unavailable', 'store-refused'];

export function readStatus(deps: StatusDeps) {
  return async (): Promise<Status> => {
    const asOfMs = deps.nowMs();
    const late = deps.wait(PATIENCE_MS).then(() => ({ ok: false, error: LATE }) as const);
    const told = <T>(part: StatusPart, ask: () => Promise<T>): Promise<Told<T>> => tell(deps, part, ask, late);
    const [counts, quarantined, failed, waiting] = await Promise.all([
      told('stored', () => deps.counts({ fromMs: asOfMs - OVER_S * 1_000, toMs: asOfMs })),
      told('quarantined', deps.quarantined),
      told('failed', deps.failed),
      deps.waiting === undefined ? undefined : told('waiting', deps.waiting),
    ]);
    const database = databaseOf(counts);
    return {
      asOfMs,
      ...(counts.ok ? { stored: storedOf(counts.value) } : {}),
      ...(waiting?.ok === true ? { waiting: { messages: messagesIn([waiting.value]) } } : {}),
      ...(failed.ok ? { failed: { messages: messagesIn(failed.value) } } : {}),
      ...(quarantined.ok
        ? { quarantined: { count: quarantined.value.count, atLeast: quarantined.value.isAtLeast } }
        : {}),
      ...(database === undefined ? {} : { database }),
      unknown: {
        ...reasonOf('stored', counts),
        ...reasonOf('waiting', waiting),
        ...reasonOf('failed', failed),
        ...reasonOf('quarantined', quarantined),
        ...(database === undefined ? reasonOf('database', counts) : {}),
      },
    };
  };
}

type Told<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string; readonly isDatabaseAway: boolean };
type Failed = { readonly ok: false; readonly error: unknown };

const LATE = Symbol('late');

async function tell<T>(
  { tellUnexpected }: StatusDeps,
  part: StatusPart,
  ask: () => Promise<T>,
  late: Promise<Failed>,
): Promise<Told<T>> {
  const answer = ask().then(
    (value) => ({ ok: true, value }) as const,
    (error: unknown): Failed => ({ ok: false, error }),
  );
  const first = await Promise.race([answer, late]);
  if (first.ok) return first;
  const { error } = first;
  if (error === LATE)
    return { ok: false, reason: `it took longer than ${PATIENCE_MS / 1_000} s to find out`, isDatabaseAway: false };
  if (error instanceof AmphoraError)
    return { ok: false, reason: error.message, isDatabaseAway: DATABASE_AWAY.includes(error.code) };
  tellUnexpected(part, error);
  return { ok: false, reason: 'it could not be found out; the log says why', isDatabaseAway: false };
}

function databaseOf(counts: Told<unknown>): Status['database'] {
  if (counts.ok) return { reachable: true };
  return counts.isDatabaseAway ? { reachable: false, reason: counts.reason } : undefined;
}

function storedOf(counts: ReadonlyMap<string, number>): NonNullable<Status['stored']> {
  const real = [...counts].filter(([battery]) => battery !== DEMO_BATTERY);
  const readings = real.reduce((sum, [, count]) => sum + count, 0);
  return { readings, overS: OVER_S, perS: readings / OVER_S };
}

// What somebody has in hand is not done: in an outage that is what was given back, and is hidden until it is tried again.
const messagesIn = (depths: readonly Depth[]): number =>
  depths.reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0);

function reasonOf(part: StatusPart, told: Told<unknown> | undefined): Status['unknown'] {
  return told === undefined || told.ok ? {} : { [part]: told.reason };
}
