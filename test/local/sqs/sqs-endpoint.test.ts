import { join } from 'node:path';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sqsQueue } from '../../../lambdas/aws/sqs-queue.ts';
import type { Queue } from '../../../local/sqs/queues.ts';
import { type DrivenClock, drivenClock } from '../driven-clock.ts';
import { inTempFolder } from '../temp-folder.ts';
import { type SqsUnderTest, sqsCases } from './cases.ts';
import { type SqsOverHttp, withSqsOverHttp } from './sqs-over-http.ts';

const pathIn = (folder: string): string => join(folder, 'queues.sqlite');

describe('the local SQS behind its endpoint, held to the cases of any', () => {
  let clock: DrivenClock;
  let sqs: SqsOverHttp;
  let end: () => void;
  let ended: Promise<unknown>;

  beforeEach(async () => {
    clock = drivenClock();
    const begun = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    end = over.resolve;
    ended = inTempFolder((folder) =>
      withSqsOverHttp({ path: pathIn(folder), clock, drive: driven }, async (opened) => {
        sqs = opened;
        begun.resolve();
        await over.promise;
      }),
    );
    await begun.promise;
  });
  afterEach(async () => {
    end();
    await ended;
  });

  /** Time goes by while somebody waits for a message. */
  async function driven<T>(polling: Promise<T>): Promise<T> {
    let isOver = false;
    const noted = polling.finally(() => {
      isOver = true;
    });
    noted.catch(() => undefined);
    while (!isOver) await clock.advance(500);
    return noted;
  }

  const create: SqsUnderTest['create'] = async (needs) => sqs.asTested(...sqs.create(needs));

  sqsCases(() => ({ create, later: async (seconds) => clock.advance(seconds * 1000) }));
});

async function withQueue(
  use: (sqs: SqsOverHttp & { readonly queue: Queue; readonly QueueUrl: string }) => Promise<void>,
  seen?: (queue: Queue) => Queue,
): Promise<void> {
  await inTempFolder(async (folder) => {
    const setup = { path: pathIn(folder), clock: drivenClock(), ...(seen === undefined ? {} : { seen }) };
    await withSqsOverHttp(setup, async (sqs) => {
      const [name, queue] = sqs.create();
      await use({ ...sqs, queue, QueueUrl: sqs.urlOf(name) });
    });
  });
}

