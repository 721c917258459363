import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Call, failuresOf, send, VISIBILITY_S, withMapping } from './mapping-fixture.ts';

describe('an event source mapping', () => {
  test('hands over a message as Lambda does, when the window is over, and removes it when the function answers', async () => {
    await withMapping({}, async ({ queue, clock, calls }) => {
      const sentAtMs = clock.nowMs();
      const messageId = await queue.send('{"payload":"e30="}');
      await clock.advance(999);
      expect(calls).toEqual([]);
      await clock.advance(1);
      expect(calls.map(({ records }) => records)).toEqual([
        [
          {
            messageId,
            receiptHandle: expect.stringMatching(/^1\./),
            body: '{"payload":"e30="}',
            attributes: {
              ApproximateReceiveCount: '1',
              SentTimestamp: String(sentAtMs),
              SenderId: 'local',
              ApproximateFirstReceiveTimestamp: String(sentAtMs),
            },
            messageAttributes: {},
            md5OfBody: '6138a5edf5f016e53b0ad5845b160ba7',
            eventSource: 'aws:sqs',
            eventSourceARN: 'arn:aws:sqs:…:Source',
            awsRegion: 'us-east-1',
          },
        ],
      ]);
      expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 1 });
      calls[0]?.answer({ batchItemFailures: [] });
      await clock.advance(0);
      expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 0 });
    });
  });

  test('gathers what comes within the window, and does not wait for its end when the batch is full', async () => {
    await withMapping({ maxConcurrency: 1, batchSize: 25 }, async ({ queue, clock, calls }) => {
      await send(queue, 13);
      await clock.advance(600);
      await send(queue, 11, 13);
      expect(calls).toEqual([]);
      await send(queue, 6, 24);
      await clock.advance(0);
      expect(calls.map(({ bodies }) => bodies)).toEqual([Array.from({ length: 25 }, (_, i) => `m${i}`)]);
      calls[0]?.answer();
      await clock.advance(1_000);
      expect(calls[1]?.bodies).toEqual(['m25', 'm26', 'm27', 'm28', 'm29']);
    });
  });

  test('a batch ends before it is more than an event can hold', async () => {
    await withMapping({ maxConcurrency: 1, batchSize: 1_000 }, async ({ queue, clock, calls }) => {
      await Promise.all(Array.from({ length: 60 }, async () => queue.send('x'.repeat(170_000))));
      await clock.advance(0);
      expect(calls.map(({ records }) => records.length)).toEqual([30]);
    });
  });

  test('no more batches are with the function at a time than it may have', async () => {
    await withMapping({ maxConcurrency: 3, batchSize: 10, windowMs: 0 }, async ({ queue, clock, calls }) => {
      await send(queue, 60);
      await clock.advance(0);
      expect(calls).toHaveLength(3);
      calls[1]?.answer();
      await clock.advance(0);
      expect(calls).toHaveLength(4);
      expect(new Set(calls.flatMap(({ bodies }) => bodies)).size).toBe(40);
    });
  });

  test('of a batch that failed in part, the messages that failed come again after their time, and no others', async () => {
    await withMapping({ windowMs: 0 }, async ({ queue, clock, calls, logged }) => {
      await send(queue, 3);
      await clock.advance(0);
      calls[0]?.answer(failuresOf([calls[0].records[1]?.messageId]));
      await clock.advance((VISIBILITY_S - 1) * 1000);
      expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 1 });
      expect(calls).toHaveLength(1);
      await clock.advance(1000);
      expect(calls.slice(1).map(({ bodies }) => bodies)).toEqual([['m1']]);
      expect(calls[1]?.records[0]?.attributes).toMatchObject({ ApproximateReceiveCount: '2' });
      expect(logged).toEqual([]);
    });
  });

  test.each<readonly [string, (call: Call) => void, string]>([
    ['threw', ({ fail }) => fail('no database'), 'no database'],
    ['answered in a wrong shape', ({ answer }) => answer({ batchItemFailures: ['m0'] }), 'no itemIdentifier'],
    ['named a message of nobody', ({ answer }) => answer(failuresOf(['x'])), "no message 'x'"],
  ])('when the function %s, the whole batch comes again after its time', async (_, fail, reason) => {
    await withMapping({ windowMs: 0 }, async ({ queue, clock, calls, logged }) => {
      await send(queue, 3);
      await clock.advance(0);
      const [first] = calls;
      if (first !== undefined) fail(first);
      await clock.advance((VISIBILITY_S - 1) * 1000);
      expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 3 });
      expect(calls).toHaveLength(1);
      await clock.advance(1000);
      expect(calls[1]?.bodies).toEqual(['m0', 'm1', 'm2']);
      expect(logged).toEqual([
        {
          level: 'warn',
          event: 'invocation-failed',
          fields: { function: 'writer', messages: 3, attempt: 1, reason: expect.stringContaining(reason), pausedS: 1 },
        },
      ]);
    });
  });

  test('without ReportBatchItemFailures an answer is a success, whatever it says', async () => {
    await withMapping({ windowMs: 0, reportsItemFailures: false }, async ({ queue, clock, calls }) => {
      await send(queue, 2);
      await clock.advance(0);
      calls[0]?.answer(failuresOf([calls[0].records[0]?.messageId]));
      await clock.advance(0);
      expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 0 });
    });
  });

  test('while whole batches fail it tries less and less often, a minute apart at most, and after one success at once', async () => {
    let isDown = true;
    const answers = (call: Call): void => (isDown ? call.fail('no database') : call.answer());
    await withMapping({ maxConcurrency: 1, batchSize: 10, windowMs: 0, answers }, async ({ queue, clock, calls }) => {
      await send(queue, 200);
      await clock.advance(600_000);
      const pauses = calls.slice(1).map(({ atMs }, i) => (atMs - (calls[i]?.atMs ?? 0)) / 1000);
      expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
      isDown = false;
      await clock.advance(60_000);
      expect(queue.counts().visible).toBe(0);
      await clock.advance(VISIBILITY_S * 1000);
      expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 0 });
    });
  });

  test('an hour without a database, at two messages a second: all are written within minutes of its return, none is dead', async () => {
    let isDown = true;
    const written = new Set<string>();
    const answers = (call: Call): void => {
      if (isDown) return call.fail('no database');
      for (const body of call.bodies) written.add(body);
      call.answer({ batchItemFailures: [] });
    };
    await withMapping({ batchSize: 200, answers }, async ({ queue, clock, deadLetters, calls }) => {
      for (let minute = 0; minute < 60; minute++) {
        await send(queue, 120, minute * 120);
        await clock.advance(60_000);
      }
      const triesWithout = calls.length;
      isDown = false;
      await clock.advance((60 + VISIBILITY_S) * 1000);
      expect(written.size).toBe(7_200);
      expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 0 });
      expect(deadLetters.counts()).toMatchObject({ visible: 0, inFlight: 0 });
      // Two pollers, each once a minute.
      expect(triesWithout).toBeLessThan(150);
    });
  }, 60_000);

  test('what fails as often as it may ends in the dead letters', async () => {
    await withMapping(
      { windowMs: 0, maxReceiveCount: 3, answers: (call) => call.fail('crashed') },
      async ({ queue, clock, calls, deadLetters }) => {
        await send(queue, 1);
        await clock.advance(VISIBILITY_S * 4000);
        expect(calls).toHaveLength(3);
        expect(deadLetters.counts()).toMatchObject({ visible: 1, inFlight: 0 });
      },
    );
  });

  test('a stop waits for the batch that the function has, and takes no other', async () => {
    await withMapping({ windowMs: 0, batchSize: 1, maxConcurrency: 1 }, async ({ queue, clock, calls, mapping }) => {
      await send(queue, 2);
      await clock.advance(0);
      const closing = mapping.close(5_000);
      calls[0]?.answer();
      await closing;
      await clock.advance(60_000);
      expect(calls).toHaveLength(1);
      expect(queue.counts()).toMatchObject({ visible: 1, inFlight: 0 });
    });
  });

  test('a stop gives back at once what was gathered, and after its patience what the function does not answer', async () => {
    await withMapping({ maxConcurrency: 2, batchSize: 2 }, async ({ queue, clock, calls, mapping }) => {
      await send(queue, 3);
      await clock.advance(0);
      expect(calls).toHaveLength(1);
      expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 3 });
      const closing = mapping.close(5_000);
      await clock.advance(4_999);
      expect(queue.counts()).toMatchObject({ visible: 1, inFlight: 2 });
      await clock.advance(1);
      await closing;
      expect(queue.counts()).toMatchObject({ visible: 3, inFlight: 0 });
      // It had stored them after all: they stay, and are stored once more, which is no other.
      calls[0]?.answer();
      await clock.advance(0);
      expect(queue.counts()).toMatchObject({ visible: 3, inFlight: 0 });
    });
  });

  test('whatever the function does, each message is removed after an answer that says so and never before', async () => {
    const kind = fc.constantFrom('stored', 'in part', 'threw', 'nonsense');
    await fc.assert(
      fc.asyncProperty(fc.array(kind, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), async (kinds, count) => {
        const stored = new Set<string>();
        let call = 0;
        const answers = (one: Call): void => {
          const now = kinds[call++] ?? 'stored';
          if (now === 'threw') return one.fail('no database');
          if (now === 'nonsense') return one.answer([1]);
          const failed = now === 'in part' ? one.records.filter((_, i) => i % 2 === 0) : [];
          for (const record of one.records) if (!failed.includes(record)) stored.add(record.body);
          one.answer(failuresOf(failed.map(({ messageId }) => messageId)));
        };
        await withMapping({ batchSize: 7, answers }, async ({ queue, clock, calls }) => {
          await send(queue, count);
          for (let i = 0; i < 8; i++) {
            await clock.advance(30_000);
            const { visible, inFlight } = queue.counts();
            expect(visible + inFlight).toBe(count - stored.size);
          }
          await clock.advance(VISIBILITY_S * 1000 * (kinds.length + 2));
          expect([stored.size, queue.counts().visible, queue.counts().inFlight]).toEqual([count, 0, 0]);
          expect(Math.max(...calls.map(({ records }) => records.length))).toBeLessThanOrEqual(7);
        });
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
