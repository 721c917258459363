/**
 * SQS's JSON protocol over the local queues, as far as a redrive speaks it. An entry of a batch succeeds or fails by itself, and
 * a long poll ends when its caller leaves. Codes and bounds are those of the service's API reference.
 */
import { createHash } from 'node:crypto';
import { isReceiptHandle, type ReceivedMessage } from './queue-file.ts';
import { MAX_RECEIVED, MAX_VISIBILITY_MS, type Queue } from './queues.ts';

export type SqsEndpointOptions = {
  /** By its name; undefined: there is none. */
  readonly find: (queueId: string) => Queue | undefined;
  /** From then on nothing is handed out; what is out can be finished. */
  readonly stopping: AbortSignal;
};

export type SqsAnswer =
  | { readonly ok: true; readonly body: object }
  | {
      readonly ok: false;
      readonly type: string;
      /** As older clients know the error. */
      readonly queryCode: string;
      readonly message: string;
    };

/** `leaving`: the caller does not wait any more. */
export type SqsEndpoint = (action: string, input: Members, leaving: AbortSignal) => Promise<SqsAnswer>;

type Members = Readonly<Record<string, unknown>>;
type Action = (queue: Queue, input: Members, leaving: AbortSignal) => SqsAnswer | Promise<SqsAnswer>;
type Entry = { readonly id: string; readonly handle: string; readonly members: Members };

const MAX_WAIT_S = 20;
const VISIBILITY_S = [0, MAX_VISIBILITY_MS / 1000] as const;
const MAX_ENTRIES = 10;
const ENTRY_ID = /^[\w-]{1,80}$/;

export function sqsEndpoint({ find, stopping }: SqsEndpointOptions): SqsEndpoint {
  const actions: Readonly<Record<string, Action>> = {
    ReceiveMessage: (queue, input, leaving) => receive(queue, input, leaving, stopping),
    DeleteMessageBatch: removeEach,
    ChangeMessageVisibilityBatch: changeEach,
    GetQueueAttributes: attributesOf,
  };
  return async (action, input, leaving) => {
    const act = actions[action];
    if (act === undefined)
      return refused('UnsupportedOperation', `the local queues know ${Object.keys(actions).join(', ')}, not ${action}`);
    const queueId = textIn(input, 'QueueUrl').split('/').at(-1);
    const queue = find(queueId ?? '');
    return queue === undefined
      ? refused('QueueDoesNotExist', `the template has no queue '${queueId}'`)
      : act(queue, input, leaving);
  };
}

async function receive(queue: Queue, input: Members, leaving: AbortSignal, stopping: AbortSignal): Promise<SqsAnswer> {
  const problem =
    numberProblem(input, 'MaxNumberOfMessages', [1, MAX_RECEIVED]) ??
    numberProblem(input, 'WaitTimeSeconds', [0, MAX_WAIT_S]) ??
    numberProblem(input, 'VisibilityTimeout', VISIBILITY_S);
  if (problem !== undefined) return refused('InvalidParameterValue', problem);
  const visibilityS = numberIn(input, 'VisibilityTimeout');
  if (stopping.aborted) return STOPPING;
  const ended = AbortSignal.any([leaving, stopping]);
  const messages = await queue.receive(
    {
      max: numberIn(input, 'MaxNumberOfMessages') ?? 1,
      waitMs: (numberIn(input, 'WaitTimeSeconds') ?? 0) * 1000,
      ...(visibilityS === undefined ? {} : { visibilityMs: visibilityS * 1000 }),
    },
    ended,
  );
  if (!ended.aborted)
    return { ok: true, body: messages.length === 0 ? {} : { Messages: messages.map(toldWith(input)) } };
  // Nobody is there who could have them.
  for (const { receiptHandle } of messages) queue.changeVisibility(receiptHandle, 0);
  return STOPPING;
}

const ATTRIBUTES: Readonly<Record<string, (message: ReceivedMessage) => number>> = {
  SentTimestamp: ({ sentAtMs }) => sentAtMs,
  ApproximateReceiveCount: ({ receiveCount }) => receiveCount,
  ApproximateFirstReceiveTimestamp: ({ firstReceivedAtMs }) => firstReceivedAtMs,
};

function toldWith({ MessageSystemAttributeNames: wanted }: Members) {
  const names = Array.isArray(wanted) ? wanted.map(String) : [];
  const told = Object.entries(ATTRIBUTES).filter(([name]) => names.includes(name) || names.includes('All'));
  return (message: ReceivedMessage) => ({
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: createHash('md5').update(message.body).digest('hex'),
    Body: message.body,
    ...(told.length === 0
      ? {}
      : { Attributes: Object.fromEntries(told.map(([name, valueOf]) => [name, String(valueOf(message))])) }),
  });
}

