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
// A MiB of messages at most, and JSON in JSON doubles each quotation mark and each backslash.
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Throws 'queue-unavailable', to be tried again. `hiddenS`: how long what is received is the receiver's alone. */
export function sqsQueue(name: string, queueUrl: string, hiddenS: number): SqsQueue {
  const ask = (action: string, input: Readonly<Record<string, unknown>>): Promise<Answered> =>
    answered(name, queueUrl, action, { QueueUrl: queueUrl, ...input });
  const each = async (action: string, handles: readonly string[], more: Readonly<Record<string, unknown>> = {}) => {
    for (let at = 0; at < handles.length; at += BATCH) {
      const entries = handles
        .slice(at, at + BATCH)
        .map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle, ...more }));
      // One that is named as failed comes again, and changes nothing then.
      await ask(action, { Entries: entries });
    }
  };
  return {
    name,
    receive: async (max) => {
      const { Messages: messages = [] } = await ask('ReceiveMessage', {
        MaxNumberOfMessages: Math.min(max, BATCH),
        VisibilityTimeout: hiddenS,
        WaitTimeSeconds: POLL_S,
        MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
      });
      return Array.isArray(messages) ? messages.map(received) : [];
    },
    remove: (handles) => each('DeleteMessageBatch', handles),
    giveBack: (handles) => each('ChangeMessageVisibilityBatch', handles, { VisibilityTimeout: 0 }),
    depth: async () => {
      const { Attributes: attributes } = await ask('GetQueueAttributes', {
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      });
      const counts: Readonly<Record<string, unknown>> = { ...Object(attributes) };
      return {
        waiting: Number(counts['ApproximateNumberOfMessages'] ?? 0),
        inFlight: Number(counts['ApproximateNumberOfMessagesNotVisible'] ?? 0),
      };
    },
  };
}

function received(message: unknown): ReceivedFailure {
  const {
    Body: body,
    ReceiptHandle: handle,
    Attributes: attributes,
  }: Readonly<Record<string, unknown>> = {
    ...Object(message),
  };
  const { SentTimestamp: sentAt, ApproximateReceiveCount: count }: Readonly<Record<string, unknown>> = {
    ...Object(attributes),
  };
  return {
    body: String(body),
    receiptHandle: String(handle),
    sentAtMs: Number(sentAt ?? 0),
    receiveCount: Number(count ?? 1),
  };
}

type Answered = Readonly<Record<string, unknown>>;

async function answered(name: string, queueUrl: string, action: string, input: Answered): Promise<Answered> {
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
        body: JSON.stringify(input),
        timeoutMs: ANSWER_TIMEOUT_MS,
        maxAnswerBytes: MAX_ANSWER_BYTES,
      });
      if (answer.status === 200) return { ...Object(JSON.parse(answer.body)) };
      if (isLast || !isPassing(answer)) throw refused(name, action, answer);
    } catch (cause) {
      if (cause instanceof AmphoraError) throw cause;
      if (isLast) throw unavailable(name, `SQS does not answer ${action} at ${at.origin} (${messageOf(cause)})`, cause);
    }
  }
}

function refused(name: string, action: string, { status, body }: ServiceAnswer): AmphoraError {
  return unavailable(name, `SQS answered ${status} ${errorType(body)}`.trimEnd() + ` to ${action}`);
}

function unavailable(name: string, why: string, cause?: unknown): AmphoraError {
  return new AmphoraError('queue-unavailable', `the queue ${name} cannot be used: ${why}; what is in it stays there`, {
    retry: true,
    cause,
  });
}
