/**
 * Runs the bundled functions as AWS runs them: each environment has its own variables and handles one event at a time;
 * more environments start under load, and idle ones end. Events may travel to an environment in groups, since a message
 * between threads costs more than most events.
 */
import { randomUUID } from 'node:crypto';
import {
  type Environment,
  type FunctionDefinition,
  type Invocation,
  type Job,
  startEnvironment,
} from './function-environment.ts';
import type { LocalLog } from './local-log.ts';

export type FunctionHost = {
  /** Resolves with the function's answer or error; never rejects. An event that has not begun ends with the signal. */
  readonly invoke: (event: unknown, signal?: AbortSignal) => Promise<Invocation>;
  readonly environments: () => number;
  readonly close: () => Promise<void>;
};

export type HostOptions = {
  readonly definition: FunctionDefinition;
  readonly log: LocalLog;
  /** Events that may travel together; 1 for functions whose caller waits. */
  readonly groupSize: number;
  readonly maxEnvironments: number;
  /** An event that has waited this long for a free environment starts another. */
  readonly patienceMs: number;
  /** Events that may wait for an environment; one more is refused. Default: no bound. */
  readonly maxQueued?: number;
};

const EXTRA_IDLE_MS = 30_000;
const LAST_IDLE_MS = 300_000;
// A second group waits in the environment while the first one runs, so that it never idles between two.
const GROUPS_AHEAD = 2;

const CLOSED = { name: 'Runtime.Closed', message: 'the local runtime is closed' };
const ABANDONED = { name: 'Runtime.Abandoned', message: 'its caller no longer waits' };
/** As AWS names what it throttles. */
export const TOO_MANY = { name: 'TooManyRequestsException', message: 'too many events wait for this function' };

function refuse({ done, requestId }: Job, error: { readonly name: string; readonly message: string }): void {
  done({ ok: false, error, requestId });
}

export function functionHost(options: HostOptions): FunctionHost {
  const { definition, groupSize, maxEnvironments, patienceMs } = options;
  const environments = new Set<Environment>();
  let queue: Job[] = [];
  let nextId = 1;
  let isClosed = false;
  let patience: NodeJS.Timeout | undefined;

  function startOne(): void {
    const environment = startEnvironment(definition, options.log, {
      onFree: () => assign(),
      onEnd: (unfinished) => {
        environments.delete(environment);
        queue = [...unfinished, ...queue];
        if (isClosed) refuseAll();
        else if (queue.length > 0) assign();
      },
    });
    environments.add(environment);
  }

  function assign(): void {
    if (environments.size === 0 && queue.length > 0) startOne();
    const groupsAhead = groupSize === 1 ? 1 : GROUPS_AHEAD;
    for (const environment of environments) {
      while (queue.length > 0 && environment.groups() < groupsAhead) environment.run(queue.splice(0, groupSize));
    }
    if (queue.length > 0 && environments.size < maxEnvironments) patience ??= setTimeout(losePatience, patienceMs);
  }

  // An event that will not be handled is answered too, or its sender would wait for ever.
  function refuseAll(): void {
    for (const job of queue.splice(0)) refuse(job, CLOSED);
  }

  // Whoever asked has been told that it failed, or has left: what has not begun must not be done behind its back.
  function abandon(job: Job): void {
    if (!queue.includes(job)) return;
    queue = queue.filter((other) => other !== job);
    refuse(job, ABANDONED);
  }

  function losePatience(): void {
    patience = undefined;
    const waitedMs = Date.now() - (queue[0]?.queuedAtMs ?? Number.POSITIVE_INFINITY);
    if (isClosed || environments.size >= maxEnvironments) return;
    if (waitedMs >= patienceMs) startOne();
    assign();
  }

  const idle = setInterval(() => {
    for (const environment of environments) {
      const limitMs = environments.size > 1 ? EXTRA_IDLE_MS : LAST_IDLE_MS;
      if (environment.groups() === 0 && environment.idleMs() > limitMs) {
        environments.delete(environment);
        void environment.end();
      }
    }
  }, EXTRA_IDLE_MS / 2);
  idle.unref();

  return {
    invoke: (event, signal) =>
      new Promise((done) => {
        const job: Job = { id: nextId++, event, requestId: randomUUID(), queuedAtMs: Date.now(), done };
        if (queue.length >= (options.maxQueued ?? Number.POSITIVE_INFINITY)) return refuse(job, TOO_MANY);
        queue.push(job);
        signal?.addEventListener('abort', () => abandon(job), { once: true });
        if (isClosed) refuseAll();
        else assign();
      }),
    environments: () => environments.size,
    close: async () => {
      isClosed = true;
      clearInterval(idle);
      clearTimeout(patience);
      refuseAll();
      await Promise.all([...environments].map((environment) => environment.end()));
    },
  };
}