describe('what is received', () => {
  test('has those of its attributes that were asked for', async () => {
    await withQueue(async ({ client, queue, QueueUrl }) => {
      await queue.send('a');
      const received = async (names: ReceiveMessageCommandInput['MessageSystemAttributeNames']) => {
        const { Messages } = await client.send(
          new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0, MessageSystemAttributeNames: names }),
        );
        return Object.keys(Messages?.[0]?.Attributes ?? {});
      };
      expect(await received(undefined)).toEqual([]);
      expect(await received(['ApproximateReceiveCount'])).toEqual(['ApproximateReceiveCount']);
      expect(await received(['All'])).toEqual([
        'SentTimestamp',
        'ApproximateReceiveCount',
        'ApproximateFirstReceiveTimestamp',
      ]);
    });
  });

  test('is one message unless more are asked for, and none is no error', async () => {
    await withQueue(async ({ client, queue, QueueUrl }) => {
      await Promise.all([queue.send('a'), queue.send('b')]);
      expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toHaveLength(1);
      await client.send(new ReceiveMessageCommand({ QueueUrl }));
      expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
    });
  });

  test('comes to nobody who has left: a long poll ends with its caller', async () => {
    const begun = Promise.withResolvers<void>();
    const over = Promise.withResolvers<readonly unknown[]>();
    const seen = (queue: Queue): Queue => ({
      ...queue,
      receive: async (how, signal) => {
        begun.resolve();
        const messages = await queue.receive(how, signal);
        over.resolve(messages);
        return messages;
      },
    });
    await withQueue(async ({ client, queue, QueueUrl }) => {
      const leaving = new AbortController();
      const polling = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
        abortSignal: leaving.signal,
      });
      await begun.promise;
      leaving.abort();
      await expect(polling).rejects.toThrow();
      // Of the twenty seconds none has gone by.
      expect(await over.promise).toEqual([]);
      await queue.send('a');
      expect(await queue.receive({ max: 1 })).toMatchObject([{ receiveCount: 1 }]);
    }, seen);
  });

  test('is given back when its caller left while it was taken out', async () => {
    const leaving = new AbortController();
    const returned = Promise.withResolvers<void>();
    const seen = (queue: Queue): Queue => ({
      ...queue,
      receive: async (how, signal) => {
        const messages = await queue.receive(how, signal);
        const left = new Promise((resolve) => signal?.addEventListener('abort', resolve));
        leaving.abort();
        await left;
        return messages;
      },
      changeVisibility: (handle, visibilityMs) => {
        const isChanged = queue.changeVisibility(handle, visibilityMs);
        returned.resolve();
        return isChanged;
      },
    });
    await withQueue(async ({ client, queue, QueueUrl }) => {
      await queue.send('a');
      const receiving = client.send(new ReceiveMessageCommand({ QueueUrl }), { abortSignal: leaving.signal });
      await expect(receiving).rejects.toThrow();
      await returned.promise;
      expect(queue.counts()).toMatchObject({ visible: 1, inFlight: 0 });
    }, seen);
  });

  test('is nothing while the runtime stops, which is not told as an empty queue; what is out can be finished', async () => {
    const begun = Promise.withResolvers<void>();
    const seen = (queue: Queue): Queue => ({
      ...queue,
      receive: async (how, signal) => {
        if ((how.waitMs ?? 0) > 0) begun.resolve();
        return queue.receive(how, signal);
      },
    });
    await withQueue(async ({ client, queue, QueueUrl, stopping }) => {
      await queue.send('a');
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
      const refused = { name: 'RequestThrottled', message: expect.stringContaining('stopping') };
      const polling = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      const noted = expect(polling).rejects.toMatchObject(refused);
      await begun.promise;
      stopping.abort();
      await noted;
      await queue.send('b');
      await expect(client.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject(refused);
      const Entries = Messages.map(({ ReceiptHandle }) => ({ Id: 'a', ReceiptHandle }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      expect(queue.counts()).toMatchObject({ visible: 1, inFlight: 0 });
    }, seen);
  });
});

describe('a batch', () => {
  test('says of each entry whether it succeeded, and why not', async () => {
    await withQueue(async ({ client, queue, QueueUrl }) => {
      await Promise.all([queue.send('a'), queue.send('b')]);
      const [one, other] = await queue.receive({ max: 2 });
      const handleOf = (handle: string | undefined, Id: string) => ({ Id, ReceiptHandle: handle ?? '' });
      const shown = await client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl,
          Entries: [
            { ...handleOf(one?.receiptHandle, 'good'), VisibilityTimeout: 0 },
            { ...handleOf(other?.receiptHandle, 'far'), VisibilityTimeout: 43_201 },
            { ...handleOf('nonsense', 'strange'), VisibilityTimeout: 0 },
            { ...handleOf(`99.${'0'.repeat(36)}`, 'unknown'), VisibilityTimeout: 0 },
          ],
        }),
      );
      expect(shown.Successful).toEqual([{ Id: 'good' }]);
      expect(shown.Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).toEqual([
        ['far', 'InvalidParameterValue', true],
        ['unknown', 'MessageNotInflight', true],
        ['strange', 'ReceiptHandleIsInvalid', true],
      ]);
      const removed = await client.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: [handleOf(other?.receiptHandle, 'good'), handleOf('nonsense', 'strange')],
        }),
      );
      expect([removed.Successful, removed.Failed?.map(({ Id }) => Id)]).toEqual([[{ Id: 'good' }], ['strange']]);
      expect(queue.size()).toBe(1);
    });
  });

  const entries = (count: number, idOf: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => ({ Id: idOf(i), ReceiptHandle: 'h' }));

  test.each([
    ['without an entry', [], 'EmptyBatchRequest'],
    ['of eleven', entries(11, String), 'TooManyEntriesInBatchRequest'],
    ['with an Id twice', entries(2, () => 'a'), 'BatchEntryIdsNotDistinct'],
    ['with an Id that is none', entries(1, () => 'a b'), 'InvalidBatchEntryId'],
  ])('%s is refused whole, by the name that SQS gives it', async (_what, Entries, name) => {
    await withQueue(async ({ client, QueueUrl }) => {
      await expect(client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))).rejects.toMatchObject({
        name,
        Code: `AWS.SimpleQueueService.${name}`,
      });
    });
  });
});

