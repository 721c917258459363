/** One queue of SQS, each request signed by hand. */
import { AmphoraError } from '../failures/amphora-error.ts';
import type { FailureQueue, ReceivedFailure } from '../redrive/redrive-queues.ts';
import { env } from './env.ts';
import { messageOf } from './log.ts';
import { errorType, isPassing, type ServiceAnswer, signedPost } from './signed-request.ts';

export type QueueDepth = {
  /** Roughly, as all that SQS counts. */
  readonly waiting: number;
  /** Taken out by somebody who has not finished. */
  readonly inFlight: number;
};

export type SqsQueue = FailureQueue & { readonly depth: () => Promise<QueueDepth> };

const ATTEMPTS = 2;
// The most that SQS takes and gives in one request.
const BATCH = 10;
// A short poll asks a part of SQS's servers, and may find nothing where there is something.
const POLL_S = 1;
const ANSWER_TIMEOUT_MS = 4_000;
// Ten of what rules and Lambda put there have 2 MB: a message of AWS IoT has 128 KiB, and base64 makes a third more of it. One
// of somebody else's has a MiB, and JSON in JSON doubles each quotation mark and each backslash.
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

type Members = Readonly<Record<string, unknown>>;
type Ask = {
  readonly action: string;
  readonly input: (attempt: number) => Members;
};

/** Throws 'queue-unavailable', to be tried again. `hiddenS`: how long what is received is the receiver's alone. */
export function sqsQueue(name: string, queueUrl: string, hiddenS: number): SqsQueue {
  const ask = <T>(action: string, input: Ask['input'], read: (answer: Members) => T | undefined): Promise<T> =>
    answered(name, queueUrl, { action, input }, read);
  const each = async (action: string, handles: readonly string[], more: Members = {}) => {
    for (let at = 0; at < handles.length; at += BATCH) {
      const entries = handles
        .slice(at, at + BATCH)
        .map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle, ...more }));
      // One that is named as failed comes again, and changes nothing then.
      await ask(action, () => ({ Entries: entries }), resultIn);
    }
  };
  return {
    name,
    receive: (max) =>
      ask(
        'ReceiveMessage',
        (attempt) => ({
          // What was too long for one answer, or for its time, is hidden now; others come, and that one alone after it.
          MaxNumberOfMessages: attempt === 1 ? Math.min(max, BATCH) : 1,
          VisibilityTimeout: hiddenS,
          WaitTimeSeconds: POLL_S,
          MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
        }),
        receivedIn,
      ),
    remove: (handles) => each('DeleteMessageBatch', handles),
    giveBack: (handles) => each('ChangeMessageVisibilityBatch', handles, { VisibilityTimeout: 0 }),
    depth: () => queueDepth(name, queueUrl),
  };
}

/** For who only counts. */
export const queueDepth = (name: string, queueUrl: string): Promise<QueueDepth> =>
  answered(
    name,
    queueUrl,
    { action: 'GetQueueAttributes', input: () => ({ AttributeNames: [WAITING, IN_FLIGHT] }) },
    depthIn,
  );

const WAITING = 'ApproximateNumberOfMessages';
const IN_FLIGHT = 'ApproximateNumberOfMessagesNotVisible';

/** Undefined: it is none. What is not understood must not look like an empty queue, nor be taken out of one. */
function receivedIn({ Messages: messages = [] }: Members): readonly ReceivedFailure[] | undefined {
  if (!Array.isArray(messages)) return undefined;
  const all = messages.map(received);
  return all.every((one) => one !== undefined) ? all : undefined;
}

function received(message: unknown): ReceivedFailure | undefined {
  const { Body: body, ReceiptHandle: receiptHandle, Attributes: attributes } = membersOf(message);
  const { SentTimestamp: sentAt, ApproximateReceiveCount: count } = membersOf(attributes);
  const [sentAtMs, receiveCount] = [countOf(sentAt), countOf(count)];
  if (typeof body !== 'string' || typeof receiptHandle !== 'string') return undefined;
  return sentAtMs === undefined || receiveCount === undefined
    ? undefined
    : { body, receiptHandle, sentAtMs, receiveCount };
}

function resultIn({ Successful: successful, Failed: failed }: Members): Members | undefined {
  return Array.isArray(successful) || Array.isArray(failed) ? { successful, failed } : undefined;
}

function depthIn({ Attributes: attributes }: Members): QueueDepth | undefined {
  const counts = membersOf(attributes);
  const [waiting, inFlight] = [countOf(counts[WAITING]), countOf(counts[IN_FLIGHT])];
  return waiting === undefined || inFlight === undefined ? undefined : { waiting, inFlight };
}

const membersOf = (value: unknown): Members => ({ ...Object(value) });

/** SQS writes numbers as text. */
function countOf(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

async function answered<T>(
  name: string,
  queueUrl: string,
  { action, input }: Ask,
  read: (answer: Members) => T | undefined,
): Promise<T> {
  const at = new URL(env.sqsEndpoint() ?? new URL(queueUrl).origin);
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === ATTEMPTS;
    try {
      const answer = await signedPost({
        url: at,
        service: 'sqs',
        region: env.region(),
        target: `AmazonSQS.${action}`,
        version: '1.0',
        body: JSON.stringify({ QueueUrl: queueUrl, ...input(attempt) }),
        timeoutMs: ANSWER_TIMEOUT_MS,
        maxAnswerBytes: MAX_ANSWER_BYTES,
      });
      const members = answer.status === 200 ? membersIn(answer.body) : undefined;
      const value = members === undefined ? undefined : read(members);
      if (value !== undefined) return value;
      if (isLast || (answer.status !== 200 && !isPassing(answer))) throw refused(name, action, answer);
    } catch (cause) {
      if (cause instanceof AmphoraError) throw cause;
      if (isLast) throw unavailable(name, `SQS does not answer ${action} at ${at.origin} (${messageOf(cause)})`, cause);
    }
  }
}

function membersIn(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // Who answers so is not SQS; the caller says so.
    return undefined;
  }
}

function refused(name: string, action: string, { status, body }: ServiceAnswer): AmphoraError {
  const what = status === 200 ? 'with what is no answer of SQS' : errorType(body);
  return unavailable(name, `SQS answered ${status} ${what}`.trimEnd() + ` to ${action}`);
}

function unavailable(name: string, why: string, cause?: unknown): AmphoraError {
  return new AmphoraError('queue-unavailable', `the queue ${name} cannot be used: ${why}; what is in it stays there`, {
    retry: true,
    cause,
  });
}
