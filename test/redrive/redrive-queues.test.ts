import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { failedMessage } from '../../lambdas/redrive/failed-message.ts';
import { type FailureQueue, redriveQueues } from '../../lambdas/redrive/redrive-queues.ts';
import type { ArrivedMessage, Written } from '../../lambdas/telemetry/write-message.ts';
import { smallQueue } from './small-queue.ts';

const ENVELOPE = { payload: 'e30=', topic: 'battery/boat/telemetry', receivedAt: 1_000, clientId: 'c', traceId: 't' };

describe('what waits in a failure queue is the message that it was', () => {
  test.each([
    ['a dead letter of the buffer', ENVELOPE],
    [
      "Lambda's on-failure record",
      {
        version: '1.0',
        timestamp: '2026-11-26T08:00:00.000Z',
        requestContext: { requestId: 'r', functionArn: 'f', condition: 'RetriesExhausted', approximateInvokeCount: 3 },
        requestPayload: ENVELOPE,
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: { errorMessage: 'away' },
      },
    ],
    [
      'what an earlier Amphora could not store',
      { reason: 'the unit', original: 'e30=', topic: ENVELOPE.topic, receivedAt: 1_000, clientId: 'c', traceId: 't' },
    ],
  ])('%s', (_what, body) => {
    expect(failedMessage(JSON.stringify(body), 5)).toEqual({ envelope: ENVELOPE });
  });

  test("the record of a rule's error action, with the queue's time for want of its own", () => {
    const body = {
      ruleName: 'r',
      topic: ENVELOPE.topic,
      cloudwatchTraceId: 't',
      clientId: 'c',
      base64OriginalPayload: 'e30=',
      failures: [{ failedAction: 'LambdaAction', failedResource: 'f', errorMessage: 'throttled' }],
    };
    expect(failedMessage(JSON.stringify(body), 5)).toEqual({ envelope: { ...ENVELOPE, receivedAt: 5 } });
  });

  test('whatever else it is, it goes into quarantine with its own bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        const { envelope, problem } = failedMessage(body, 5);
        expect(problem).toMatch(/nothing that a failure queue holds/);
        expect(Buffer.from(envelope.payload, 'base64').toString('utf8')).toBe(Buffer.from(body).toString('utf8'));
        expect(envelope.receivedAt).toBe(5);
      }),
    );
  });
});

const bodyOf = (n: number): string => JSON.stringify({ ...ENVELOPE, receivedAt: n });
const stored: Written = { ok: true, result: { stored: 1, repeated: 0, collided: 0 } };
const quarantined: Written = {
  ok: true,
  result: { stored: 0, repeated: 0, collided: 0, quarantined: { reason: 'the unit', readings: 1 } },
};
const away: Written = { ok: false, error: new Error('the database is away') };

type Run = { readonly queues: readonly FailureQueue[]; readonly write: (message: ArrivedMessage) => Written };

async function run({ queues, write }: Run, forMs = 3_600_000) {
  let nowMs = 0;
  const batches: number[] = [];
  const result = await redriveQueues({
    queues,
    write: async (messages) => {
      batches.push(messages.length);
      return messages.map(write);
    },
    nowMs: () => nowMs,
    wait: async (delayMs) => {
      nowMs += delayMs;
    },
  })(forMs);
  return { result, batches, tookMs: nowMs };
}

