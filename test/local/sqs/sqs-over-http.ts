/** The local queues behind their endpoint, as the real client of SQS speaks to them. Messages come in by the runtime's own door. */
import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { awsEndpoints, queueUrl } from '../../../local/aws-endpoints.ts';
import type { Clock } from '../../../local/clock.ts';
import { openQueues, type Queue } from '../../../local/sqs/queues.ts';
import { sqsEndpoint } from '../../../local/sqs/sqs-endpoint.ts';
import { withServer } from '../raw-http.ts';
import { recordedLog } from '../recorded-log.ts';
import type { QueueNeeds, QueueUnderTest } from './cases.ts';
import { countsThrough, receiveThrough } from './through-client.ts';

const ACCOUNT = '000000000000';

export type SqsOverHttp = {
  readonly client: SQSClient;
  readonly port: number;
  readonly urlOf: (name: string) => string;
  readonly create: (needs?: QueueNeeds) => readonly [name: string, queue: Queue];
  /** As the cases know it. */
  readonly asTested: (name: string, queue: Queue) => QueueUnderTest;
  readonly stopping: AbortController;
};

type Setup = {
  readonly path: string;
  readonly clock: Clock;
  /** What lets time go by while a long poll waits. */
  readonly drive?: <T>(polling: Promise<T>) => Promise<T>;
  /** What the endpoint is given in place of a queue. */
  readonly seen?: (queue: Queue) => Queue;
};

export async function withSqsOverHttp(
  { path, clock, drive = (polling) => polling, seen = (queue) => queue }: Setup,
  use: (sqs: SqsOverHttp) => Promise<void>,
): Promise<void> {
  const queues = openQueues(path, clock);
  const made = new Map<string, Queue>();
  const names = new Map<QueueUnderTest, string>();
  const stopping = new AbortController();
  const listener = awsEndpoints({
    publish: async () => undefined,
    sqs: sqsEndpoint({ find: (name) => made.get(name), stopping: stopping.signal }),
    accessKeyId: 'local',
    log: recordedLog().log,
  });
  const create: SqsOverHttp['create'] = ({ visibilityS = 30, retentionS, redrive } = {}) => {
    const name = `queue${made.size}`;
    const settings = {
      name,
      visibilityMs: visibilityS * 1000,
      ...(retentionS === undefined ? {} : { retentionMs: retentionS * 1000 }),
    };
    const queue = queues.queue(
      redrive === undefined
        ? settings
        : {
            ...settings,
            redrive: {
              deadLetterQueue: names.get(redrive.deadLetters) ?? '',
              maxReceiveCount: redrive.maxReceiveCount,
            },
          },
    );
    made.set(name, seen(queue));
    return [name, queue];
  };
  try {
    await withServer(listener, async (port) => {
      const client = new SQSClient({
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        maxAttempts: 1,
      });
      const urlOf = (name: string): string => queueUrl(port, ACCOUNT, name);
      const asTested: SqsOverHttp['asTested'] = (name, queue) => {
        const underTest = queueUnderTest(client, urlOf(name), queue, drive);
        names.set(underTest, name);
        return underTest;
      };
      try {
        await use({ client, port, urlOf, create, asTested, stopping });
      } finally {
        client.destroy();
      }
    });
  } finally {
    await queues.close();
  }
}

function queueUnderTest(
  client: SQSClient,
  QueueUrl: string,
  queue: Queue,
  drive: NonNullable<Setup['drive']>,
): QueueUnderTest {
  return {
    send: queue.send,
    receive: async (how = {}) => {
      const polling = receiveThrough(client, QueueUrl, how);
      return (how.waitS ?? 0) > 0 ? drive(polling) : polling;
    },
    remove: async (ReceiptHandle) => {
      const Entries = [{ Id: 'one', ReceiptHandle }];
      const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      if (Failed.length > 0) throw new Error(Failed[0]?.Code);
    },
    changeVisibility: async (ReceiptHandle, VisibilityTimeout) => {
      const Entries = [{ Id: 'one', ReceiptHandle, VisibilityTimeout }];
      const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
      const { Successful = [] } = await client.send(command);
      return Successful.length === 1;
    },
    counts: () => countsThrough(client, QueueUrl),
  };
}
