import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRange } from '../../lambdas/telemetry/time-range.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function rangeOf(begin?: string, end?: string): { readonly fromMs: number; readonly toMs: number } {
  const parsed = parseRange(begin, end, NOW_MS);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.range;
}

function reasonOf(begin?: string, end?: string): string {
  const parsed = parseRange(begin, end, NOW_MS);
  return parsed.ok ? `taken as ${JSON.stringify(parsed.range)}` : parsed.reason;
}

describe('time range', () => {
  test.each([
    [undefined, undefined],
    ['', ''],
    ['-1h', 'now()'],
    [' -1h ', ' now() '],
    ['-60m', undefined],
    ['-3600s', ''],
    ['2026-11-23T11:00:00Z', '2026-11-23T12:00:00+00:00'],
    ['2026-11-23T12:00:00+01:00', '2026-11-23T06:00:00-06:00'],
    // A plus that was sent unescaped in an address.
    ['2026-11-23T12:00:00 01:00', '2026-11-23T12:00:00 00:00'],
  ])('begin %j and end %j are the last hour', (begin, end) => {
    expect(rangeOf(begin, end)).toEqual({ fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS });
  });

  test.each([
    ['-1s', 1000],
    ['-1m', 60_000],
    ['-2h', 2 * HOUR_MS],
    ['-30d', 30 * DAY_MS],
    ['-4w', 28 * DAY_MS],
    ['-0090m', 90 * 60_000],
  ])('%s is %d ms back from now', (begin, lengthMs) => {
    expect(rangeOf(begin)).toEqual({ fromMs: NOW_MS - lengthMs, toMs: NOW_MS });
    expect(rangeOf('2026-10-24T11:00:00Z', begin).toMs).toBe(NOW_MS - lengthMs);
  });

  test('31 days are taken, to the millisecond', () => {
    expect(rangeOf('-31d')).toEqual({ fromMs: NOW_MS - 31 * DAY_MS, toMs: NOW_MS });
    expect(rangeOf('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z').toMs).toBe(Date.UTC(2026, 1, 1));
    expect(reasonOf('2026-01-01T00:00:00Z', '2026-02-01T00:00:00.001Z')).toContain('31 days at most');
    expect(reasonOf('-2678401s')).toContain('31 days at most');
    expect(reasonOf('-5w')).toContain('31 days at most');
  });

  test.each([
    ['now()', 'now()'],
    ['now()', '-1h'],
    ['-1h', '-2h'],
    ['-1h', '-1h'],
    ['-0s', undefined],
    ['2026-11-23T12:00:00.001Z', undefined],
    ['2026-11-23T12:00:00Z', '2026-11-23T13:00:00+01:00'],
  ])('begin %j and end %j are empty or reversed, and told as instants', (begin, end) => {
    expect(reasonOf(begin, end)).toMatch(
      /^'begin' \(2026-11-2.*\+00:00\) must lie before 'end' \(2026-11-23T.*\+00:00\)$/,
    );
  });

  test.each([
    '-1h) |> drop()',
    '-1h)\n  |> to(bucket: "x")',
    'now() - 1h',
    'now',
    '0',
    '1h',
    '+1h',
    '-h',
    '-1',
    '-1y',
    '-1mo',
    '-1H',
    '-1.5h',
    '-1h30m',
    '-1e3s',
    '--1h',
    '-1 h',
    '-1234567890s',
    '1795437213000',
    '2026-11-23',
    '2026-11-23 12:00:00Z',
    '2026-11-23T12:00:00',
    '2026-02-30T00:00:00Z',
    "2026-11-23T12:00:00Z' or '1'='1",
    'T',
    'yesterdayT',
    '\u0000',
    '٣',
  ])('%j is no time at either end, and the refusal quotes it as JSON', (text) => {
    const quoted = JSON.stringify(text.trim());
    expect(reasonOf(text)).toMatch(/^'begin' is /);
    expect(reasonOf(text)).toContain(quoted);
    expect(reasonOf('-1h', text)).toMatch(/^'end' is /);
    expect(reasonOf('-1h', text)).toContain('use -<number><s|m|h|d|w>');
  });

  test('a duration that ends before 1970 is refused', () => {
    expect(reasonOf('-999999999w')).toBe("'begin' -999999999w lies before 1970");
  });

  test('a refusal does not repeat a text of any length', () => {
    expect(reasonOf('x'.repeat(100_000)).length).toBeLessThan(250);
    expect(reasonOf(`2026-11-23T12:00:00${' '.repeat(100_000)}`).length).toBeLessThan(250);
  });

  test('whatever is taken is a range of finite whole milliseconds, from before to, of 31 days at most', () => {
    const arbEdge = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.constantFrom('s', 'm', 'h', 'd', 'w', 'x')).map(([count, unit]) => `-${count}${unit}`),
      fc.date({ min: new Date(0), max: new Date(NOW_MS * 2), noInvalidDate: true }).map((date) => date.toISOString()),
      fc.constantFrom('now()', '', 'NaN', 'Infinity', '-Infinitys'),
    );
    fc.assert(
      fc.property(arbEdge, arbEdge, (begin, end) => {
        const parsed = parseRange(begin, end, NOW_MS);
        if (!parsed.ok) return;
        const { fromMs, toMs } = parsed.range;
        expect([fromMs, toMs].every((edge) => Number.isSafeInteger(edge) && edge >= 0)).toBe(true);
        expect(toMs - fromMs).toBeGreaterThan(0);
        expect(toMs - fromMs).toBeLessThanOrEqual(31 * DAY_MS);
      }),
      { numRuns: 500 },
    );
  });
});
