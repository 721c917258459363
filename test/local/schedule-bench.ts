/** Runs of a delivery on one journal and a driven clock, each ended when a test says so, with a function that fails as asked. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { asyncInvoke } from '../../local/async-invoke.ts';
import type { Clock } from '../../local/clock.ts';
import { type Delivery, delivery } from '../../local/delivery.ts';
import type { Invocation } from '../../local/function-environment.ts';
import { openJournal } from '../../local/journal.ts';
import { ruleOn } from './delivery-fixture.ts';
import { drivenClock } from './driven-clock.ts';
import { until } from './mqtt-fixture.ts';
import { type Logged, recordedLog } from './recorded-log.ts';
import { inTempFolder } from './temp-folder.ts';

export const RETRY_DELAYS_MS = [60_000, 120_000] as const;

/** All times are those that passed, whatever the machine's clock says. */
export type Try = {
  readonly id: string;
  readonly run: number;
  readonly fromMs: number;
  toMs?: number;
  isStored?: boolean;
};
export type Span = { readonly fromMs: number; toMs: number };

export type BenchOptions = {
  /** How long one takes. */
  readonly tryMs?: number;
  readonly handOverMs?: number;
  readonly maxAgeMs?: number;
};

export type ScheduleBench = {
  readonly start: (retryDelaysMs?: readonly [number, number]) => Promise<void>;
  /** Of a message that fails so often. */
  readonly send: (id: string, failures: number) => Promise<void>;
  readonly advance: (ms: number) => Promise<void>;
  /** While nothing runs. */
  readonly advanceOff: (ms: number) => Promise<void>;
  /** Sets the machine's clock. */
  readonly jump: (ms: number) => void;
  /** As SIGTERM does, or with what is on disk at this moment and nothing after. */
  readonly end: (how: 'stop' | 'kill') => Promise<void>;
  readonly nowMs: () => number;
  readonly waiting: () => number;
  readonly tries: readonly Try[];
  readonly handedOver: readonly { readonly id: string; readonly atMs: number }[];
  readonly runs: readonly Span[];
  readonly logged: readonly Logged[];
  /** The journal's, of the run that goes on. */
  readonly folder: () => string;
};

const TOPIC = 'battery/boat/telemetry';
const FAILED: Invocation = { ok: false, error: { name: 'AmphoraError', message: 'no database' }, requestId: 'r' };

/** The run that still goes on when the test is done with it is stopped. */
export async function withSchedule(options: BenchOptions, use: (bench: ScheduleBench) => Promise<void>): Promise<void> {
  await inTempFolder(async (root) => {
    const { close, ...bench } = scheduleBench(root, options);
    try {
      await use(bench);
    } finally {
      await close();
    }
  });
}

function scheduleBench(
  root: string,
  { tryMs = 0, handOverMs = 0, maxAgeMs = 6 * 3_600_000 }: BenchOptions,
): ScheduleBench & { readonly close: () => Promise<void> } {
  const driven = drivenClock();
  let shiftMs = 0;
  const clock: Clock = { ...driven, nowMs: () => driven.nowMs() + shiftMs };
  const { log, logged } = recordedLog();
  const [tries, handedOver, runs]: [Try[], { id: string; atMs: number }[], Span[]] = [[], [], []];
  let folder = join(root, 'journal');
  let messages: Delivery | undefined;
  let stopping = new AbortController();

  function open(): Delivery {
    if (messages === undefined) throw new Error('no run goes on');
    return messages;
  }

  async function invoke(event: unknown, signal: AbortSignal): Promise<Invocation> {
    const { id, failures } = messageIn(event);
    const one: Try = { id, run: runs.length - 1, fromMs: driven.nowMs() };
    tries.push(one);
    if (tryMs > 0) await driven.wait(tryMs, signal);
    if (signal.aborted) return FAILED;
    one.toMs = driven.nowMs();
    const isRepeat = tries.some((other) => other.id === id && other.isStored === true);
    one.isStored = isRepeat || failuresOf(tries, id).length > failures;
    return one.isStored ? { ok: true, value: 1, requestId: 'r' } : FAILED;
  }

  // Each message that is not done waits for one moment; one that does not is busy with the disk.
  const atRest = (): Promise<void> => until(() => driven.awaitedMs().length === open().waiting(), 'all wait');

  async function start(retryDelaysMs: readonly [number, number] = RETRY_DELAYS_MS): Promise<void> {
    runs.push({ fromMs: driven.nowMs(), toMs: driven.nowMs() });
    const { journal, left } = await openJournal(folder, { durable: false });
    stopping = new AbortController();
    const { signal } = stopping;
    const call = asyncInvoke({
      name: 'writer',
      host: { invoke: (event) => invoke(event, signal) },
      retries: { retries: 2, maxAgeMs, onFailureQueueId: 'Q' },
      retryDelaysMs,
      onFailure: async (event) => {
        handedOver.push({ id: messageIn(event).id, atMs: driven.nowMs() });
        if (handOverMs > 0) await driven.wait(handOverMs, signal);
        // The process is gone: nobody hears that it is there.
        if (signal.aborted) await new Promise(() => undefined);
      },
      log,
      signal,
      clock,
    });
    const rules = [{ rule: ruleOn('battery/+/telemetry'), targets: [{ name: 'rule writer', invoke: call }] }];
    messages = delivery({ rules, journal, nowMs: clock.nowMs, log, checkpoint: () => true });
    void messages.replay(left);
    await atRest();
  }

  async function close(): Promise<void> {
    const ended = messages;
    messages = undefined;
    stopping.abort();
    await ended?.close();
    await driven.advance(0);
  }

  async function advance(ms: number): Promise<void> {
    const untilMs = driven.nowMs() + ms;
    for (;;) {
      await atRest();
      const [nextMs = Number.POSITIVE_INFINITY] = driven.awaitedMs();
      if (nextMs > untilMs) break;
      await driven.advance(nextMs - driven.nowMs());
    }
    await driven.advance(untilMs - driven.nowMs());
  }

  return {
    start,
    send: async (id, failures) => {
      await open().accept({ topic: TOPIC, payload: Buffer.from(JSON.stringify({ id, failures })) });
      await atRest();
    },
    advance,
    advanceOff: driven.advance,
    jump: (ms) => {
      shiftMs += ms;
    },
    end: async (how) => {
      await atRest();
      const next = join(root, `journal-after-${runs.length}`);
      if (how === 'kill') cpSync(folder, next, { recursive: true });
      runs.splice(-1, 1, { fromMs: runs.at(-1)?.fromMs ?? 0, toMs: driven.nowMs() });
      await close();
      if (how === 'kill') folder = next;
    },
    close,
    nowMs: driven.nowMs,
    waiting: () => open().waiting(),
    tries,
    handedOver,
    runs,
    logged,
    folder: () => folder,
  };
}

function messageIn(event: unknown): { readonly id: string; readonly failures: number } {
  const { payload }: { readonly payload: string } = JSON.parse(JSON.stringify(event));
  return JSON.parse(atob(payload));
}

/** Tries of a message that have ended, up to the first that stored it. */
export function failuresOf(tries: readonly Try[], id: string): readonly Try[] {
  const mine = tries.filter((one) => one.id === id && one.toMs !== undefined);
  const stored = mine.findIndex(({ isStored }) => isStored === true);
  return stored < 0 ? mine : mine.slice(0, stored);
}
