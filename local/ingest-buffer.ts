/**
 * What stands between the rules and the writer in buffered mode: the template's queues, in queues.sqlite of the data folder,
 * and their pollers. A queue that an earlier run had and this one has not is emptied all the same: what was acknowledged
 * does not depend on the flags of the next start.
 */
import { existsSync } from 'node:fs';
import { messageOf } from '../lambdas/aws/log.ts';
import type { AsyncInvoke } from './async-invoke.ts';
import type { Clock } from './clock.ts';
import { type EventSourceMapping, type MappingSettings, startMapping } from './event-source-mapping.ts';
import type { FunctionHost } from './function-host.ts';
import type { LocalLog } from './local-log.ts';
import { openQueues, type Queue, type QueueSettings } from './sqs/queues.ts';
import { ACCOUNT, type LocalTemplate, REGION } from './template.ts';

export type IngestBufferOptions = {
  readonly path: string;
  readonly template: LocalTemplate;
  readonly hosts: ReadonlyMap<string, Pick<FunctionHost, 'invoke'>>;
  readonly clock: Clock;
  readonly log: LocalLog;
  /** Instead of the template's. */
  readonly visibilityMs?: number | undefined;
  /** Ends the tries to put something in. */
  readonly signal: AbortSignal;
};

export type IngestBuffer = {
  /** From now on the functions are handed what is in the queues. */
  readonly start: () => void;
  /** A rule's action: true when the message is on disk in the queue. */
  readonly fillOf: (queueId: string) => AsyncInvoke | undefined;
  /** Messages that are not written yet. */
  readonly waiting: () => number;
  /** Those that were handed over as often as they may be. */
  readonly dead: () => number;
  /** Waits so long for the batches that the functions have. Nothing can be put in any more. */
  readonly close: (patienceMs: number) => Promise<void>;
};

// SQS's own. Nobody polls them; a redrive receives from them.
const DEAD_VISIBILITY_MS = 30_000;
const FILL_AGAIN_MS = 1_000;
// For what an earlier run left: as the stack would have it.
const LEFT: MappingSettings = { batchSize: 1_000, windowMs: 0, maxConcurrency: 2, reportsItemFailures: true };

/** Undefined where there is no queue, and never was. */
export function openIngestBuffer(options: IngestBufferOptions): IngestBuffer | undefined {
  const { path, template, hosts, clock, log, visibilityMs, signal } = options;
  if (template.mappings.length === 0 && !existsSync(path)) return undefined;
  const queues = openQueues(path, clock);
  const fed = new Map(template.mappings.map((mapping) => [mapping.queueId, mapping]));
  const left = queues.known().filter(({ name, redrive }) => redrive !== undefined && !fed.has(name));
  const polled = [...template.queues.filter(({ name }) => fed.has(name)), ...left];
  const open = (settings: QueueSettings): Queue =>
    queues.queue(visibilityMs === undefined ? settings : { ...settings, visibilityMs });
  const sources = new Map(polled.map((settings) => [settings.name, open(settings)]));
  const deadNames = new Set(polled.flatMap(({ redrive }) => redrive?.deadLetterQueue ?? []));
  const deadLetters = [...deadNames].map((name) => queues.queue({ name, visibilityMs: DEAD_VISIBILITY_MS }));
  const rulesFunction = template.rules.flatMap(({ functionIds }) => functionIds)[0];

  const mappings: EventSourceMapping[] = [];

  function startPolling([name, queue]: readonly [string, Queue]): void {
    const { functionId = rulesFunction ?? '', settings = LEFT } = fed.get(name) ?? {};
    const host = hosts.get(functionId);
    if (host === undefined) return;
    // Whoever had them was a part of a process that is no more.
    queue.giveBackAll();
    const queueArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
    mappings.push(startMapping({ ...settings, name: functionId, host, queue, queueArn, region: REGION, clock, log }));
  }

  const sum = (all: Iterable<Queue>): number => [...all].reduce((total, queue) => total + queue.size(), 0);
  return {
    start: () => {
      for (const source of sources) startPolling(source);
    },
    fillOf: (queueId) => {
      const queue = sources.get(queueId);
      return queue === undefined ? undefined : fill(queue, queueId);
    },
    waiting: () => sum(sources.values()),
    dead: () => sum(deadLetters),
    close: async (patienceMs) => {
      await Promise.all(mappings.map((mapping) => mapping.close(patienceMs)));
      await queues.close();
    },
  };

  function fill(queue: Queue, name: string): AsyncInvoke {
    return async (event) => {
      while (!signal.aborted) {
        try {
          await queue.send(JSON.stringify(event));
          return true;
        } catch (error) {
          // The journal holds it until the queue does.
          log.warn('queue-unusable', { queue: name, reason: messageOf(error), pausedS: FILL_AGAIN_MS / 1000 });
          await clock.wait(FILL_AGAIN_MS, signal);
        }
      }
      return false;
    };
  }
}
