import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type SqsQueue, sqsQueue } from '../../lambdas/aws/sqs-queue.ts';
import { type JsonAnswer, type JsonPeer, jsonPeer, KEYS, refusing } from './json-peer.ts';

const URL = 'https://sqs.eu-central-1.amazonaws.com/123456789012/boats-UnwrittenReadings';
const HIDDEN_S = 300;
const SENT_AT_MS = 1_790_000_000_000;
// Two tries of four seconds: whatever is longer has hung.
const GIVES_UP_MS = 12_000;

let peer: JsonPeer;
let sdk: SQSClient;
let queue: SqsQueue;

beforeAll(async () => {
  peer = await jsonPeer('sqs');
  Object.assign(process.env, KEYS, { AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_SQS: peer.url });
  sdk = new SQSClient({ region: 'eu-central-1', endpoint: peer.url, useQueueUrlAsEndpoint: false, md5: false });
  queue = sqsQueue('UnwrittenReadings', URL, HIDDEN_S);
});
afterAll(async () => {
  sdk.destroy();
  await peer.close();
});

const message = (i: number, body = `body ${i}`) => ({
  MessageId: `id-${i}`,
  ReceiptHandle: `handle-${i}`,
  MD5OfBody: 'not looked at',
  Body: body,
  Attributes: { SentTimestamp: String(SENT_AT_MS + i), ApproximateReceiveCount: String(i + 1) },
});
const holding = (count: number): JsonAnswer => [200, { Messages: Array.from({ length: count }, (_, i) => message(i)) }];
const counting = (waiting: unknown, inFlight: unknown): JsonAnswer => [
  200,
  { Attributes: { ApproximateNumberOfMessages: waiting, ApproximateNumberOfMessagesNotVisible: inFlight } },
];
const done: JsonAnswer = [200, { Successful: [], Failed: [] }];
const handles = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `handle-${i}`);
const bodies = (): readonly Record<string, unknown>[] => peer.requests.map(({ body }) => JSON.parse(body));
const lengths = (): readonly unknown[] =>
  bodies().map(({ Entries }) => (Array.isArray(Entries) ? Entries.length : Entries));

async function whyOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'nothing',
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'queue-unavailable', retry: true });
      return String(error);
    },
  );
}

describe('a request', () => {
  const Entries = [
    { Id: '0', ReceiptHandle: 'handle-0' },
    { Id: '1', ReceiptHandle: 'handle-1' },
  ];
  test.each([
    [
      'receives',
      holding(1),
      () => queue.receive(10),
      () =>
        sdk.send(
          new ReceiveMessageCommand({
            QueueUrl: URL,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: HIDDEN_S,
            WaitTimeSeconds: 1,
            MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
          }),
        ),
    ],
    [
      'deletes',
      done,
      () => queue.remove(handles(2)),
      () => sdk.send(new DeleteMessageBatchCommand({ QueueUrl: URL, Entries })),
    ],
    [
      'gives back',
      done,
      () => queue.giveBack(handles(2)),
      () =>
        sdk.send(
          new ChangeMessageVisibilityBatchCommand({
            QueueUrl: URL,
            Entries: Entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 })),
          }),
        ),
    ],
    [
      'counts',
      counting('3', '1'),
      () => queue.depth(),
      () =>
        sdk.send(
          new GetQueueAttributesCommand({
            QueueUrl: URL,
            AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
          }),
        ),
    ],
  ])("that %s is the SDK's own in all that SQS reads, and signed with the session", async (_, answer, ask, theirs) => {
    peer.answer(answer);
    await theirs();
    const [expected] = peer.requests;
    peer.answer(answer);
    await ask();
    const [ours, ...others] = peer.requests;
    for (const name of ['x-amz-target', 'content-type', 'host', 'x-amz-security-token'])
      expect([name, ours?.headers[name]]).toEqual([name, expected?.headers[name]]);
    expect(JSON.parse(ours?.body ?? '')).toEqual(JSON.parse(expected?.body ?? ''));
    expect(others).toEqual([]);
  });

  test("goes to the queue's own region where no endpoint is set, and waits for nobody there that does not answer", async () => {
    delete process.env['AWS_ENDPOINT_URL_SQS'];
    const nowhere = sqsQueue('DeadMessages', 'http://127.0.0.1:1/123456789012/boats-DeadMessages', HIDDEN_S);
    expect(await whyOf(nowhere.depth())).toMatch(
      /SQS does not answer GetQueueAttributes at http:\/\/127\.0\.0\.1:1 \(/,
    );
    process.env['AWS_ENDPOINT_URL_SQS'] = peer.url;
  });
});

