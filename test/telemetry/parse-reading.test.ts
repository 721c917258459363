import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { refusal } from '../../lambdas/store/point.ts';
import { parseReading } from '../../lambdas/telemetry/parse-reading.ts';
import { toPoints } from '../../lambdas/telemetry/point-time.ts';
import type { Reading } from '../../lambdas/telemetry/reading.ts';
import { arbFields } from '../arbitraries/samples.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const MINUTE_MS = 60_000;
const rules = { receivedAtMs: NOW_MS };

function readingOf(sample: unknown): Reading {
  const parsed = parseReading(sample, rules);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.reading;
}

function reasonOf(sample: unknown): string {
  const parsed = parseReading(sample, rules);
  if (parsed.ok) throw new Error(`taken: ${JSON.stringify(sample)}`);
  return parsed.reason;
}

describe('parse reading', () => {
  test.each([
    ['null', null],
    ['an array', [{ charge: 1 }]],
    ['a number', 5],
    ['a string', 'charge'],
    ['a boolean', true],
  ])('%s is no sample', (name, value) => {
    expect(reasonOf(value)).toBe(`a sample must be a JSON object, not ${name}`);
  });

  test('a sample without a timestamp is stamped with its receipt, and marked', () => {
    expect(readingOf({ charge: 1 })).toMatchObject({ atMs: NOW_MS, received: true });
    expect(readingOf({ charge: 1, timestamp: null })).toMatchObject({ atMs: NOW_MS, received: true });
    expect(readingOf({ charge: 1, timestamp: NOW_MS - 1 })).toMatchObject({ atMs: NOW_MS - 1, received: false });
  });

  test('a stamp that was set on the way keeps its mark', () => {
    const at = new Date(NOW_MS).toISOString();
    expect(readingOf({ charge: 1, timestamp: at, received: true }).received).toBe(true);
    expect(readingOf({ charge: 1, timestamp: at, received: false }).received).toBe(false);
  });

  test('five minutes ahead is taken, and a millisecond more is refused with the cause', () => {
    expect(readingOf({ charge: 1, timestamp: NOW_MS + 5 * MINUTE_MS }).atMs).toBe(NOW_MS + 5 * MINUTE_MS);
    const late = { charge: 1, timestamp: `${' '.repeat(1000)}2026-11-23T12:05:00.001Z` };
    expect(reasonOf(late)).toBe(
      "timestamp 2026-11-23T12:05:00.001+00:00 is more than 5 minutes ahead; set the device's clock",
    );
  });

  test.each([[true], [[]], [{}], [Number.NaN]])(
    'a timestamp of %j refuses the sample, whatever else is in it',
    (timestamp) => {
      expect(reasonOf({ charge: 1, timestamp })).toContain("'timestamp' must be a string or a number");
    },
  );

  test('a timestamp without an offset is refused with the fix, or is UTC where the demo took it so', () => {
    const sample = { charge: 1, timestamp: '2026-11-23T11:00:00' };
    expect(reasonOf(sample)).toContain('has no offset; add Z for UTC');
    expect(parseReading(sample, { ...rules, withoutOffset: 'utc' })).toMatchObject({
      ok: true,
      reading: { atMs: NOW_MS - 60 * MINUTE_MS },
    });
  });

  test.each([
    [{}, 'no measured field'],
    [{ seq: 1, boot: 'b' }, 'no measured field'],
    [{ timestamp: NOW_MS, received: true }, 'no measured field'],
    [{ charge: null, soc: null }, 'no measured field'],
    [{ soc: 106, seq: 1 }, "'soc' must be at most 105 %"],
    [{ soc: 106, volts: 12 }, "'volts' is not a field of a sample"],
    [{ power: 10_001 }, "'power' must be at most 10000 kW"],
    [{ power: -10_001 }, "'power' must be at least -10000 kW"],
  ])('%j has nothing left to store', (sample, reason) => {
    expect(reasonOf(sample)).toContain(reason);
  });

  test('a field out of range is told and left out, and the rest is stored', () => {
    const { fields, rejections } = readingOf({ charge: 1, discharge: -1, voltage: 2001, soc: 50 });
    expect(fields).toEqual({ charge: 1, soc: 50 });
    expect(rejections.map(({ field, kind }) => `${field} ${kind}`).sort()).toEqual([
      'discharge range',
      'voltage range',
    ]);
  });

  test('a full battery that says 102 % is stored as 100 %, and told by what it sent', () => {
    expect(readingOf({ soc: 102 })).toMatchObject({ fields: { soc: 100 }, sent: { soc: 102 }, rejections: [] });
    expect(readingOf({ soc: 99.99 }).fields).toEqual({ soc: 99.99 });
  });

  test('a member named __proto__ is refused as any unknown field', () => {
    const { rejections } = readingOf(JSON.parse('{"charge":1,"__proto__":{"soc":5}}'));
    expect(rejections).toMatchObject([{ field: '__proto__', kind: 'unknown' }]);
  });

  test('many unknown fields cost their number, not its square', () => {
    const cpuMs = (times: number, count: number): number => {
      const sample = { ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 0])), charge: 1 };
      const begun = process.cpuUsage();
      for (let i = 0; i < times; i++) readingOf(sample);
      return process.cpuUsage(begun).user;
    };
    // As many fields in twenty samples as in one: squared, the one were twenty times as dear.
    const inTwenty = Math.min(cpuMs(20, 3_000), cpuMs(20, 3_000));
    const inOne = Math.min(cpuMs(1, 60_000), cpuMs(1, 60_000));
    expect(inOne).toBeLessThan(5 * inTwenty);
  });
});

