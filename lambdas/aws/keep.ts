/** Puts what could not be stored into the failure queue. The SQS client is the runtime's own, loaded on this path only. */
import { AmphoraError } from '../failures/amphora-error.ts';
import type { KeptMessage } from '../telemetry/write-message.ts';
import { env } from './env.ts';
import { messageOf } from './log.ts';

type SqsSend = (body: string) => Promise<unknown>;

let send: SqsSend | undefined;

export async function keep(message: KeptMessage): Promise<void> {
  try {
    send ??= await sqsSend();
    await send(JSON.stringify(message));
  } catch (cause) {
    throw new AmphoraError('queue-unavailable', `the failure queue did not take a message: ${messageOf(cause)}`, {
      retry: true,
      cause,
    });
  }
}

async function sqsSend(): Promise<SqsSend> {
  const { SQSClient, SendMessageCommand } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000 },
    // By default the queue's address would win over AWS_ENDPOINT_URL_SQS, the only way out of a VPC.
    useQueueUrlAsEndpoint: false,
  });
  return (body) => client.send(new SendMessageCommand({ QueueUrl: env.failureQueueUrl(), MessageBody: body }));
}
