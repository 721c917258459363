/** What stands between the rules and the writer in buffered mode: the queues that are polled, and their pollers. */
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import { messageOf } from '../lambdas/aws/log.ts';
import type { AsyncInvoke } from './async-invoke.ts';
import type { Clock } from './clock.ts';
import { type EventSourceMapping, type MappingSettings, startMapping } from './event-source-mapping.ts';
import type { FunctionHost } from './function-host.ts';
import type { LocalLog } from './local-log.ts';
import type { RunQueues } from './queues-of-run.ts';
import type { Queue } from './sqs/queues.ts';
import { ACCOUNT, type LocalTemplate, REGION } from './template.ts';

export type IngestBufferOptions = {
  readonly queues: Pick<RunQueues, 'sources'>;
  readonly template: Pick<LocalTemplate, 'mappings' | 'rules'>;
  readonly hosts: ReadonlyMap<string, Pick<FunctionHost, 'invoke'>>;
  readonly clock: Clock;
  readonly log: LocalLog;
  /** In real time, whatever the clock. Default: 10. */
  readonly gatherMs?: number;
  /** Ends the tries to put something in. */
  readonly signal: AbortSignal;
};

export type IngestBuffer = {
  /** From now on the functions are handed what is in the queues. */
  readonly start: () => void;
  /** A rule's action: true when the message is on disk in the queue. Undefined: nobody polls a queue of this name. */
  readonly fillOf: (queueId: string) => AsyncInvoke | undefined;
  /** Hands over nothing more, and waits so long for the batches that the functions have. */
  readonly close: (patienceMs: number) => Promise<void>;
};

const FILL_AGAIN_MS = 1_000;
// A queue waits up to a second for others of a batch. What came in this time is one commit, and one wait for the disk: of posts, each
// with its own, they were a third of all that the main thread did.
const GATHER_MS = 10;
// For what an earlier run left: as the stack would have it.
const LEFT: MappingSettings = { batchSize: 1_000, windowMs: 0, maxConcurrency: 2, reportsItemFailures: true };

export function ingestBuffer(options: IngestBufferOptions): IngestBuffer {
  const { queues, template, hosts, clock, log, gatherMs = GATHER_MS, signal } = options;
  const fed = new Map(template.mappings.map((mapping) => [mapping.queueId, mapping]));
  const rulesFunction = template.rules.flatMap(({ functionIds }) => functionIds)[0];
  const mappings: EventSourceMapping[] = [];
  const gather = gathering(gatherMs);

  function startPolling([name, queue]: readonly [string, Queue]): void {
    const { functionId = rulesFunction ?? '', settings = LEFT } = fed.get(name) ?? {};
    const host = hosts.get(functionId);
    if (host === undefined) return;
    const queueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
    mappings.push(startMapping({ ...settings, name: functionId, host, queue, queueArn, region: REGION, clock, log }));
  }

  return {
    start: () => {
      for (const source of queues.sources) startPolling(source);
    },
    fillOf: (queueId) => {
      const queue = queues.sources.get(queueId);
      return queue === undefined ? undefined : fill(queue, queueId);
    },
    close: async (patienceMs) => {
      await Promise.all(mappings.map((mapping) => mapping.close(patienceMs)));
    },
  };

  function fill(queue: Queue, name: string): AsyncInvoke {
    return async (event) => {
      await gather();
      // The journal has it until the queue does, after a stop too.
      while (!signal.aborted) {
        try {
          await queue.send(JSON.stringify(event));
          return true;
        } catch (error) {
          log.warn('queue-unusable', { queue: name, reason: messageOf(error), pausedS: FILL_AGAIN_MS / 1000 });
          await clock.wait(FILL_AGAIN_MS, signal);
        }
      }
      return false;
    };
  }
}

/** Lets through together who comes in one turn, and who comes within that time after others were. */
function gathering(gatherMs: number): () => Promise<void> {
  let lastMs = Number.NEGATIVE_INFINITY;
  let next: Promise<void> | undefined;
  const letThrough = (): void => {
    next = undefined;
    lastMs = performance.now();
  };
  return () => {
    const leftMs = lastMs + gatherMs - performance.now();
    next ??= (leftMs > 0 ? pause(leftMs) : turn()).then(letThrough);
    return next;
  };
}