describe('power', () => {
  test.each([
    [1.5, { charge: 1.5 }],
    [-1.5, { discharge: 1.5 }],
    [0, { charge: 0 }],
    [-0, { charge: 0 }],
  ])('%d kW becomes the active side alone', (power, fields) => {
    expect(readingOf({ power })).toMatchObject({ fields, sent: fields, rejections: [] });
    expect(readingOf({ power }).fields).toEqual(fields);
  });

  test.each([
    [{ power: 2, charge: 2, discharge: 0 }, true],
    [{ power: 2.05, charge: 2 }, true],
    [{ power: 2.051, charge: 2 }, false],
    [{ power: -2.05, discharge: 2 }, true],
    [{ power: 2, discharge: 2 }, false],
    [{ power: 102, charge: 100 }, true],
    [{ power: 102.01, charge: 100 }, false],
    [{ power: 0.05, charge: 0, discharge: 0 }, true],
    [{ power: 1, charge: 3, discharge: 2 }, true],
  ])('%j agrees within 0.05 kW or 2 %%: %s', (sample, agrees) => {
    const { power: _, ...pair } = sample;
    const { fields, sent, rejections } = readingOf(sample);
    expect({ fields, sent }).toEqual({ fields: pair, sent: pair });
    expect(rejections.map(({ field, kind }) => `${field} ${kind}`)).toEqual(agrees ? [] : ['power conflict']);
  });

  test('a power out of range does not take a side with it that was sent beside it', () => {
    expect(readingOf({ power: 20_000, charge: 5 }).fields).toEqual({ charge: 5 });
    expect(readingOf({ power: -20_000, discharge: 5, soc: 5 }).fields).toEqual({ discharge: 5, soc: 5 });
    expect(readingOf({ power: 20_000, charge: -1, soc: 5 }).fields).toEqual({ soc: 5 });
    expect(readingOf({ power: 20_000, soc: 5 }).fields).toEqual({ soc: 5 });
  });

  test('a power of a wrong type does not take a side with it', () => {
    expect(readingOf({ power: '20', charge: 5 })).toMatchObject({
      fields: { charge: 5 },
      rejections: [{ kind: 'type' }],
    });
  });
});

describe('any sample that the schema takes', () => {
  test('is stored whole: nothing that the door takes is refused by the store', () => {
    fc.assert(
      fc.property(arbFields, (fields) => {
        const reading = readingOf({ ...fields, timestamp: NOW_MS });
        expect(reading.rejections).toEqual([]);
        expect(toPoints('boat', reading).map(refusal).filter(Boolean)).toEqual([]);
        const { cells, alarms, ...others } = fields;
        expect(Object.keys(reading.fields).sort()).toEqual(Object.keys(others).sort());
        expect(reading.cells).toEqual(cells);
        expect(reading.alarms === undefined).toBe(alarms === undefined);
      }),
    );
  });

  test('is judged the same with nulls, an unknown field or a wrong one beside it', () => {
    fc.assert(
      fc.property(arbFields, (fields) => {
        const { rejections: _, ...clean } = readingOf({ ...fields, timestamp: NOW_MS });
        const noisy = readingOf({ volts: 1, power: null, ...fields, received: 'yes', timestamp: NOW_MS });
        expect(noisy).toMatchObject(clean);
        expect(noisy.rejections.map(({ field }) => field).sort()).toEqual(['received', 'volts']);
      }),
    );
  });
});
