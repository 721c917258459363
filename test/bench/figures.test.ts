/** The committed figures: docs/figures.md is read as it was written, and the README tells no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judge } from '../../bench/bars.ts';
import { type Figure, figure } from '../../bench/figure.ts';
import { BENCHES } from '../../bench/figures.ts';
import { headlines, withHeadlines } from '../../bench/headlines.ts';
import { figuresDocument, figuresOf } from '../../bench/table.ts';
import { ROOT } from '../stack/templates.ts';

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const anyFigure: fc.Arbitrary<Figure> = fc
  .record({
    name: fc.stringMatching(/^[a-z]{1,8}\/[a-z0-9-]{1,12}$/),
    value: fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
    base: fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
    unit: fc.constantFrom('ms', 'messages/s', '$ a million', 'messages/s, twice'),
  })
  .map(({ name, value, base, unit }) => figure(name, value, unit, base, 'ms of an empty handler'));

describe('the table of figures', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyFigure, { selector: ({ name }) => name }), (figures) => {
        const text = figuresDocument(figures, { date: '2026-11-26', machine: '2 × processor' });
        expect([...figuresOf(text).values()].toSorted(byName)).toEqual(figures.toSorted(byName));
      }),
    );
  });

  test('says which bar is missed, and how many are reached', () => {
    const figures = [
      figure('start/cached', 600, 'ms', 40, 'ms of an empty node process'),
      figure('memory/200k', 150, 'MB', 60, 'MB'),
    ];
    const text = figuresDocument(figures, { date: '2026-11-26', machine: '2 × processor' });
    expect(text).toContain('1 of 2 bars are reached');
    expect(text).toContain(
      '| `start/cached` | 600 ms | 15 | 40 ms of an empty node process | **missed**: value at most 500 |',
    );
  });
});

describe('a bar', () => {
  test('fails the build at more than three times it, and when nothing was measured', () => {
    const start = (ms: number) => judge(figure('start/cached', ms, 'ms', 40, 'ms'));
    expect(
      [start(500), start(1500), start(1501), start(Number.NaN)].map(({ isReached, isFailed }) => [isReached, isFailed]),
    ).toEqual([
      [true, false],
      [false, false],
      [false, true],
      [false, true],
    ]);
    const stored = (rate: number) => judge(figure('mqtt/stored', rate, 'messages/s', 1, 'messages/s')).isFailed;
    expect([stored(1_667), stored(1_666)]).toEqual([false, true]);
  });
});

describe('the committed figures', () => {
  const committed = figuresOf(textOf('docs/figures.md'));

  test('are of a run of every bench', () => {
    const measured = new Set([...committed.keys()].map((name) => name.split('/')[0]));
    expect(Object.keys(BENCHES).filter((name) => !measured.has(name))).toEqual([]);
  });

  test('are those of the README', () => {
    expect(withHeadlines(textOf('README.md'), committed)).toBe(textOf('README.md'));
    expect(headlines(committed).split('\n')).toHaveLength(3);
  });
});

const byName = (a: Figure, b: Figure): number => (a.name < b.name ? -1 : 1);
