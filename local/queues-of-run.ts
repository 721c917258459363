/**
 * The template's queues in queues.sqlite of the data folder: those that a function is fed from, and the failure queues, which
 * nobody polls and a redrive empties. A queue that an earlier run had and this one has not is emptied all the same: what was
 * acknowledged does not depend on the flags of the next start.
 */
import { existsSync } from 'node:fs';
import type { Clock } from './clock.ts';
import { openQueues, type Queue, type QueueSettings, type Queues } from './sqs/queues.ts';
import type { LocalTemplate } from './template.ts';

export type RunQueuesOptions = {
  readonly path: string;
  readonly template: Pick<LocalTemplate, 'queues' | 'mappings' | 'retriesByFunctionId'>;
  readonly clock: Clock;
  /** Of the queues that are polled, instead of the template's. */
  readonly visibilityMs?: number | undefined;
};

export type RunQueues = {
  /** Undefined: the template has none of this name. Throws when the file cannot be used. */
  readonly find: (name: string) => Queue | undefined;
  /** Those that are polled, by name; what an earlier run left is among them. */
  readonly sources: ReadonlyMap<string, Queue>;
  /** Messages in these. */
  readonly waiting: () => number;
  /** Messages in the failure queues, or in those of these names. */
  readonly failed: (names?: readonly string[]) => number;
  readonly close: () => Promise<void>;
};

type Opened = {
  readonly queues: Queues;
  readonly own: ReadonlyMap<string, Queue>;
  readonly left: ReadonlyMap<string, Queue>;
};

/**
 * In direct mode most runs never fail on a message, so that the file is made when the first one does: without it there is
 * nothing to wait for, and a start does without the 5 to 10 ms that it takes to make it.
 */
export function openRunQueues(options: RunQueuesOptions): RunQueues {
  const { path, template } = options;
  const polled = new Set(template.mappings.map(({ queueId }) => queueId));
  const names = new Set(template.queues.map(({ name }) => name));
  const failureNames = [...names].filter((name) => !polled.has(name));
  let opened = polled.size > 0 || existsSync(path) ? openAll(options, polled) : undefined;
  const sources = new Map(
    [...(opened?.own ?? [])].filter(([name]) => polled.has(name)).concat([...(opened?.left ?? [])]),
  );
  const open = (): Opened => (opened ??= openAll(options, polled));
  return {
    find: (name) => (names.has(name) ? open().own.get(name) : undefined),
    sources,
    waiting: () => sum([...sources.values()]),
    failed: (of = failureNames) => sum(of.flatMap((name) => opened?.own.get(name) ?? [])),
    close: async () => opened?.queues.close(),
  };
}

const sum = (queues: readonly Queue[]): number => queues.reduce((total, queue) => total + queue.size(), 0);

function openAll({ path, template, clock, visibilityMs }: RunQueuesOptions, polled: ReadonlySet<string>): Opened {
  const queues = openQueues(path, clock);
  const open = (settings: QueueSettings): readonly [string, Queue] => {
    const isPolled = settings.redrive !== undefined || polled.has(settings.name);
    const queue = queues.queue(isPolled && visibilityMs !== undefined ? { ...settings, visibilityMs } : settings);
    // Whoever had them was a part of a process that is no more.
    queue.giveBackAll();
    return [settings.name, queue];
  };
  const own = new Map(template.queues.map(open));
  const foreign = queues.known().filter(({ name }) => !own.has(name));
  const deadLetterQueue = [...template.retriesByFunctionId.values()].flatMap((one) => one.onFailureQueueId ?? [])[0];
  const failures = own.get(deadLetterQueue ?? '');
  if (deadLetterQueue !== undefined && failures !== undefined)
    for (const { name, redrive } of foreign) if (redrive === undefined) failures.takeOver(name);
  const left = foreign.flatMap(({ redrive, ...settings }) =>
    redrive === undefined
      ? []
      : [open({ ...settings, redrive: { ...redrive, ...(deadLetterQueue === undefined ? {} : { deadLetterQueue }) } })],
  );
  return { queues, own, left: new Map(left) };
}
