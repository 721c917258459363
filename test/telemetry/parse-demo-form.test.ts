import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../lambdas/json/parse-json.ts';
import {
  type DemoForm,
  demoReading,
  extraFields,
  isEmptyBody,
  parseDemoForm,
} from '../../lambdas/telemetry/parse-demo-form.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

function bodyOf(text: string) {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed;
}

const formOf = (text: string): DemoForm => parseDemoForm(bodyOf(text), 'charge');

function kWOf(numberText: string, unit: string): number {
  const form = formOf(`{"charge":${numberText},"unit":"${unit}"}`);
  if (!form.ok) throw new Error(form.reason);
  return form.powerKw;
}

// Any decimal as JSON writes it, 0 to below 10 000 in the smallest unit.
const arbDecimal = fc
  .record({
    whole: fc.nat(9_999).map(String),
    fraction: fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^[0-9]{1,20}$/).map((digits) => `.${digits}`),
    ),
    exponent: fc.oneof(
      fc.constant(''),
      fc.tuple(fc.constantFrom('e-', 'E-'), fc.nat(40)).map((parts) => parts.join('')),
    ),
  })
  .map(({ whole, fraction, exponent }) => `${whole}${fraction}${exponent}`);

/** The decimal point of a text moved by hand, without any arithmetic on the value; the parser then rounds once. */
function moved(text: string, places: number): number {
  const [digits = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  const point = whole.length + Number(exponent) + places;
  const all = whole + fraction;
  const padded = point < 0 ? '0'.repeat(-point) + all : all.padEnd(point, '0');
  const at = Math.max(point, 0);
  return Number(`${padded.slice(0, at) || '0'}.${padded.slice(at) || '0'}`);
}

/** Whether `value` is the float nearest to numerator/denominator: no neighbour is nearer, by whole numbers alone. */
function isNearest(value: number, numerator: bigint, denominator: bigint): boolean {
  const scaled = (float: number): bigint => BigInt(float * 2 ** 500 * 2 ** 500);
  const wanted = (numerator << 1000n) / denominator;
  const distance = (float: number): bigint => {
    const difference = scaled(float) - wanted;
    return difference < 0n ? -difference : difference;
  };
  return [nextUp(value), nextDown(value)].every((other) => distance(value) <= distance(other) + 1n);
}

const bits = new DataView(new ArrayBuffer(8));
const shifted = (value: number, by: bigint): number => {
  bits.setFloat64(0, value);
  bits.setBigUint64(0, bits.getBigUint64(0) + by);
  return bits.getFloat64(0);
};
const nextUp = (value: number): number => shifted(value, 1n);
const nextDown = (value: number): number => (value === 0 ? 0 : shifted(value, -1n));

describe('the demo’s form', () => {
  test.each([
    ['{"charge":10,"unit":"kW"}', 10, '10', 'kW'],
    ['{"charge":10.50}', 10.5, '10.50', 'kW'],
    ['{"charge":1e1}', 10, '1e1', 'kW'],
    ['{"charge":1500,"unit":"W"}', 1.5, '1500', 'W'],
    ['{"charge":0.0023,"unit":"MW"}', 2.3, '0.0023', 'MW'],
    ['{"charge":4.35,"unit":"MW"}', 4350, '4.35', 'MW'],
    ['{"charge":10,"unit":null}', 10, '10', 'kW'],
    ['{"charge":-0}', 0, '-0', 'kW'],
    ['{"charge":10000}', 10_000, '10000', 'kW'],
    ['{"charge":10000000,"unit":"W"}', 10_000, '10000000', 'W'],
  ])('%s is %d kW, and its own digits are kept for the echo', (text, powerKw, numberText, unit) => {
    const form = formOf(text);
    expect(form).toMatchObject({ ok: true, numberText, unit });
    expect(form.ok && form.powerKw + 0).toBe(powerKw);
  });

  test('a watt is the thousandth of a kilowatt in decimals, not in floats', () => {
    expect(kWOf('1.001', 'MW')).toBe(1001);
    expect(1.001 * 1000).not.toBe(1001);
    fc.assert(
      fc.property(arbDecimal, fc.constantFrom(['W', -3] as const, ['kW', 0] as const), (text, [unit, places]) => {
        expect(kWOf(text, unit)).toBe(moved(text, places));
      }),
      { numRuns: 500 },
    );
  });

  test('megawatts too, for every decimal up to the limit', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.stringMatching(/^[0-9]{1,25}$/), fc.nat(30), (whole, fraction, exponent) => {
        const text = `${whole}.${fraction}e-${exponent}`;
        expect(kWOf(text, 'MW')).toBe(moved(text, 3));
      }),
      { numRuns: 300 },
    );
  });

  test('the kilowatts of whole watts are the nearest float to the exact fraction', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (watts) => {
        expect(isNearest(kWOf(String(watts), 'W'), BigInt(watts), 1000n)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test.each(['{"unit":"kW"}', '{}', '[]', '[1]', '5', 'null', '"charge"', 'true', '{"discharge":4}', '{"Charge":4}'])(
    '%s misses the field, and is no crash',
    (text) => {
      expect(formOf(text)).toEqual({ ok: false, kind: 'missing', reason: "Missing 'charge' field" });
    },
  );

  test.each(['"10"', '"abc"', 'null', 'true', '[]', '[10]', '{}', '{"value":10}'])(
    'a charge of %s is no number',
    (value) => {
      expect(formOf(`{"charge":${value}}`)).toEqual({
        ok: false,
        kind: 'invalid',
        reason: "'charge' must be a number, 0 to 10000 kW",
      });
    },
  );

  test.each([
    ['-1', 'kW'],
    ['-1e-9', 'kW'],
    ['10000.001', 'kW'],
    ['10000001', 'W'],
    ['10.001', 'MW'],
    ['1e400', 'kW'],
    ['1e400', 'W'],
  ])('%s %s is out of range, and the refusal repeats it', (numberText, unit) => {
    const form = formOf(`{"charge":${numberText},"unit":"${unit}"}`);
    expect(form).toMatchObject({ ok: false, kind: 'invalid' });
    expect(!form.ok && form.reason).toContain(`0 to 10000 kW; it was ${numberText} ${unit}`);
  });

  test.each(['"kw"', '"KW"', '"w"', '"mW"', '" kW"', '""', '"GW"', '1', 'true', '["kW"]', '{}', '"toString"'])(
    'the unit %s is refused: it is exactly W, kW or MW',
    (unit) => {
      const form = formOf(`{"charge":1,"unit":${unit}}`);
      expect(!form.ok && form.reason).toBe(`'unit' must be W, kW or MW, not ${unit}`);
    },
  );

  test('a refusal does not repeat a number or a unit of any length', () => {
    const number = formOf(`{"charge":-${'1'.repeat(50_000)}}`);
    const unit = formOf(`{"charge":1,"unit":"${'k'.repeat(50_000)}"}`);
    expect(!number.ok && number.reason.length).toBeLessThan(150);
    expect(!unit.ok && unit.reason.length).toBeLessThan(150);
  });

  test.each([
    ['{}', true],
    ['[]', true],
    ['null', true],
    ['5', true],
    ['"a"', true],
    ['{"x":1}', false],
  ])('%s is an empty body: %s', (text, isEmpty) => {
    expect(isEmptyBody(bodyOf(text).value)).toBe(isEmpty);
  });

  test('members that the form does not have are told by name', () => {
    const body = bodyOf('{"charge":1,"unit":"kW","timestamp":1,"soc":5,"discharge":2,"__proto__":1}');
    expect(extraFields(body, 'charge')).toEqual(['soc', 'discharge', '__proto__']);
  });
});

describe('the demo’s form as a reading', () => {
  test.each([
    ['{"charge":1500,"unit":"W","timestamp":"2026-11-23T11:00:00Z"}'],
    ['{"charge":1.5,"unit":"kW","timestamp":"2026-11-23T12:00:00+01:00"}'],
    ['{"charge":0.0015,"unit":"MW","timestamp":1795431600000}'],
    ['{"charge":1.50,"timestamp":"2026-11-23T11:00:00.000Z","x":1}'],
  ])('%s is one and the same sample', (text) => {
    const parsed = demoReading(bodyOf(text), 'charge', { receivedAtMs: NOW_MS });
    const atMs = NOW_MS - 3_600_000;
    expect(parsed).toMatchObject({
      ok: true,
      reading: { atMs, received: false, sent: { charge: 1.5 }, fields: { charge: 1.5 } },
    });
  });

  test('a value that is refused gives the form’s own reason', () => {
    const parsed = demoReading(bodyOf('{"discharge":"x"}'), 'discharge', { receivedAtMs: NOW_MS });
    expect(parsed).toEqual({ ok: false, reason: "'discharge' must be a number, 0 to 10000 kW", rejections: [] });
  });

  test('a time without an offset is UTC on the demo’s write routes only', () => {
    const body = bodyOf('{"charge":1,"timestamp":"2026-11-23 11:00:00"}');
    expect(demoReading(body, 'charge', { receivedAtMs: NOW_MS, withoutOffset: 'utc' }).ok).toBe(true);
    expect(demoReading(body, 'charge', { receivedAtMs: NOW_MS }).ok).toBe(false);
  });
});