// By a handle that is not the newest one nothing is removed, and the answer is the same.
const removeEach: Action = (queue, input) =>
  eachOf(input, (entries) => {
    queue.remove(entries.map(({ handle }) => handle));
    return new Map();
  });

const changeEach: Action = (queue, input) =>
  eachOf(input, (entries) => {
    const failed = new Map<string, Failure>();
    for (const { id, handle, members } of entries) {
      const problem = numberProblem(members, 'VisibilityTimeout', VISIBILITY_S);
      if (problem !== undefined) failed.set(id, ['InvalidParameterValue', problem]);
      else if (!queue.changeVisibility(handle, (numberIn(members, 'VisibilityTimeout') ?? 0) * 1000))
        failed.set(id, ['MessageNotInflight', 'nobody has the message by this handle']);
    }
    return failed;
  });

/** Code and message. */
type Failure = readonly [string, string];

function eachOf(input: Members, work: (entries: readonly Entry[]) => ReadonlyMap<string, Failure>): SqsAnswer {
  const entries = Array.isArray(input['Entries']) ? input['Entries'].map(entryOf) : [];
  const problem = batchProblem(entries.map(({ id }) => id));
  if (problem !== undefined) return problem;
  const good = entries.filter(({ handle }) => isReceiptHandle(handle));
  const failed = new Map<string, Failure>(work(good));
  for (const { id, handle } of entries)
    if (!isReceiptHandle(handle)) failed.set(id, ['ReceiptHandleIsInvalid', 'no queue has given out such a handle']);
  return {
    ok: true,
    body: {
      Successful: entries.flatMap(({ id }) => (failed.has(id) ? [] : [{ Id: id }])),
      Failed: [...failed].map(([Id, [Code, Message]]) => ({ Id, SenderFault: true, Code, Message })),
    },
  };
}

function entryOf(entry: unknown): Entry {
  const members: Members = { ...Object(entry) };
  return { id: textIn(members, 'Id'), handle: textIn(members, 'ReceiptHandle'), members };
}

function batchProblem(ids: readonly string[]): SqsAnswer | undefined {
  if (ids.length === 0) return refused('EmptyBatchRequest', 'the request has no entries');
  if (ids.length > MAX_ENTRIES)
    return refused('TooManyEntriesInBatchRequest', `a request may have ${MAX_ENTRIES} entries, not ${ids.length}`);
  const strange = ids.find((id) => !ENTRY_ID.test(id));
  if (strange !== undefined)
    return refused(
      'InvalidBatchEntryId',
      `an Id has 1 to 80 letters, digits, - and _, which '${strange.slice(0, 80)}' has not`,
    );
  return new Set(ids).size === ids.length
    ? undefined
    : refused('BatchEntryIdsNotDistinct', 'two entries have the same Id');
}

const COUNTS: Readonly<Record<string, 'visible' | 'inFlight'>> = {
  ApproximateNumberOfMessages: 'visible',
  ApproximateNumberOfMessagesNotVisible: 'inFlight',
};

const attributesOf: Action = (queue, { AttributeNames: wanted }) => {
  const names = Array.isArray(wanted) ? wanted.map(String) : [];
  const unknown = names.find((name) => COUNTS[name] === undefined);
  if (unknown !== undefined)
    return refused('InvalidAttributeName', `the local queues know ${Object.keys(COUNTS).join(', ')}, not ${unknown}`);
  const counts = queue.counts();
  const told = names.flatMap((name) => {
    const count = COUNTS[name];
    return count === undefined ? [] : [[name, String(counts[count])]];
  });
  return { ok: true, body: told.length === 0 ? {} : { Attributes: Object.fromEntries(told) } };
};

function textIn(members: Members, name: string): string {
  const value = members[name];
  return typeof value === 'string' ? value : '';
}

type Bounds = readonly [least: number, most: number];

/** Undefined: it is absent, or a whole number within the bounds. */
function numberProblem(input: Members, name: string, [least, most]: Bounds): string | undefined {
  const value = input[name] ?? least;
  const isIn = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  return isIn ? undefined : `${name} must be a whole number from ${least} to ${most}`;
}

function numberIn(input: Members, name: string): number | undefined {
  const value = input[name];
  return typeof value === 'number' ? value : undefined;
}

// Clients of the older protocol know some errors by other names, and the answer has both.
const QUERY_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

function refused(type: string, message: string): SqsAnswer {
  return { ok: false, type, queryCode: QUERY_CODES[type] ?? type, message };
}

// As a service says that it takes no more now. Empty would mean that nothing waits.
const STOPPING = refused(
  'RequestThrottled',
  'the local runtime is stopping; what is in the queue waits for its next start',
);
