/**
 * Asynchronous invocation as Lambda does it: tried again after the first and the second delay, then handed to the
 * function's on-failure destination. Resolves when the event is done with, one way or the other.
 */
import { setTimeout as timer } from 'node:timers/promises';
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
  readonly onFailure: (event: unknown, reason: string) => Promise<void>;
  readonly log: LocalLog;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  /** False when the signal came first. Default: the machine's own time. */
  readonly wait?: (delayMs: number, signal: AbortSignal) => Promise<boolean>;
};

/** False when the runtime stopped before the event was done with. */
export type AsyncInvoke = (event: unknown) => Promise<boolean>;

export function asyncInvoke(options: AsyncInvokeOptions): AsyncInvoke {
  const { name, host, retries, retryDelaysMs, onFailure, log, signal, nowMs, wait = waited } = options;
  return async (event) => {
    const startMs = nowMs();
    for (let attempt = 0; ; attempt++) {
      const invocation = await host.invoke(event);
      if (invocation.ok) return true;
      if (signal.aborted) return false;
      const { message } = invocation.error;
      const delayMs = attempt < retries.retries ? retryDelaysMs[attempt === 0 ? 0 : 1] : undefined;
      log.warn('invocation-failed', {
        function: name,
        attempt: attempt + 1,
        reason: message,
        retryInS: seconds(delayMs),
      });
      if (delayMs === undefined || nowMs() + delayMs - startMs > retries.maxAgeMs) return handOver(event, message);
      if (!(await wait(delayMs, signal))) return false;
    }
  };

  // The event is not given up while its record cannot be kept: the journal holds it, and it is tried again.
  async function handOver(event: unknown, reason: string): Promise<boolean> {
    for (;;) {
      try {
        await onFailure(event, reason);
        return true;
      } catch (error) {
        log.warn('failure-record-not-written', { function: name, reason: String(error) });
        if (!(await wait(retryDelaysMs[1], signal))) return false;
      }
    }
  }
}

function seconds(delayMs: number | undefined): number | undefined {
  return delayMs === undefined ? undefined : delayMs / 1000;
}

async function waited(delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await timer(delayMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
