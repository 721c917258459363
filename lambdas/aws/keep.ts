/** Puts what could not be stored into the failure queue. */
import { AmphoraError } from '../failures/amphora-error.ts';
import type { KeptMessage } from '../telemetry/write-message.ts';
import { env } from './env.ts';
import { messageOf } from './log.ts';
import { errorType, isPassing, type ServiceAnswer, signedPost } from './signed-request.ts';

const ATTEMPTS = 2;

/** Resolves when the queue has it. */
export async function keep(message: KeptMessage): Promise<void> {
  const queueUrl = env.failureQueueUrl();
  // Where AWS_ENDPOINT_URL_SQS is set, it is the only way out of a VPC.
  const url = new URL('/', env.queueEndpoint() ?? queueUrl);
  const body = JSON.stringify({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) });
  const request = {
    url,
    service: 'sqs',
    region: env.region(),
    target: 'AmazonSQS.SendMessage',
    version: '1.0',
    body,
  } as const;
  for (let attempt = 1; ; attempt++) {
    const answer = await attempted(() => signedPost(request));
    if ('status' in answer && answer.status === 200) return;
    const isLast = attempt === ATTEMPTS || ('status' in answer && !isPassing(answer));
    if (isLast) throw notTaken(answer);
  }
}

type NoAnswer = { readonly cause: unknown };

async function attempted(send: () => Promise<ServiceAnswer>): Promise<ServiceAnswer | NoAnswer> {
  try {
    return await send();
  } catch (cause) {
    return { cause };
  }
}

function notTaken(answer: ServiceAnswer | NoAnswer): AmphoraError {
  const why =
    'status' in answer ? `SQS answered ${answer.status} ${errorType(answer.body)}`.trim() : messageOf(answer.cause);
  return new AmphoraError('queue-unavailable', `the failure queue did not take a message: ${why}`, {
    retry: true,
    ...('cause' in answer ? { cause: answer.cause } : {}),
  });
}
