import { describe, expect, test } from '@jest/globals';
import {
  ageText,
  axisText,
  durationText,
  inOrder,
  labelOf,
  rangeText,
  rateText,
  rawText,
  shown,
  shownText,
  timeText,
} from '../../dashboard/format.ts';

const at = (year: number, month: number, day: number, hour = 12, minute = 0): number =>
  new Date(year, month - 1, day, hour, minute).getTime();

describe('numbers', () => {
  test('power has as many digits as its size deserves, so that its width stays', () => {
    const text = (kw: number): string => shown('power', kw, 'kW').number;
    expect([0, 0.034, 2.41, 9.99, 9.996, 45.04, 99.96, 1234.4].map(text)).toEqual([
      '0.00',
      '0.03',
      '2.41',
      '9.99',
      '10.0',
      '45.0',
      '100',
      '1,234',
    ]);
  });

  test('a current out of the battery has a minus sign, and what rounds to nothing has none', () => {
    expect(shown('current', -18.42, 'A').number).toBe('−18.4');
    expect(shown('current', -0.01, 'A').number).toBe('0.0');
  });

  test('cells are told to the millivolt, a pack to the tenth of a volt', () => {
    expect(shownText('cellVoltageMin', 3.291, 'V')).toBe('3.291\u202fV');
    expect(shownText('voltage', 52.91, 'V')).toBe('52.9\u202fV');
    expect(shownText('voltage', 13.01, 'V')).toBe('13.01\u202fV');
  });

  test('a word stays a word', () => {
    expect(shownText('state', 'charging', '')).toBe('charging');
  });

  test('raw rows keep what was stored, short of float noise', () => {
    expect(rawText(0.1 + 0.2)).toBe('0.3');
    expect(rawText(10)).toBe('10');
    expect(rawText(-12.34)).toBe('−12.34');
  });

  test('an axis has the decimals that its steps need, and no more', () => {
    expect([-5, 0, 5].map((kw) => axisText(kw, 5))).toEqual(['−5', '0', '5']);
    expect([0.5, 1].map((kw) => axisText(kw, 0.5))).toEqual(['0.5', '1.0']);
    expect([0.25, 0.5, 0.75].map((kw) => axisText(kw, 0.25))).toEqual(['0.25', '0.50', '0.75']);
    expect(axisText(0.1 + 0.2, 0.1)).toBe('0.3');
    expect(axisText(0.02, 0.02)).toBe('0.02');
  });

  test('so many a second, with the digits that tell a slow battery from none', () => {
    expect([0, 0.017, 0.1, 0.949, 0.95, 1, 9.94, 99.4, 99.5, 20_000].map(rateText)).toEqual([
      '0/s',
      '0.02/s',
      '0.10/s',
      '0.95/s',
      '1.0/s',
      '1.0/s',
      '9.9/s',
      '99.4/s',
      '100/s',
      '20,000/s',
    ]);
  });
});

describe('times', () => {
  test('an age is never rounded to more or less than it is', () => {
    expect([0, 999, 1000, 59_999, 60_000, 3_599_999, 3_600_000, 47 * 3_600_000, 48 * 3_600_000].map(ageText)).toEqual([
      '0 s ago',
      '0 s ago',
      '1 s ago',
      '59 s ago',
      '1 min ago',
      '59 min ago',
      '1 h ago',
      '47 h ago',
      '2 days ago',
    ]);
  });

  test('a period is told in the unit that people use for it', () => {
    expect([1000, 10_000, 60_000, 300_000, 3_600_000, 7_200_000].map(durationText)).toEqual([
      '1 s',
      '10 s',
      '60 s',
      '5 min',
      '60 min',
      '2 h',
    ]);
  });

  test('today is only a clock, another day has its date, another year its year', () => {
    const now = at(2026, 11, 24, 18);
    expect(timeText(at(2026, 11, 24, 12, 40), now)).not.toContain('24');
    expect(timeText(at(2026, 11, 23, 12, 40), now)).toMatch(/23/);
    expect(timeText(at(2026, 11, 23, 12, 40), now)).not.toContain('2026');
    expect(timeText(at(2025, 11, 23, 12, 40), now)).toContain('2025');
  });

  test('a range says its day once where it is one day', () => {
    const now = at(2026, 11, 24, 18);
    expect(rangeText(at(2026, 11, 24, 12), at(2026, 11, 24, 13), now)).not.toMatch(/Nov/);
    expect(rangeText(at(2026, 11, 22, 12), at(2026, 11, 22, 13), now).match(/Nov/g)).toHaveLength(1);
    expect(rangeText(at(2026, 11, 23, 18), now, now).match(/Nov/g)).toHaveLength(2);
  });
});

describe('fields', () => {
  test('are told in one order everywhere, unknown ones last and by their own name', () => {
    expect(inOrder(['temperature', 'zeta', 'seq', 'soc', 'alpha', 'boot', 'charge'])).toEqual([
      'charge',
      'soc',
      'temperature',
      'alpha',
      'zeta',
    ]);
    expect(labelOf('someNewField')).toBe('some new field');
  });
});
