/** What the real client of SQS says of a queue, in the words of the cases. */
import { GetQueueAttributesCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueUnderTest } from './cases.ts';

type Received = ReturnType<QueueUnderTest['receive']>;
type How = NonNullable<Parameters<QueueUnderTest['receive']>[0]>;

export async function receiveThrough(
  client: SQSClient,
  QueueUrl: string | undefined,
  { max = 10, waitS = 0, visibilityS }: How,
): Promise<Awaited<Received>> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: max,
      WaitTimeSeconds: waitS,
      MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
      ...(visibilityS === undefined ? {} : { VisibilityTimeout: visibilityS }),
    }),
  );
  return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '', Attributes = {} }) => ({
    messageId: MessageId,
    body: Body,
    receiptHandle: ReceiptHandle,
    receiveCount: Number(Attributes.ApproximateReceiveCount),
    sentAtMs: Number(Attributes.SentTimestamp),
  }));
}

export async function countsThrough(
  client: SQSClient,
  QueueUrl: string | undefined,
): Promise<{ readonly visible: number; readonly inFlight: number }> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
  };
}