describe('what cannot be asked', () => {
  test.each<readonly [string, Partial<ReceiveMessageCommandInput>]>([
    ['MaxNumberOfMessages', { MaxNumberOfMessages: 0 }],
    ['MaxNumberOfMessages', { MaxNumberOfMessages: 11 }],
    ['WaitTimeSeconds', { WaitTimeSeconds: 21 }],
    ['VisibilityTimeout', { VisibilityTimeout: -1 }],
    ['VisibilityTimeout', { VisibilityTimeout: 1.5 }],
  ])('a receive whose %s is out of its bounds is told so, and takes nothing', async (name, input) => {
    await withQueue(async ({ client, queue, QueueUrl }) => {
      await queue.send('a');
      await expect(client.send(new ReceiveMessageCommand({ QueueUrl, ...input }))).rejects.toMatchObject({
        name: 'InvalidParameterValue',
        message: expect.stringContaining(`${name} must be a whole number`),
      });
      expect(queue.counts()).toMatchObject({ visible: 1 });
    });
  });

  test('a queue that is not there, an attribute and an action that nobody needed', async () => {
    await withQueue(async ({ client, QueueUrl, urlOf }) => {
      await expect(client.send(new ReceiveMessageCommand({ QueueUrl: urlOf('Other') }))).rejects.toMatchObject({
        name: 'QueueDoesNotExist',
      });
      const asking = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] });
      await expect(client.send(asking)).rejects.toMatchObject({ name: 'InvalidAttributeName' });
      const sending = new SendMessageCommand({ QueueUrl, MessageBody: 'a' });
      await expect(client.send(sending)).rejects.toMatchObject({ name: 'UnsupportedOperation' });
    });
  });
});

describe("the functions' own requests", () => {
  afterAll(() => {
    for (const name of ENV) delete process.env[name];
  });
  const ENV = ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_ENDPOINT_URL_SQS'] as const;

  test('receive, remove, give back and count by it', async () => {
    await withQueue(async ({ port, queue, QueueUrl }) => {
      const [region, key, secret, endpoint] = ENV;
      Object.assign(process.env, { [region]: 'us-east-1', [key]: 'local', [secret]: 'x' });
      process.env[endpoint] = `http://127.0.0.1:${port}`;
      const bodies = Array.from({ length: 12 }, (_, i) => `{"i":${i},"text":"ä\\" \\u0000"}`);
      await Promise.all(bodies.map((body) => queue.send(body)));
      const asked = sqsQueue('Failures', QueueUrl, 300);
      expect(await asked.depth()).toEqual({ waiting: 12, inFlight: 0 });
      const first = await asked.receive(10);
      const second = await asked.receive(10);
      expect([...first, ...second].map(({ body }) => body)).toEqual(bodies);
      expect(first[0]).toMatchObject({ receiveCount: 1, sentAtMs: drivenClock().nowMs() });
      expect(await asked.depth()).toEqual({ waiting: 0, inFlight: 12 });
      await asked.remove([...first, ...second].slice(0, 11).map(({ receiptHandle }) => receiptHandle));
      await asked.giveBack(second.slice(1).map(({ receiptHandle }) => receiptHandle));
      expect(await asked.depth()).toEqual({ waiting: 1, inFlight: 0 });
      expect(await asked.receive(1)).toMatchObject([{ body: bodies[11], receiveCount: 2 }]);
    });
  });
});
