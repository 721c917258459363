import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Column } from '../../../cli/migrate/influxql.ts';
import { lineOf, nanosOf } from '../../../cli/migrate/line.ts';

const column = (field: string, kind: Column['kind'] = 'float'): Column => ({ field, kind, wasInteger: false });

describe('a row as a line', () => {
  test('has a float for a number, a truth value and a quoted text, and no field for what is null', () => {
    const columns = [column('charge'), column('on', 'boolean'), column('state', 'string'), column('soc')];
    const row = { timeNs: 1_700_000_000_000_000_001n, cells: [10, true, 'say "hi"\\', null] };
    expect(lineOf('battery,battery=b', columns, row)).toBe(
      'battery,battery=b charge=10,on=true,state="say \\"hi\\"\\\\" 1700000000000000001',
    );
  });

  test('never has an integer: the suffix i stands nowhere', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const line = lineOf('m', [column('v')], { timeNs: 1n, cells: [value] }) ?? '';
        const [, text = ''] = /^m v=(\S+) 1$/.exec(line) ?? [];
        expect(text).toMatch(/^-?\d+(\.\d+)?(e[+-]\d+)?$/);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  test('escapes what would end the name of a field', () => {
    expect(lineOf('m', [column('a b,c=d')], { timeNs: -5n, cells: [1] })).toBe('m a\\ b\\,c\\=d=1 -5');
  });

  test('keeps an empty text, and is none where every column is null', () => {
    expect(lineOf('m', [column('t', 'string')], { timeNs: 1n, cells: [''] })).toBe('m t="" 1');
    expect(lineOf('m', [column('v'), column('t', 'string')], { timeNs: 1n, cells: [null, null] })).toBeUndefined();
  });
});

describe('a time of InfluxDB', () => {
  test('keeps every nanosecond that InfluxDB can store', () => {
    const range = { min: -9_223_372_036_854_775_806n, max: 9_223_372_036_854_775_806n };
    fc.assert(
      fc.property(fc.bigInt(range), (ns) => {
        const seconds = (ns - (((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n;
        const fraction = String(ns - seconds * 1_000_000_000n)
          .padStart(9, '0')
          .replace(/0+$/, '');
        const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
        expect(nanosOf(`${date}${fraction === '' ? '' : `.${fraction}`}Z`)).toBe(ns);
      }),
    );
  });

  test('that is none is undefined', () => {
    for (const text of ['', 'Z', 'yesterday', '2026-11-23T12:00:00']) expect(nanosOf(text)).toBeUndefined();
  });
});
