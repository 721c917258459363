import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readRedrive, readWaiting, redriveAnswer, waitingAnswer } from '../../lambdas/redrive/redrive-answer.ts';

const count = fc.nat();
const waiting = fc.record({ queue: fc.string(), waiting: count, inFlight: count });
const redriven = fc.record({ queue: fc.string(), moved: count, stored: count, repeated: count, quarantined: count });

const overTheWire = (answer: unknown): unknown => JSON.parse(JSON.stringify(answer));

describe('what is said of a redrive', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(waiting), (queues) => {
        expect(readWaiting(overTheWire(waitingAnswer(queues)))).toEqual(waitingAnswer(queues));
      }),
    );
    fc.assert(
      fc.property(
        fc.array(redriven),
        fc.boolean(),
        fc.option(fc.string(), { nil: undefined }),
        (queues, isDone, stopped) => {
          const answer = redriveAnswer({ queues, isDone }, stopped);
          expect(readRedrive(overTheWire(answer))).toEqual(answer);
        },
      ),
    );
  });

  test('is not read out of anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expect([readWaiting(body), readRedrive(body)]).toEqual([undefined, undefined]);
      }),
    );
  });

  test.each([
    ['a count below 0', { waiting: -1 }],
    ['half a message', { inFlight: 0.5 }],
    ['a count in words', { waiting: '1' }],
    ['no name', { queue: undefined }],
  ])('is refused with %s in a queue', (_, wrong) => {
    const good = { queue: 'UnwrittenReadings', waiting: 1, inFlight: 0 };
    expect(readWaiting({ queues: [good] })).toBeDefined();
    expect(readWaiting({ queues: [good, { ...good, ...wrong }] })).toBeUndefined();
  });
});
