import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { batchAnswer } from '../../local/batch-answer.ts';

const IDS = new Set(['a', 'b', 'c']);
const failuresOf = (...ids: readonly unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('the answer of a function to a batch', () => {
  test.each([undefined, null, {}, { batchItemFailures: null }, { batchItemFailures: [] }, { stored: 3 }])(
    '%j is a success of all of it',
    (answer) => {
      expect(batchAnswer(answer, IDS)).toEqual({ ok: true, failed: new Set() });
    },
  );

  test('a list of ids of the batch fails these and no others, whatever else is told', () => {
    expect(batchAnswer({ ...failuresOf('c', 'a', 'a'), note: 1 }, IDS)).toEqual({
      ok: true,
      failed: new Set(['a', 'c']),
    });
  });

  test.each([
    ['ok', 'no object'],
    [[], 'no object'],
    [{ batchItemFailures: 'a' }, 'no list'],
    [{ batchItemFailures: { itemIdentifier: 'a' } }, 'no list'],
    [{ batchItemFailures: ['a'] }, 'no itemIdentifier'],
    [{ batchItemFailures: [null] }, 'no itemIdentifier'],
    [{ batchItemFailures: [{ id: 'a' }] }, 'no itemIdentifier'],
    [failuresOf(''), 'no itemIdentifier'],
    [failuresOf(null), 'no itemIdentifier'],
    [failuresOf(1), 'no itemIdentifier'],
    [failuresOf('a', 'd'), "no message 'd'"],
  ])('%j fails the whole batch', (answer, reason) => {
    expect(batchAnswer(answer, IDS)).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  test('whatever a function answers, either all failed or only messages that were in the batch', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ batchItemFailures: fc.anything() })), (answer) => {
        const told = batchAnswer(answer, IDS);
        if (told.ok) expect([...told.failed].filter((id) => !IDS.has(id))).toEqual([]);
        else expect(told.reason).not.toBe('');
      }),
    );
  });
});
