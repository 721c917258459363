/** The ranges and types of reading.schema.json, each held by what comes out of the parser. */
import { describe, expect, test } from '@jest/globals';
import { parseReading } from '../../lambdas/telemetry/parse-reading.ts';
import { ALARM_NAMES } from '../../lambdas/telemetry/reading.ts';
import { ALL_FIELDS, NUMBER_FIELDS, STATE_WORDS, TEXT_FIELDS } from '../arbitraries/samples.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const rules = { receivedAtMs: NOW_MS };

/** The field beside another one, so that the sample has something left. */
function judged(field: string, value: unknown) {
  const beside = field === 'soh' ? 'voltage' : 'soh';
  const parsed = parseReading({ [field]: value, [beside]: 97 }, rules);
  if (!parsed.ok) throw new Error(parsed.reason);
  const { [beside]: kept, ...fields } = parsed.reading.fields;
  expect(kept).toBe(97);
  return { fields, rejections: parsed.reading.rejections, reading: parsed.reading };
}

/** As it is stored: `power` as the active side, a full battery as 100 %. */
function stored(field: string, value: number): Record<string, number> {
  if (field === 'power') return { [value < 0 ? 'discharge' : 'charge']: Math.abs(value) };
  return { [field]: field === 'soc' ? Math.min(value, 100) : value };
}

const above = (value: number): number => value + Math.max(Math.abs(value) * 1e-12, 1e-9);
const below = (value: number): number => value - Math.max(Math.abs(value) * 1e-12, 1e-9);

