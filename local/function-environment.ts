/** One environment of a function: a worker thread with its own variables, watched from outside. */
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { LocalLog } from './local-log.ts';

export type FunctionDefinition = {
  readonly name: string;
  readonly modulePath: string;
  readonly handlerName: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly env: Readonly<Record<string, string>>;
  readonly arn: string;
};

export type Invocation =
  | { readonly ok: true; readonly value: unknown; readonly requestId: string }
  | {
      readonly ok: false;
      readonly error: { readonly name: string; readonly message: string };
      readonly requestId: string;
    };

export type Job = {
  readonly id: number;
  readonly event: unknown;
  readonly requestId: string;
  readonly queuedAtMs: number;
  readonly done: (invocation: Invocation) => void;
};

export type Environment = {
  /** Handles the jobs in order. */
  readonly run: (jobs: readonly Job[]) => void;
  /** Groups handed over and not yet answered. */
  readonly groups: () => number;
  readonly idleMs: () => number;
  readonly end: () => Promise<void>;
};

type Events = {
  readonly onFree: () => void;
  /** The environment is gone; these of its jobs had not begun. */
  readonly onEnd: (unfinished: readonly Job[]) => void;
};

type Failure = { readonly name: string; readonly message: string };
type Result = { readonly id: number; readonly ok: boolean; readonly value?: unknown; readonly error?: Failure };

const WATCH_MS = 200;
// Thread heaps grow to what they are allowed: small young generations keep an environment near 12 MB.
const YOUNG_MB = 4;

export function startEnvironment(definition: FunctionDefinition, log: LocalLog, events: Events): Environment {
  const { name, modulePath, handlerName, timeoutMs, memoryMb, env, arn } = definition;
  const clock = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
  const times = new Float64Array(clock);
  const groups: (readonly Job[])[] = [];
  let lastUsedMs = Date.now();
  let fatal: Failure | undefined;

  const worker = new Worker(new URL('function-worker.cjs', import.meta.url), {
    env: { ...env },
    workerData: { modulePath, handlerName, functionName: name, memoryMb, timeoutMs, arn, clock },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: memoryMb },
    stdout: true,
    stderr: true,
  });
  for (const stream of [worker.stdout, worker.stderr]) {
    createInterface({ input: stream }).on('line', (line) => logLine(log, name, line));
  }
  worker.on('message', (message: { readonly results?: readonly Result[] }) => {
    if (message.results === undefined) return;
    answer(groups.shift() ?? [], message.results);
    lastUsedMs = Date.now();
    events.onFree();
  });
  worker.on('error', (error) => {
    fatal = { name: error.name, message: error.message };
  });
  worker.on('exit', (code) =>
    ended(fatal ?? { name: 'Runtime.ExitError', message: `the function's environment exited with ${code}` }),
  );

  // Whatever hangs is seen here, even a handler that never yields.
  const watch = setInterval(() => {
    const startedMs = times[0] ?? 0;
    if (startedMs === 0 || Date.now() - startedMs <= timeoutMs) return;
    fatal ??= { name: 'Sandbox.Timedout', message: `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds` };
    void worker.terminate();
  }, WATCH_MS);
  watch.unref();

  function ended(failure: Failure): void {
    clearInterval(watch);
    const jobs = groups.splice(0).flat();
    // The job that ran takes the blame; one that had answered in the same group runs again, which is harmless.
    const running = jobs.find(({ id }) => id === times[1]) ?? jobs[0];
    running?.done({ ok: false, error: failure, requestId: running.requestId });
    events.onEnd(jobs.filter((job) => job !== running));
  }

  return {
    run: (jobs) => {
      groups.push(jobs);
      worker.postMessage({ jobs: jobs.map(({ id, event, requestId }) => ({ id, event, requestId })) });
    },
    groups: () => groups.length,
    idleMs: () => Date.now() - lastUsedMs,
    end: async () => {
      await worker.terminate();
    },
  };
}

function answer(jobs: readonly Job[], results: readonly Result[]): void {
  for (const [i, job] of jobs.entries()) {
    const result = results[i];
    const { requestId } = job;
    if (result?.ok === true) job.done({ ok: true, value: result.value, requestId });
    else job.done({ ok: false, error: result?.error ?? { name: 'Error', message: 'no answer' }, requestId });
  }
}

function logLine(log: LocalLog, name: string, line: string): void {
  const parsed = jsonOf(line);
  const { level, event, ...fields } = parsed ?? {};
  if (typeof event !== 'string') log.info('function-output', { function: name, line });
  else log[level === 'info' ? 'info' : 'warn'](event, { function: name, ...fields });
}

function jsonOf(line: string): Record<string, string> | undefined {
  try {
    return line.startsWith('{') ? JSON.parse(line) : undefined;
  } catch {
    return undefined;
  }
}
