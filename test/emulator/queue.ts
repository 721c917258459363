/** What a queue of the emulator holds, each message taken out, or how many they are; and one more. */
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { CREDENTIALS, REGION } from '../../scripts/emulator/cdklocal.ts';

/** The messages that are there now, as JSON. */
export async function takeMessages(endpoint: string, queueUrl: string): Promise<readonly Record<string, unknown>[]> {
  const sqs = new SQSClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  try {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    for (const { ReceiptHandle } of Messages)
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    return Messages.map(({ Body = '' }) => JSON.parse(Body));
  } finally {
    sqs.destroy();
  }
}

export async function makeQueue(endpoint: string, QueueName: string): Promise<{ url: string; arn: string }> {
  const sqs = new SQSClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  try {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
    const { Attributes } = await sqs.send(command);
    return { url: QueueUrl, arn: Attributes?.QueueArn ?? '' };
  } finally {
    sqs.destroy();
  }
}

export async function queueDepth(endpoint: string, queueUrl: string): Promise<number> {
  const sqs = new SQSClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  try {
    const command = new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages'],
    });
    const { Attributes } = await sqs.send(command);
    return Number(Attributes?.ApproximateNumberOfMessages);
  } finally {
    sqs.destroy();
  }
}

export async function putMessage(endpoint: string, QueueUrl: string, MessageBody: string): Promise<void> {
  const sqs = new SQSClient({ endpoint, region: REGION, credentials: CREDENTIALS });
  try {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  } finally {
    sqs.destroy();
  }
}
