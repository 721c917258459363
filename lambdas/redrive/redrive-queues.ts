/**
 * What waits in the failure queues, through the writer's flow to the store. A message leaves its queue only when the store,
 * or the quarantine, has said that it has it: broken off at any moment, it is done again and changes nothing.
 */
import type { ArrivedMessage, WriteResult, Written } from '../telemetry/write-message.ts';
import { failedMessage } from './failed-message.ts';

export type ReceivedFailure = {
  readonly body: string;
  readonly receiptHandle: string;
  /** When it was put into its first queue, milliseconds since 1970. */
  readonly sentAtMs: number;
  /** How often it was taken out, this time included. */
  readonly receiveCount: number;
};

export type FailureQueue = {
  /** As the stack names it. */
  readonly name: string;
  /** None: there is none that nobody else has. */
  readonly receive: (max: number) => Promise<readonly ReceivedFailure[]>;
  readonly remove: (receiptHandles: readonly string[]) => Promise<void>;
  /** For whoever takes it next. */
  readonly giveBack: (receiptHandles: readonly string[]) => Promise<void>;
};

export type RedriveDeps = {
  readonly queues: readonly FailureQueue[];
  readonly write: (messages: readonly ArrivedMessage[]) => Promise<readonly Written[]>;
  readonly nowMs: () => number;
  readonly wait: (delayMs: number) => Promise<unknown>;
};

/** What became of the messages of one queue. */
export type Redriven = {
  readonly queue: string;
  /** Taken out for good; those in quarantine are among them. */
  readonly moved: number;
  /** Points. */
  readonly stored: number;
  /** Points that were there already. */
  readonly repeated: number;
  /** Messages of which something could still not be stored. */
  readonly quarantined: number;
};

export type RedriveResult = {
  readonly queues: readonly Redriven[];
  /** False: it ended before the queues were empty. */
  readonly isDone: boolean;
  /** Why what is left could not be stored; it waits where it was. */
  readonly stopped?: unknown;
  /** What is wrong with a queue, of which the others were not kept from theirs. */
  readonly unusable?: unknown;
};

// One answer of a queue has ten, and five answers are asked for at a time.
const RECEIVED_AT_ONCE = 10;
const RECEIVERS = 5;
// Twice the rate up to which the direct mode is meant, and less than what keeps a small InfluxDB from what comes in meanwhile.
const MESSAGES_PER_S = 500;

// One that fails by itself keeps nobody else from the store. So many on end, and it is the store.
const FAILED_ON_END = 3;

/** Ends when the queues are empty but for what fails by itself, when the time is over, or when nothing can be stored. */
export function redriveQueues(deps: RedriveDeps) {
  return async (untilMs: number): Promise<RedriveResult> => {
    const queues: Redriven[] = [];
    const store: StoreSeen = { failedOnEnd: 0 };
    let isDone = true;
    let unusable: unknown;
    for (const queue of deps.queues) {
      const drained = await drain(deps, queue, untilMs, store);
      queues.push(drained.redriven);
      isDone &&= drained.isEmpty;
      unusable ??= drained.unusable;
      if (isAway(store)) return { queues, isDone: false, stopped: store.error, unusable };
    }
    return { queues, isDone, stopped: store.error, unusable };
  };
}

type StoreSeen = {
  failedOnEnd: number;
  /** Of what failed last. */
  error?: unknown;
};

const isAway = ({ failedOnEnd }: StoreSeen): boolean => failedOnEnd >= FAILED_ON_END;

type Drained = Pick<RedriveResult, 'unusable'> & { readonly redriven: Redriven; readonly isEmpty: boolean };

async function drain(deps: RedriveDeps, queue: FailureQueue, untilMs: number, store: StoreSeen): Promise<Drained> {
  let redriven: Redriven = { queue: queue.name, moved: 0, stored: 0, repeated: 0, quarantined: 0 };
  // Given back at the end: this run is not to meet it again.
  const held: ReceivedFailure[] = [];
  let isEmpty = false;
  try {
    while (!isEmpty && deps.nowMs() < untilMs && !isAway(store)) {
      const startMs = deps.nowMs();
      // One message alone asks whether the store takes anything: whatever is taken out in vain counts as tried.
      const batch = redriven.moved === 0 ? await queue.receive(1) : await receiveMany(queue);
      const { results, left } = await moveAll(deps, queue, batch, untilMs, store);
      redriven = results.reduce(plus, redriven);
      held.push(...left);
      isEmpty = batch.length === 0;
      await deps.wait(Math.max(0, startMs + (batch.length * 1_000) / MESSAGES_PER_S - deps.nowMs()));
    }
    await queue.giveBack(handlesOf(held));
    return { redriven, isEmpty: isEmpty && held.length === 0 };
  } catch (unusable) {
    return { redriven, isEmpty: false, unusable };
  }
}

async function receiveMany(queue: FailureQueue): Promise<readonly ReceivedFailure[]> {
  const all = await Promise.all(Array.from({ length: RECEIVERS }, () => queue.receive(RECEIVED_AT_ONCE)));
  return all.flat();
}

type Moved = {
  /** Of those that are out of the queue. */
  readonly results: readonly WriteResult[];
  readonly left: readonly ReceivedFailure[];
};

async function moveAll(
  deps: RedriveDeps,
  queue: FailureQueue,
  batch: readonly ReceivedFailure[],
  untilMs: number,
  store: StoreSeen,
): Promise<Moved> {
  const results: WriteResult[] = [];
  let left = batch;
  for (const part of inParts(batch)) {
    if (deps.nowMs() >= untilMs || isAway(store)) break;
    const written = await deps.write(part.map(({ body, sentAtMs }) => failedMessage(body, sentAtMs)));
    const done = new Set(part.filter((_one, i) => written[i]?.ok === true));
    await queue.remove(handlesOf([...done]));
    left = left.filter((one) => !done.has(one));
    results.push(...written.flatMap((one) => (one.ok ? [one.result] : [])));
    const failed = written.find((one) => !one.ok);
    if (failed !== undefined) store.error = failed.error;
    store.failedOnEnd = done.size > 0 ? 0 : store.failedOnEnd + 1;
  }
  return { results, left };
}

/**
 * What was taken out before comes last, and each by itself: whatever ended that attempt may be in the message, and is not to
 * take others along.
 */
function inParts(batch: readonly ReceivedFailure[]): readonly (readonly ReceivedFailure[])[] {
  const first = batch.filter(({ receiveCount }) => receiveCount <= 1);
  const again = batch.filter(({ receiveCount }) => receiveCount > 1).map((one) => [one]);
  return first.length === 0 ? again : [first, ...again];
}

const handlesOf = (messages: readonly ReceivedFailure[]): readonly string[] =>
  messages.map(({ receiptHandle }) => receiptHandle);

function plus(sum: Redriven, { stored, repeated, quarantined }: WriteResult): Redriven {
  return {
    queue: sum.queue,
    moved: sum.moved + 1,
    stored: sum.stored + stored,
    repeated: sum.repeated + repeated,
    quarantined: sum.quarantined + (quarantined === undefined ? 0 : 1),
  };
}
