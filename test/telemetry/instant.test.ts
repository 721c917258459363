import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatInstant, parseInstant } from '../../lambdas/telemetry/instant.ts';

function reasonOf(value: unknown): string {
  const instant = parseInstant(value, 'refuse');
  return instant.ok ? `taken as ${instant.atMs}` : instant.reason;
}

// Milliseconds by an independent calculator (GNU date).
const GOLDEN = [
  ['2026-11-23T12:33:33Z', 1795437213000],
  ['2026-11-23T12:33:33+00:00', 1795437213000],
  ['2026-11-23T12:33:33-00:00', 1795437213000],
  ['2026-11-23t12:33:33z', 1795437213000],
  ['2026-11-23 12:33:33Z', 1795437213000],
  ['2026-11-23T12:33:33 +00:00', 1795437213000],
  [' 2026-11-23T12:33:33Z\n', 1795437213000],
  ['2026-11-23T13:33:33+0100', 1795437213000],
  ['2026-11-23T18:18:33+05:45', 1795437213000],
  ['2026-11-22T22:33:33-14:00', 1795437213000],
  ['2026-11-23T12:33Z', 1795437180000],
  ['2026-11-23T12:33:33.1Z', 1795437213100],
  ['2026-11-23T12:33:33,12Z', 1795437213120],
  ['2026-11-23T12:33:33.123Z', 1795437213123],
  ['2026-11-23T12:33:33.123999999Z', 1795437213123],
  ['2026-11-23T12:33:33.000000001Z', 1795437213000],
  ['2024-02-29T00:00:00Z', 1709164800000],
  ['2000-02-29T00:00:00Z', 951782400000],
  ['2026-12-31T23:59:59.999Z', 1798761599999],
  ['1970-01-01T00:00:00Z', 0],
  ['9999-12-31T23:59:59.999Z', 253402300799999],
] as const;

describe('parse instant', () => {
  test.each(GOLDEN)('%j is %d', (text, atMs) => {
    expect(parseInstant(text, 'refuse')).toEqual({ ok: true, atMs });
  });

  test.each([
    ['2026-11-23T12:33:33', 1795437213000],
    ['2026-11-23 12:33:33.5', 1795437213500],
    ['2026-11-23', 1795392000000],
  ])('%j is refused with the fix, or UTC where the demo took it so', (text, atMs) => {
    expect(reasonOf(text)).toContain(`'${text}' has no offset; add Z for UTC or the zone's offset`);
    expect(parseInstant(text, 'utc')).toEqual({ ok: true, atMs });
  });

  test.each([
    '2026-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-01-31T12:00:60Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+01:60',
  ])('%s is not a time that exists', (text) => {
    expect(reasonOf(text)).toBe(`timestamp '${text}' is not a time that exists`);
  });

  test.each(['1969-12-31T23:59:59Z', '0000-01-01T00:00:00Z', '0026-11-23T12:33:33Z', '1970-01-01T00:00:00+00:01'])(
    '%s is before any battery of ours',
    (text) => {
      expect(reasonOf(text)).toContain('between the years 1970 and 9999');
    },
  );

  test.each([
    'not a date',
    '',
    ' ',
    'now',
    '23.11.2026 12:33',
    '2026-11-23T12',
    '2026-11-23T12:33:33.Z',
    '2026-11-23T12:33:33UTC',
    '2026-11-23T12:33:33+1',
    '+2026-11-23T12:33:33Z',
    '2026-11-23T12:33:33Z; drop table',
    '1795437213000',
    '２０２６-11-23T12:33:33Z',
  ])('%j is no time, and the refusal says what is one; where the demo was asked, in its own words', (text) => {
    expect(reasonOf(text)).toBe(
      `timestamp '${text}' is no time; send ISO 8601 with an offset, as in 2026-01-31T12:00:00Z, or epoch milliseconds`,
    );
    expect(parseInstant(text, 'utc')).toEqual({ ok: false, reason: `Unknown string format: ${text}` });
  });

  test.each([
    [1795437213000, 1795437213000],
    [1795437213000.9, 1795437213000],
    [100_000_000_000, 100_000_000_000],
    [253_402_300_799_999, 253_402_300_799_999],
  ])('the number %d is milliseconds', (value, atMs) => {
    expect(parseInstant(value, 'refuse')).toEqual({ ok: true, atMs });
  });

  test.each([1795437213, 0, -1795437213000, 99_999_999_999])(
    'the number %d looks like seconds, and is not guessed',
    (value) => {
      expect(reasonOf(value)).toBe(`timestamp ${value} looks like epoch seconds; send milliseconds`);
    },
  );

  test('microseconds and what is no number at all are refused', () => {
    expect(reasonOf(1795437213000_000)).toContain('beyond the year 9999');
    expect(reasonOf(Number.NaN)).toContain('finite');
    expect(reasonOf(Number.POSITIVE_INFINITY)).toContain('finite');
    for (const value of [undefined, null, true, [], {}, [1795437213000], 10n]) {
      expect(reasonOf(value)).toContain('must be ISO 8601 text with an offset or epoch milliseconds');
    }
  });

  test('a refusal does not repeat a text of any length', () => {
    for (const text of [
      'x'.repeat(100_000),
      `${' '.repeat(100_000)}2026-11-23T12:33:33`,
      `2026-02-30${' '.repeat(100_000)}`,
    ]) {
      expect(reasonOf(text).length).toBeLessThan(250);
    }
  });
});

describe('format instant', () => {
  test('whole seconds have no fraction, as the demo wrote them, and every other has three digits', () => {
    expect(formatInstant(1795437213000)).toBe('2026-11-23T12:33:33+00:00');
    expect(formatInstant(1795437213120)).toBe('2026-11-23T12:33:33.120+00:00');
  });

  test('what is printed parses back to the same millisecond, in any zone', () => {
    const arbMs = fc.integer({ min: 0, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(arbMs, fc.integer({ min: -14 * 60, max: 14 * 60 }), (atMs, offsetMinutes) => {
        expect(parseInstant(formatInstant(atMs), 'refuse')).toEqual({ ok: true, atMs });
        const localMs = atMs + offsetMinutes * 60_000;
        fc.pre(localMs >= 0 && localMs < 253_402_300_800_000);
        const sign = offsetMinutes < 0 ? '-' : '+';
        const [hours, minutes] = [Math.trunc(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
        const zone = `${sign}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
        const text = new Date(localMs).toISOString().replace('Z', zone);
        expect(parseInstant(text, 'refuse')).toEqual({ ok: true, atMs });
      }),
    );
  });
});
