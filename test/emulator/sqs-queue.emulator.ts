/** The redrive's own client of SQS, at the emulator's, with what the SDK's client put there. */
import { DeleteQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type SqsQueue, sqsQueue } from '../../lambdas/aws/sqs-queue.ts';
import { CREDENTIALS, REGION } from '../../scripts/emulator/cdklocal.ts';
import { type Emulator, startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { makeQueue } from './queue.ts';
import { ROOT } from './root.ts';

const START_MS = 120_000;
const HIDDEN_S = 300;

let emulator: Emulator;
let sqs: SQSClient;
let made = 0;

beforeAll(async () => {
  emulator = await startEmulatorProcess({ root: ROOT, port: 0, isStrict: true, say: () => {} });
  sqs = new SQSClient({ endpoint: emulator.url, region: REGION, credentials: CREDENTIALS });
  const { accessKeyId, secretAccessKey } = CREDENTIALS;
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  Object.assign(process.env, keys, { AWS_REGION: REGION, AWS_ENDPOINT_URL_SQS: emulator.url });
}, START_MS);
afterAll(async () => {
  sqs?.destroy();
  await emulator?.end();
});

async function holding(...bodies: readonly string[]): Promise<SqsQueue & { readonly url: string }> {
  const { url } = await makeQueue(emulator.url, `holding${made++}`);
  for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody }));
  return { url, ...sqsQueue('Holding', url, HIDDEN_S) };
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `message ${i}`);

describe('a queue of the emulator', () => {
  test('hands out ten at a time what it was given, none of it twice, and counts what waits and what is out', async () => {
    const sentMs = Date.now();
    const queue = await holding(...numbered(23));
    expect(await queue.depth()).toEqual({ waiting: 23, inFlight: 0 });
    const batches = [await queue.receive(10), await queue.receive(50), await queue.receive(10)];
    expect(batches.map(({ length }) => length)).toEqual([10, 10, 3]);
    expect(await queue.receive(10)).toEqual([]);
    const all = batches.flat();
    expect(all.map(({ body }) => body).toSorted()).toEqual(numbered(23).toSorted());
    expect(all.map(({ receiveCount }) => receiveCount)).toEqual(all.map(() => 1));
    for (const { sentAtMs } of all) expect(Math.abs(sentAtMs - sentMs)).toBeLessThan(60_000);
    expect(await queue.depth()).toEqual({ waiting: 0, inFlight: 23 });

    await queue.remove(all.slice(0, 12).map(({ receiptHandle }) => receiptHandle));
    await queue.giveBack(all.slice(12).map(({ receiptHandle }) => receiptHandle));
    expect(await queue.depth()).toEqual({ waiting: 11, inFlight: 0 });
    const again = [...(await queue.receive(10)), ...(await queue.receive(10))];
    expect(again.map(({ body }) => body).toSorted()).toEqual(
      all
        .slice(12)
        .map(({ body }) => body)
        .toSorted(),
    );
    expect(again.map(({ receiveCount }) => receiveCount)).toEqual(again.map(() => 2));
  });

  test('gives every character of a long message back', async () => {
    const body = JSON.stringify({ text: '"\\/äß€😀\n\t'.repeat(9_000) });
    const queue = await holding(body);
    expect((await queue.receive(1)).map((message) => message.body)).toEqual([body]);
  });

  test('takes out a message that is gone already, or that nobody ever had, without a word', async () => {
    const queue = await holding('one', 'two');
    const [one, two] = await queue.receive(10);
    await queue.remove([one?.receiptHandle ?? '']);
    await queue.remove([one?.receiptHandle ?? '', 'no handle of any message', two?.receiptHandle ?? '']);
    expect(await queue.depth()).toEqual({ waiting: 0, inFlight: 0 });
  });

  test('that was deleted is named, with what the emulator says', async () => {
    const queue = await holding('one');
    await sqs.send(new DeleteQueueCommand({ QueueUrl: queue.url }));
    for (const ask of [() => queue.receive(1), () => queue.remove(['handle']), () => queue.depth()])
      await expect(ask()).rejects.toMatchObject({
        code: 'queue-unavailable',
        retry: true,
        message: expect.stringMatching(
          /^the queue Holding cannot be used: SQS answered 400 \w*(QueueDoesNotExist|NonExistentQueue) to /,
        ),
      });
  });
});
