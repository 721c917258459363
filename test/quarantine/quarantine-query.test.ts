import { describe, expect, test } from '@jest/globals';
import { parseQuarantineQuery } from '../../lambdas/quarantine/quarantine-query.ts';
import { NOON_MS } from './records.ts';

describe('the query of GET /quarantine', () => {
  test('without a word asks for the newest hundred of all', () => {
    expect(parseQuarantineQuery({}, NOON_MS)).toEqual({ ok: true, query: { limit: 100 } });
  });

  test('takes instants and spans, a battery that no battery may be called, and words', () => {
    const after = '2026-11-26-43199992-0123456789abcdef0123';
    const query = {
      battery: 'Boat',
      reason: 'type conflict',
      from: '-2d',
      to: '2026-11-26T10:00:00Z',
      limit: '500',
      after,
    };
    expect(parseQuarantineQuery(query, NOON_MS)).toEqual({
      ok: true,
      query: {
        battery: 'Boat',
        reason: 'type conflict',
        fromMs: NOON_MS - 2 * 86_400_000,
        toMs: NOON_MS - 2 * 3_600_000,
        limit: 500,
        after,
      },
    });
  });

  test.each([
    [{ from: 'yesterday' }, /'from' is "yesterday", which is no time; use -<number>/],
    [{ to: '2026-11-26T10:00:00' }, /'to' is .* which is no time/],
    [{ from: 'now()', to: '-1h' }, /'from' must lie before 'to'/],
    [{ reason: `'"-` }, /'reason' must have a word in it/],
    [{ limit: '0' }, /'limit' must be a whole number, 1 to 500/],
    [{ limit: '501' }, /'limit' must be/],
    [{ limit: '1e2' }, /'limit' must be/],
    [{ after: '../../etc' }, /'after' is not from a Link header/],
  ])('%j is refused with a sentence', (query, reason) => {
    expect(parseQuarantineQuery(query, NOON_MS)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});
