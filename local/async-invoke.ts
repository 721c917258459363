/**
 * Asynchronous invocation as Lambda does it: tried again after the first and the second delay, then handed to the
 * function's on-failure destination. Resolves when the event is done with, one way or the other.
 *
 * How far it has come is noted, so that the next run goes on from there. A try counts when it has failed: one that the end of
 * the process cuts off is made again under the same number, as Lambda's own queue hands an event out again when whoever
 * took it is gone without an answer. So no try is used up that was not made. Nothing is noted of what succeeds.
 */
import type { Clock } from './clock.ts';
import type { Invocation } from './function-environment.ts';
import type { FunctionHost } from './function-host.ts';
import type { LocalLog } from './local-log.ts';
import type { TemplateRetries } from './template.ts';

export type AsyncInvokeOptions = {
  readonly name: string;
  readonly host: Pick<FunctionHost, 'invoke'>;
  readonly retries: TemplateRetries;
  /** Before the first and the second retry. AWS: 1 and 2 minutes. */
  readonly retryDelaysMs: readonly [number, number];
  /** The on-failure destination. Resolves when the record is safe. */
  readonly onFailure: (event: unknown, how: FailedInvocation) => Promise<void>;
  readonly log: LocalLog;
  readonly signal: AbortSignal;
  readonly clock: Clock;
};

/** How an event ended that is not tried again. */
export type FailedInvocation = Omit<Extract<Invocation, { readonly ok: false }>, 'ok'> & {
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded';
  readonly invokeCount: number;
};

/** What outlives the process of an event's schedule. */
export type ScheduleNote =
  | {
      readonly kind: 'waits';
      /** That have failed. */
      readonly attempts: number;
      /** When the next one is due. The time in which no process ran does not count: nobody could try. */
      readonly ageMs: number;
      /** By the machine's clock of then: when it began to wait, and when the next try is due. */
      readonly fromMs: number;
      readonly untilMs: number;
    }
  /** To the end; its destination does not have it yet. */
  | { readonly kind: 'failed'; readonly how: FailedInvocation }
  | { readonly kind: 'handed-over' };

export type KeptSchedule = {
  /** What an earlier run noted. */
  readonly found: ScheduleNote | undefined;
  readonly note: (note: ScheduleNote) => Promise<void>;
};

/** False when the runtime stopped before the event was done with. Without a schedule nothing is noted. */
export type AsyncInvoke = (event: unknown, kept?: KeptSchedule) => Promise<boolean>;

/** Its number, and when the first one began. */
type Try = { readonly attempt: number; readonly startMs: number };

type Failed = Extract<Invocation, { readonly ok: false }>;

type Waits = Extract<ScheduleNote, { readonly kind: 'waits' }>;

const NOT_KEPT: KeptSchedule = { found: undefined, note: async () => undefined };

export function asyncInvoke(options: AsyncInvokeOptions): AsyncInvoke {
  const { name, host, retries, retryDelaysMs, onFailure, log, signal, clock } = options;
  const delayAfter = (attempts: number): number => retryDelaysMs[attempts === 1 ? 0 : 1];

  return (event, kept = NOT_KEPT) =>
    kept.found === undefined
      ? tried(event, kept, { attempt: 1, startMs: clock.elapsedMs() })
      : goOn(event, kept, kept.found);

  async function goOn(event: unknown, kept: KeptSchedule, found: ScheduleNote): Promise<boolean> {
    if (found.kind === 'handed-over') return true;
    if (found.kind === 'failed') return handOver(event, found.how, kept);
    const leftMs = leftOf(found, clock.nowMs(), delayAfter(found.attempts));
    const startMs = clock.elapsedMs() + leftMs - found.ageMs;
    if (leftMs > 0 && !(await waited(leftMs))) return false;
    return tried(event, kept, { attempt: found.attempts + 1, startMs });
  }

  // It succeeds, as nearly always: a promise, and no async function.
  function tried(event: unknown, kept: KeptSchedule, one: Try): Promise<boolean> {
    return host.invoke(event).then((invocation) => invocation.ok || failed(event, kept, { ...one, ...invocation }));
  }

  async function failed(
    event: unknown,
    kept: KeptSchedule,
    { attempt, startMs, error, requestId }: Try & Failed,
  ): Promise<boolean> {
    if (signal.aborted) return false;
    const delayMs = attempt <= retries.retries ? delayAfter(attempt) : undefined;
    const next = delayMs === undefined ? undefined : waitOf(attempt, clock.elapsedMs() - startMs, delayMs);
    const condition = delayMs === undefined ? 'RetriesExhausted' : 'EventAgeExceeded';
    const how: FailedInvocation = { condition, error, requestId, invokeCount: attempt };
    await noted(kept, next ?? { kind: 'failed', how });
    log.warn('invocation-failed', {
      function: name,
      attempt,
      reason: error.message,
      retryInS: next === undefined ? undefined : (next.untilMs - next.fromMs) / 1000,
    });
    if (next === undefined) return handOver(event, how, kept);
    if (!(await waited(next.untilMs - next.fromMs))) return false;
    return tried(event, kept, { attempt: attempt + 1, startMs });
  }

  /** Undefined: it would be too old then. */
  function waitOf(attempts: number, agedMs: number, delayMs: number): Waits | undefined {
    const ageMs = agedMs + delayMs;
    const fromMs = clock.nowMs();
    return ageMs > retries.maxAgeMs ? undefined : { kind: 'waits', attempts, ageMs, fromMs, untilMs: fromMs + delayMs };
  }

  // The event is not given up while its record cannot be kept: the journal holds it, and it is tried again.
  async function handOver(event: unknown, how: FailedInvocation, kept: KeptSchedule): Promise<boolean> {
    for (;;) {
      try {
        await onFailure(event, how);
        break;
      } catch (error) {
        log.warn('failure-record-not-written', { function: name, reason: String(error) });
        if (!(await waited(retryDelaysMs[1]))) return false;
      }
    }
    // The journal may hold it for a while, for the sake of its neighbours: it is not to be handed over once more.
    await noted(kept, { kind: 'handed-over' });
    return true;
  }

  // Without its note the schedule is kept all the same, until the process ends.
  async function noted({ note }: KeptSchedule, next: ScheduleNote): Promise<void> {
    try {
      await note(next);
    } catch (error) {
      log.warn('schedule-not-noted', { function: name, reason: String(error) });
    }
  }

  async function waited(delayMs: number): Promise<boolean> {
    await clock.wait(delayMs, signal);
    return !signal.aborted;
  }
}

/**
 * Of a wait that an earlier run began. A clock that stands before its beginning was set back, and does not tell how long ago
 * that was: it is over, for it must not become longer.
 */
function leftOf({ fromMs, untilMs }: Waits, nowMs: number, delayMs: number): number {
  return nowMs < fromMs ? 0 : Math.max(0, Math.min(untilMs - nowMs, delayMs));
}