describe('a redrive', () => {
  test('moves all that waits, whatever the queues hold, and says what became of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 130 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 2, max: 9 }),
        async (sizes, everyNth) => {
          const queues = sizes.map((size, i) =>
            smallQueue(
              `q${i}`,
              Array.from({ length: size }, (_one, n) => bodyOf(n)),
            ),
          );
          const { result } = await run({
            queues,
            write: ({ envelope }) => (envelope.receivedAt % everyNth === 0 ? quarantined : stored),
          });
          expect(result.isDone).toBe(true);
          expect(queues.flatMap((queue) => queue.left())).toEqual([]);
          expect(result.queues).toEqual(
            sizes.map((size, i) => {
              const bad = Math.ceil(size / everyNth);
              return { queue: `q${i}`, moved: size, stored: size - bad, repeated: 0, quarantined: bad };
            }),
          );
        },
      ),
    );
  });

  test('asks with single messages whether the store takes anything, three at most, and gives them back', async () => {
    const queues = [smallQueue('first', [1, 2, 3, 4].map(bodyOf)), smallQueue('second', [bodyOf(5)])];
    const { result, batches } = await run({ queues, write: () => away });
    expect(batches).toEqual([1, 1, 1]);
    expect(result).toMatchObject({ isDone: false, stopped: { message: 'the database is away' } });
    expect(result.queues.map(({ queue }) => queue)).toEqual(['first']);
    expect(queues.flatMap((queue) => queue.left())).toHaveLength(5);
  });

  test('what fails by itself keeps nobody else from the store, wherever it stands, and stays in its queue', async () => {
    const arbSizes = fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(arbSizes, fc.integer({ min: 4, max: 40 }), fc.nat(39), async (sizes, everyNth, offset) => {
        const bodies = sizes.map((size) => Array.from({ length: size }, (_one, n) => bodyOf(n)));
        const fails = ({ envelope }: ArrivedMessage): boolean => (envelope.receivedAt + offset) % everyNth === 0;
        const queues = bodies.map((own, i) => smallQueue(`q${i}`, own));
        const bad = bodies.map((own) => own.filter((body) => fails(failedMessage(body, 1))));
        const { result } = await run({ queues, write: (message) => (fails(message) ? away : stored) });
        expect(queues.map((queue) => queue.left())).toEqual(bad);
        expect(result.isDone).toBe(bad.flat().length === 0);
        expect(result.stopped).toEqual(bad.flat().length === 0 ? undefined : new Error('the database is away'));
      }),
    );
  });

  test('loses nothing when the store goes away at any message: what was not stored is in its queue', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 210 }), async (size, until) => {
        const queue = smallQueue(
          'q',
          Array.from({ length: size }, (_one, n) => bodyOf(n)),
        );
        const kept = new Set<string>();
        const { result } = await run({
          queues: [queue],
          write: ({ envelope }) => {
            if (kept.size >= until) return away;
            kept.add(JSON.stringify(envelope));
            return stored;
          },
        });
        const left = queue.left().map((body) => JSON.stringify(failedMessage(body, 1).envelope));
        expect(left.length + kept.size).toBe(size);
        expect(left.filter((one) => kept.has(one))).toEqual([]);
        expect(result.isDone).toBe(size <= until);
        expect(result.queues[0]?.moved).toBe(Math.min(size, until));
      }),
    );
  });

  test('of a queue that cannot be used does not keep the others from theirs, and says what is wrong', async () => {
    const gone = new Error('there is no such queue');
    const refuses = async () => {
      throw gone;
    };
    const first = { ...smallQueue('first', [bodyOf(1), bodyOf(2)]), remove: refuses };
    const second = { ...smallQueue('second', [bodyOf(3)]), receive: refuses };
    const third = smallQueue('third', [bodyOf(4), bodyOf(5)]);
    const { result } = await run({ queues: [first, second, third], write: () => stored });
    expect(result).toMatchObject({ isDone: false, unusable: gone });
    expect(result.stopped).toBeUndefined();
    expect(result.queues.map(({ queue, moved }) => [queue, moved])).toEqual([
      ['first', 0],
      ['second', 0],
      ['third', 2],
    ]);
    expect(third.left()).toEqual([]);
  });

  test('writes what was taken out before last, and each by itself', async () => {
    const queue = smallQueue(
      'q',
      Array.from({ length: 6 }, (_one, n) => bodyOf(n)),
    );
    const before = await queue.receive(3);
    await queue.giveBack(before.map(({ receiptHandle }) => receiptHandle));
    const { batches } = await run({ queues: [queue], write: () => stored });
    expect(batches).toEqual([1, 3, 1, 1]);
  });

  test('goes no faster than 500 messages a second, and ends when its time is over with nothing in hand', async () => {
    const size = 4_000;
    const queue = smallQueue(
      'q',
      Array.from({ length: size }, (_one, n) => bodyOf(n)),
    );
    const { result, tookMs } = await run({ queues: [queue], write: () => stored }, 4_000);
    const moved = result.queues[0]?.moved ?? 0;
    expect(result.isDone).toBe(false);
    expect(moved).toBeGreaterThanOrEqual(2_000);
    expect(moved / tookMs).toBeLessThanOrEqual(0.5);
    expect(queue.left()).toHaveLength(size - moved);
  });
});
