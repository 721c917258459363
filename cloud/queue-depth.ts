/** How much is in a queue, and since when. */
import { GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { asked, isNotFound } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

export type QueueDepth = {
  /** SQS counts approximately: the true number may be seconds older. */
  readonly messages: number;
  /** When the oldest of those came that were looked at, which need not be all; undefined when none was. */
  readonly oldestAtMs?: number;
};

/** Undefined when there is no such queue. */
export async function queueDepth(region: string, queueUrl: string): Promise<QueueDepth | undefined> {
  return withClient(region, async (sqs) => {
    const question = new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    });
    try {
      const { Attributes = {} } = await asked('count the messages of a queue', sqs.send(question));
      return { messages: Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0) };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
}

/** The same, with the oldest of up to ten messages, which are left where they are: nobody else misses them for a moment. */
export async function lookIntoQueue(region: string, queueUrl: string): Promise<QueueDepth | undefined> {
  const depth = await queueDepth(region, queueUrl);
  if (depth === undefined || depth.messages === 0) return depth;
  const oldestAtMs = await withClient(region, async (sqs) => {
    const look = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
      MessageSystemAttributeNames: ['SentTimestamp'],
    });
    const { Messages = [] } = await asked('look into a queue', sqs.send(look));
    return Math.min(
      ...Messages.map(({ Attributes }) => Number(Attributes?.SentTimestamp ?? Number.NaN)).filter(Number.isFinite),
    );
  });
  return Number.isFinite(oldestAtMs) ? { ...depth, oldestAtMs } : depth;
}

async function withClient<T>(region: string, ask: (sqs: SQSClient) => Promise<T>): Promise<T> {
  // At the one endpoint of all: the address of a queue in an emulator names a host that need not be right from here.
  const sqs = new SQSClient({ ...clientOptions(region), useQueueUrlAsEndpoint: false });
  try {
    return await ask(sqs);
  } finally {
    sqs.destroy();
  }
}