describe('the fields of a sample', () => {
  const names = NUMBER_FIELDS.map(({ field }) => field);

  test('the schema has every field of the table in telemetry.md, and no other', () => {
    const table = [
      'timestamp received charge discharge power voltage current soc soh temperature temperatureMin temperatureMax',
      'mosfetTemperature ambientTemperature cellVoltageMin cellVoltageMax cellVoltageMinId cellVoltageMaxId cells',
      'energyCharged energyDischarged cycles storedEnergy maxChargePower maxDischargePower state alarms seq boot',
    ];
    expect([...ALL_FIELDS].sort()).toEqual(table.flatMap((line) => line.split(' ')).sort());
  });

  test.each(NUMBER_FIELDS.filter(({ isInteger }) => !isInteger))('$field below $min $unit is rejected alone', (one) => {
    const { fields, rejections } = judged(one.field, below(one.min));
    expect(fields).toEqual({});
    const reason = `'${one.field}' must be at least ${one.min} ${one.unit}`;
    expect(rejections).toEqual([{ field: one.field, kind: 'range', reason }]);
  });

  test.each(NUMBER_FIELDS.filter(({ max }) => max < 1e6))('$field above $max $unit is rejected alone', (one) => {
    const { fields, rejections } = judged(one.field, above(one.max));
    expect(fields).toEqual({});
    const reason = `'${one.field}' must be at most ${one.max} ${one.unit}`;
    expect(rejections).toEqual([{ field: one.field, kind: 'range', reason }]);
  });

  test.each(NUMBER_FIELDS)('$field is taken at both ends of its range', ({ field, min, max }) => {
    for (const value of [min, Number.isFinite(max) ? max : 1e300]) {
      expect(judged(field, value)).toMatchObject({ fields: stored(field, value), rejections: [] });
    }
  });

  test.each(names)('%s of a wrong type is rejected by name, and never read as a number', (field) => {
    for (const value of ['1', '', true, [], [1], {}, Number.NaN, Number.POSITIVE_INFINITY]) {
      const { fields, rejections } = judged(field, value);
      expect(fields).toEqual({});
      expect(rejections).toMatchObject([{ field, kind: 'type' }]);
      expect(rejections[0]?.reason).toContain(`'${field}' must be a`);
    }
  });

  test.each(ALL_FIELDS.filter((field) => field !== 'timestamp'))('%s as null counts as absent', (field) => {
    expect(judged(field, null)).toMatchObject({ fields: {}, rejections: [] });
  });

  test.each(ALL_FIELDS.filter((field) => !['timestamp', 'received'].includes(field)))(
    '%s in upper case is refused with its right name',
    (field) => {
      const wrong = field.toUpperCase();
      expect(judged(wrong, 1).rejections).toEqual([
        { field: wrong, kind: 'unknown', reason: `'${wrong}' is not a field of a sample; did you mean '${field}'?` },
      ]);
    },
  );

  test.each(STATE_WORDS.map((word, i) => [word, i + 1] as const))('state %s is stored as %d', (word, code) => {
    expect(judged('state', word)).toMatchObject({ fields: { state: code }, rejections: [] });
  });

  test.each(['Charging', 'charge', '', 4, ['full'], true])('state %j is rejected with the words it may be', (value) => {
    const { fields, rejections } = judged('state', value);
    expect(fields).toEqual({});
    expect(rejections).toMatchObject([{ field: 'state', kind: 'type' }]);
    expect(rejections[0]?.reason).toContain('must be one of off, empty, discharging');
  });

  test.each(TEXT_FIELDS.map(({ field }) => [field, field === 'boot' ? 32 : 16] as const))(
    '%s is a text of at most %d characters without control characters',
    (field, length) => {
      for (const text of ['7', 'Zelle 7 / Block ß', '🔋'.repeat(length), 'x'.repeat(length)].slice(
        field === 'boot' ? 0 : 2,
      )) {
        expect(judged(field, text)).toMatchObject({ fields: { [field]: text }, rejections: [] });
      }
      for (const text of ['', 'x'.repeat(length + 1), 'a\nb', 'a\0', '\u007f', '\u0085', '\ud800', 7, ['a']]) {
        expect(judged(field, text)).toMatchObject({ fields: {}, rejections: [{ field, kind: 'type' }] });
      }
    },
  );

  test('cells keep their order and stand beside the fields', () => {
    const { fields, reading } = judged('cells', [3.3, 0, 16]);
    expect(fields).toEqual({});
    expect(reading.cells).toEqual([3.3, 0, 16]);
  });

  test.each([
    ['none', [], 'range'],
    ['513', Array.from({ length: 513 }, () => 3.3), 'range'],
    ['one above 16 V', [3.3, 16.001], 'range'],
    ['one below 0 V', [-0.001], 'range'],
    ['a text among them', [3.3, '3.3'], 'type'],
    ['a null among them', [3.3, null], 'type'],
  ])('cells are rejected whole with %s', (_, cells, kind) => {
    const { reading, rejections } = judged('cells', cells);
    expect(reading.cells).toBeUndefined();
    expect(rejections).toMatchObject([{ field: 'cells', kind }]);
  });

  test.each([
    [[], "'cells' must have at least 1 in it"],
    [Array.from({ length: 513 }, () => 3.3), "'cells' must have at most 512 in it"],
  ])('and it is said how many there may be', (cells, reason) => {
    expect(judged('cells', cells).rejections).toMatchObject([{ reason }]);
  });

  test('a list of 512 cells is taken', () => {
    expect(
      judged(
        'cells',
        Array.from({ length: 512 }, () => 3.3),
      ).reading.cells,
    ).toHaveLength(512);
  });

  test('a list of alarms clears what it omits, and the higher level of a name counts', () => {
    const sent = ['lowSoc:warning', 'fanError:alarm', 'lowSoc:alarm', 'other:warning'];
    const cleared = Object.fromEntries(ALARM_NAMES.map((name) => [name, 0]));
    expect(judged('alarms', sent).reading.alarms).toEqual({ ...cleared, lowSoc: 2, fanError: 2, other: 1 });
    expect(judged('alarms', []).reading.alarms).toEqual(cleared);
    expect(judged('voltage', 12).reading.alarms).toBeUndefined();
  });

  test.each(['lowSoc', 'lowSoc:', 'lowSoc:ok', 'LowSoc:alarm', 'lowSoc:alarm ', 'fire:alarm', 1])(
    'the alarm %j is refused',
    (alarm) => {
      const { reading, rejections } = judged('alarms', ['doorOpen:alarm', alarm]);
      expect(reading.alarms).toBeUndefined();
      expect(rejections).toMatchObject([{ field: 'alarms', kind: 'type' }]);
    },
  );
});
