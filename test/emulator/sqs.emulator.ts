/** The cases of the local SQS, put to the emulator's by the real client: where both agree, neither is our own idea of SQS. */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { CREDENTIALS, REGION } from '../../scripts/emulator/cdklocal.ts';
import { type Emulator, startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { type QueueNeeds, type QueueUnderTest, type SqsUnderTest, sqsCases } from '../local/sqs/cases.ts';
import { countsThrough, receiveThrough } from '../local/sqs/through-client.ts';
import { ROOT } from './root.ts';

const START_MS = 120_000;

let emulator: Emulator | undefined;
let sqs: SQSClient;
let made = 0;

beforeAll(async () => {
  emulator = await startEmulatorProcess({ root: ROOT, port: 0, say: () => {} });
  sqs = new SQSClient({ endpoint: emulator.url, region: REGION, credentials: CREDENTIALS, maxAttempts: 1 });
}, START_MS);
afterAll(async () => {
  sqs?.destroy();
  await emulator?.end();
});

const arnOf = new Map<QueueUnderTest, string>();

async function create({ visibilityS = 30, retentionS, redrive }: QueueNeeds = {}): Promise<QueueUnderTest> {
  const redrivePolicy =
    redrive === undefined
      ? undefined
      : { deadLetterTargetArn: arnOf.get(redrive.deadLetters), maxReceiveCount: redrive.maxReceiveCount };
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({
      QueueName: `queue${made++}`,
      Attributes: {
        VisibilityTimeout: String(visibilityS),
        ...(retentionS === undefined ? {} : { MessageRetentionPeriod: String(retentionS) }),
        ...(redrivePolicy === undefined ? {} : { RedrivePolicy: JSON.stringify(redrivePolicy) }),
      },
    }),
  );
  const queue: QueueUnderTest = {
    send: async (MessageBody) => {
      const { MessageId = '' } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
      return MessageId;
    },
    receive: (how = {}) => receiveThrough(sqs, QueueUrl, how),
    remove: (ReceiptHandle) => sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    changeVisibility: async (ReceiptHandle, VisibilityTimeout) => {
      const command = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout });
      return sqs.send(command).then(
        () => true,
        (error: Error) => {
          if (/MessageNotInflight|InvalidParameterValue|ReceiptHandleIsInvalid/.test(error.name)) return false;
          throw error;
        },
      );
    },
    counts: () => countsThrough(sqs, QueueUrl),
  };
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  arnOf.set(queue, Attributes.QueueArn ?? '');
  return queue;
}

const emulated: SqsUnderTest = {
  create,
  // By the emulator's own clock: a poll of nothing takes as long as it was told to.
  later: async (seconds) => {
    await (await create()).receive({ waitS: seconds });
  },
};

describe('the SQS of the emulator, held to the cases of the local one', () => {
  sqsCases(() => emulated, {
    // A minute is the least that SQS lets anybody choose.
    deviations: {
      'and is answered as if it had':
        'it answers ReceiptHandleIsInvalid, where SQS says that the request succeeds and the message may stay',
      'the visibility of a message that nobody has cannot be changed':
        'it hides the message again, where SQS answers MessageNotInflight',
    },
    tooSlow: ['what is past its retention is gone, wherever it was'],
  });
});