describe('a queue', () => {
  test('hands out what SQS gave: body, handle, time of sending and how often it was taken out', async () => {
    peer.answer(holding(2));
    expect(await queue.receive(50)).toEqual([
      { body: 'body 0', receiptHandle: 'handle-0', sentAtMs: SENT_AT_MS, receiveCount: 1 },
      { body: 'body 1', receiptHandle: 'handle-1', sentAtMs: SENT_AT_MS + 1, receiveCount: 2 },
    ]);
    expect(bodies()[0]).toMatchObject({ MaxNumberOfMessages: 10 });
  });

  test.each([[{}], [{ Messages: [] }]])('is empty when SQS answers %j', async (answer) => {
    peer.answer([200, answer]);
    expect(await queue.receive(1)).toEqual([]);
  });

  test('tells how much waits, and how much is taken out', async () => {
    peer.answer(counting('120000', '7'));
    expect(await queue.depth()).toEqual({ waiting: 120_000, inFlight: 7 });
  });

  test('takes out and gives back by tens, however many there are, each once, and asks nothing for none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(45), fc.boolean(), async (count, isRemoval) => {
        peer.answer(done);
        await (isRemoval ? queue.remove(handles(count)) : queue.giveBack(handles(count)));
        const sent = bodies().flatMap(({ Entries }): { Id: string; ReceiptHandle: string }[][] =>
          Array.isArray(Entries) ? [Entries] : [],
        );
        expect(sent.flat().map(({ ReceiptHandle }) => ReceiptHandle)).toEqual(handles(count));
        for (const entries of sent) {
          expect(entries.length).toBeLessThanOrEqual(10);
          expect(new Set(entries.map(({ Id }) => Id)).size).toBe(entries.length);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('that could not delete some of a batch deletes the next ones all the same: those come again', async () => {
    const failed = { Id: '3', Code: 'InternalError', SenderFault: false, Message: 'no' };
    peer.answer([200, { Successful: [{ Id: '0' }], Failed: [failed] }], done);
    await queue.remove(handles(15));
    expect(lengths()).toEqual([10, 5]);
  });

  test.each([
    ['is throttled', refusing('com.amazonaws.sqs#RequestThrottled')],
    ['is throttled in so many words', refusing('ThrottlingException')],
    ['answers 500', refusing('com.amazonaws.sqs#InternalError', 500)],
    ['answers 503 with a page', [503, '<html>busy</html>']],
    ['hangs up', 'hang-up'],
    ['answers what SQS does not', [200, '<html>sign in first</html>']],
  ] as const)('that %s is asked again at once', async (_, answer) => {
    peer.answer(answer, holding(1));
    expect(await queue.receive(10)).toHaveLength(1);
    expect(peer.requests).toHaveLength(2);
  });

  test('whose messages are too long for one answer gives one after that', async () => {
    const long = 'x'.repeat(1_000_000);
    peer.answer(
      [200, { Messages: Array.from({ length: 10 }, (_, i) => message(i, long)) }],
      [200, { Messages: [message(0, long)] }],
    );
    expect((await queue.receive(10)).map(({ body }) => body.length)).toEqual([1_000_000]);
    expect(bodies().map(({ MaxNumberOfMessages }) => MaxNumberOfMessages)).toEqual([10, 1]);
  });
});

describe('a queue that cannot be used', () => {
  const TOO_LONG = ['x'.repeat(9_000_000)];
  test.each([
    ['that is not there', refusing('com.amazonaws.sqs#QueueDoesNotExist'), 1, 'SQS answered 400 QueueDoesNotExist'],
    ['that may not be asked', refusing('AccessDeniedException', 403), 1, 'SQS answered 403 AccessDeniedException'],
    ['with too much taken out', refusing('com.amazonaws.sqs#OverLimit'), 1, 'SQS answered 400 OverLimit'],
    ['that is throttled', refusing('com.amazonaws.sqs#RequestThrottled'), 2, 'SQS answered 400 RequestThrottled'],
    ['where there is trouble', refusing('InternalError', 500), 2, 'SQS answered 500 InternalError'],
    ['behind a page', [503, '<html>secret</html>'], 2, 'SQS answered 503 to'],
    ['that hangs up', 'hang-up', 2, /SQS does not answer \w+ at http:\/\/127\.0\.0\.1:\d+ \(/],
    [
      'that answers no JSON',
      [200, '{"Messages":[{"Body":"secret'],
      2,
      'SQS answered 200 with what is no answer of SQS',
    ],
    ['that answers a text', [200, '"secret"'], 2, 'SQS answered 200 with what is no answer of SQS'],
    ['that answers a list', [200, '["secret"]'], 2, 'SQS answered 200 with what is no answer of SQS'],
    [
      'that answers too much',
      [200, { Messages: TOO_LONG, Attributes: TOO_LONG }],
      2,
      /\(an answer of more than 8388608/,
    ],
  ] as const)('%s says so, whatever was asked of it', async (_, answer, requests, words) => {
    for (const ask of [
      () => queue.receive(10),
      () => queue.remove(['handle']),
      () => queue.giveBack(['handle']),
      () => queue.depth(),
    ]) {
      peer.answer(answer);
      const why = await whyOf(ask());
      expect(why).toMatch(/the queue UnwrittenReadings cannot be used: .*; what is in it stays there$/);
      expect(why).toMatch(words);
      expect(why).not.toMatch(/secret|123456789012/);
      expect(peer.requests).toHaveLength(requests);
    }
  });

  test.each(['silence', 'stall'] as const)(
    'because of a %s is given up after two tries',
    async (answer) => {
      peer.answer(answer);
      expect(await whyOf(queue.receive(10))).toMatch(/SQS does not answer ReceiveMessage at .* \(/);
      expect(peer.requests).toHaveLength(2);
    },
    GIVES_UP_MS,
  );

  test('is never taken for an empty one: what is not as SQS writes it is no message, and no count', async () => {
    const { Body: _body, ...bodiless } = message(0);
    const { Attributes: _attributes, ...timeless } = message(0);
    for (const Messages of ['none', {}, [bodiless], [timeless], [message(1), { ...message(0), ReceiptHandle: 5 }]]) {
      peer.answer([200, { Messages }]);
      expect(await whyOf(queue.receive(10))).toContain('no answer of SQS to ReceiveMessage');
    }
    const none: JsonAnswer = [200, { Attributes: {} }];
    for (const answer of [none, counting('3', '-1'), counting(3, '0'), counting('', '0'), counting('x', '0')]) {
      peer.answer(answer);
      expect(await whyOf(queue.depth())).toContain('no answer of SQS to GetQueueAttributes');
    }
    peer.answer([200, {}]);
    expect(await whyOf(queue.remove(['handle']))).toContain('no answer of SQS to DeleteMessageBatch');
  });
});
