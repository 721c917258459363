import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  around,
  FIRST_RANGE,
  LONGEST_MS,
  PRESETS,
  picked,
  rangeFromAddress,
  rangeToAddress,
  rowsWindow,
  seriesQuery,
  stepped,
  windowOf,
  zoomed,
} from '../../dashboard/range.ts';

const NOW = Date.parse('2026-11-24T12:34:56.789Z');
const HOUR = 3_600_000;
const spanMs = fc.oneof(
  fc.constantFrom(...PRESETS.map((preset) => preset.spanMs)),
  fc.integer({ min: 10_000, max: LONGEST_MS }),
);

describe('stepped', () => {
  test('back from now is a fixed stretch, and forth again is now', () => {
    const back = stepped({ spanMs: HOUR, endMs: undefined }, -1, NOW);
    expect(back).toEqual({ spanMs: HOUR, endMs: NOW - HOUR });
    expect(stepped(back, 1, NOW)).toEqual({ spanMs: HOUR, endMs: undefined });
  });
});

describe('around', () => {
  test('the instant is inside, wherever it lies', () => {
    fc.assert(
      fc.property(spanMs, fc.integer({ min: 0, max: NOW }), (span, atMs) => {
        const { beginMs, endMs } = windowOf(around({ spanMs: span, endMs: undefined }, atMs, NOW), NOW);
        return beginMs <= atMs && atMs <= endMs;
      }),
    );
  });
});

describe('picked', () => {
  test('never longer than 31 days, never shorter than ten seconds', () => {
    expect(picked({ beginMs: 0, endMs: NOW }, NOW).spanMs).toBe(LONGEST_MS);
    expect(picked({ beginMs: NOW - 5, endMs: NOW - 4 }, NOW).spanMs).toBe(10_000);
  });
});

describe('zoomed', () => {
  test('goes through the presets and stops at both ends', () => {
    expect(zoomed({ spanMs: HOUR, endMs: 5 }, -1)).toEqual({ spanMs: HOUR / 4, endMs: 5 });
    expect(zoomed({ spanMs: HOUR / 4, endMs: undefined }, -1).spanMs).toBe(HOUR / 4);
    expect(zoomed({ spanMs: LONGEST_MS, endMs: undefined }, 1).spanMs).toBe(LONGEST_MS);
    expect(zoomed({ spanMs: 2 * HOUR, endMs: undefined }, 1).spanMs).toBe(6 * HOUR);
  });
});

describe('rowsWindow', () => {
  test('holds what is there now, ends with a whole second, and is one for all who ask within a second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 0, max: 999 }), (second, ms) => {
        const now = second * 1000 + ms;
        const window = rowsWindow({ spanMs: 900_000, endMs: undefined }, now);
        expect(window).toEqual({ beginMs: second * 1000 - 899_000, endMs: second * 1000 + 1000 });
        expect(window.endMs).toBeGreaterThan(now);
      }),
    );
  });

  test('of a stretch that is past is that stretch', () => {
    expect(rowsWindow({ spanMs: 10, endMs: NOW - 7 }, NOW)).toEqual({ beginMs: NOW - 17, endMs: NOW - 7 });
  });
});

describe('seriesQuery', () => {
  test('asks for the whole window, in few enough whole steps, and for no more than the API takes', () => {
    fc.assert(
      fc.property(
        spanMs,
        fc.integer({ min: 24, max: 600 }),
        fc.integer({ min: NOW, max: 2 * NOW }),
        (span, most, now) => {
          const query = seriesQuery({ spanMs: span, endMs: undefined }, now, most);
          expect(query.endMs).toBeGreaterThan(now);
          expect(query.beginMs).toBeLessThanOrEqual(Math.max(now - span, query.endMs - LONGEST_MS + query.stepMs));
          expect(query.endMs - query.beginMs).toBeLessThanOrEqual(LONGEST_MS);
          expect(query.points * query.stepMs).toBe(query.endMs - query.beginMs);
          expect(query.points).toBeLessThanOrEqual(Math.max(most + 2, 33));
        },
      ),
    );
  });

  test('a window that moves on by less than a step asks for the same steps', () => {
    const range = { spanMs: HOUR, endMs: undefined };
    const start = Math.floor(NOW / 10_000) * 10_000 + 1;
    expect(seriesQuery(range, start + 5000, 400)).toEqual(seriesQuery(range, start, 400));
  });
});

describe('the address', () => {
  test('says back what it was told', () => {
    fc.assert(
      fc.property(spanMs, fc.option(fc.integer({ min: 1, max: NOW }), { nil: undefined }), (span, endMs) => {
        const range = { spanMs: Math.round(span / 1000) * 1000, endMs };
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(rangeToAddress(range)))
          if (value !== undefined) query.set(name, value);
        expect(rangeFromAddress(query)).toEqual(range);
      }),
    );
  });

  test('nonsense is the first range', () => {
    expect(rangeFromAddress(new URLSearchParams('range=forever&end=never'))).toEqual(FIRST_RANGE);
    expect(rangeFromAddress(new URLSearchParams('range=9999999s')).spanMs).toBe(LONGEST_MS);
  });
});
