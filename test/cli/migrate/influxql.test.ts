import { describe, expect, test } from '@jest/globals';
import { type Column, countStatement, pageStatement } from '../../../cli/migrate/influxql.ts';
import { parseSeriesKey } from '../../../cli/migrate/series-key.ts';

const columns: readonly Column[] = [
  { field: 'charge', kind: 'float', wasInteger: true },
  { field: 'charge', kind: 'string', wasInteger: false },
];

describe('a statement of the copy', () => {
  test('asks for each type of a field, for one series, behind one time', () => {
    const series = parseSeriesKey('battery,battery=garage');
    const page = { afterNs: 1_700_000_000_000_000_001n, rows: 10 };
    expect(pageStatement('battery', { columns, series, tagKeys: ['battery', 'site'] }, page)).toBe(
      `SELECT "charge"::float AS "0", "charge"::string AS "1" FROM "battery" WHERE "battery"::tag = 'garage' AND "site"::tag = '' AND time > 1700000000000000001 ORDER BY time LIMIT 10`,
    );
  });

  test('counts each type of a field', () => {
    expect(countStatement('battery', columns)).toBe(
      'SELECT count("charge"::float) AS "0", count("charge"::string) AS "1" FROM "battery"',
    );
  });

  test('takes no word of a bucket for a word of its own', () => {
    const evil = `m" WHERE x='1'; DROP SERIES FROM "m\\`;
    const statement = countStatement(evil, [{ field: `a"b\\c\nd`, kind: 'float', wasInteger: false }]);
    expect(statement).toBe(
      `SELECT count("a\\"b\\\\c\\nd"::float) AS "0" FROM "m\\" WHERE x='1'; DROP SERIES FROM \\"m\\\\"`,
    );
    const series = { key: '', tags: new Map([['t', `x' OR 1=1; --\\`]]) };
    expect(pageStatement('m', { columns, series, tagKeys: ['t'] }, { afterNs: 0n, rows: 1 })).toContain(
      `WHERE "t"::tag = 'x\\' OR 1=1; --\\\\' AND`,
    );
  });
});
