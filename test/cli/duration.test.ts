import { describe, expect, test } from '@jest/globals';
import { durationText, parseDuration } from '../../cli/duration.ts';

describe('duration', () => {
  test.each([
    ['500ms', 500],
    ['1s', 1000],
    ['1.5s', 1500],
    ['1m', 60_000],
    ['2h', 7_200_000],
    ['1', undefined],
    ['s', undefined],
    ['1d', undefined],
    ['-1s', undefined],
    ['0.5ms', undefined],
    ['1 s', undefined],
  ])('%j is %j ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    [500, '0.5 s'],
    [1000, '1 s'],
    [56_436, '56 s'],
    [564_359, '9 min 24 s'],
    [3_600_000, '1 h'],
    [11_100_000, '3 h 5 min'],
    [187_200_000, '2 d 4 h'],
  ])('%i ms read %j', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
