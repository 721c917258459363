import { describe, expect, test } from '@jest/globals';
import { parseReadQuery } from '../../lambdas/telemetry/read-query.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const RANGE = { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS };

function reasonOf(query: Readonly<Record<string, string>>): string {
  const parsed = parseReadQuery(query, NOW_MS);
  return parsed.ok ? `taken as ${JSON.stringify(parsed.query)}` : parsed.reason;
}

describe('the query of GET /read', () => {
  test('without anything it is the demo’s: rows of the last hour, oldest first', () => {
    expect(parseReadQuery({}, NOW_MS)).toEqual({
      ok: true,
      query: { shape: 'rows', range: RANGE, limit: 10_000, points: 300, order: 'oldest-first' },
    });
  });

  test('everything that is said is taken as said', () => {
    const said = {
      shape: 'wide',
      order: 'newest',
      limit: '5',
      points: '2000',
      after: '1.2',
      begin: '-1h',
      battery: 'boat',
    };
    expect(parseReadQuery(said, NOW_MS)).toEqual({
      ok: true,
      query: { shape: 'wide', range: RANGE, limit: 5, points: 2000, order: 'newest-first', after: '1.2' },
    });
  });

  test.each(['row', 'Wide', '', 'wide,series', 'toString'])('the shape %j is refused', (shape) => {
    expect(reasonOf({ shape })).toBe("'shape' must be rows, wide or series");
  });

  test.each(['0', '10001', '-1', '1.5', '1e3', ' 5', '', 'all', '5,5', '9999999', '0x10', '５'])(
    'the limit %j is refused',
    (limit) => {
      expect(reasonOf({ limit })).toBe("'limit' must be a whole number, 1 to 10000");
    },
  );

  test.each(['0', '2001', '-1', '', 'NaN'])('%j points are refused', (points) => {
    expect(reasonOf({ shape: 'series', points })).toBe("'points' must be a whole number, 1 to 2000");
  });

  test.each(['1', '10000', '007'])('the limit %s is taken', (limit) => {
    expect(parseReadQuery({ limit }, NOW_MS)).toMatchObject({ ok: true, query: { limit: Number(limit) } });
  });

  test.each(['up', '', 'Newest', 'newest-first'])('the order %j is refused', (order) => {
    expect(reasonOf({ shape: 'wide', order })).toBe("'order' must be oldest or newest");
  });

  test.each(['rows', 'series'])('newest first is refused with the shape %s, which has an order of its own', (shape) => {
    expect(reasonOf({ shape, order: 'newest' })).toBe("'order=newest' goes with 'shape=wide' only");
    expect(parseReadQuery({ shape, order: 'oldest' }, NOW_MS).ok).toBe(true);
  });

  test('a range that is none is the first thing told', () => {
    expect(reasonOf({ begin: '-1h', end: '-2h', shape: 'x' })).toContain('must lie before');
  });
});
