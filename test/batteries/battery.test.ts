import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BATTERY_ID_PATTERN, BATTERY_ID_WORDS, parseBatteryId } from '../../lambdas/batteries/battery.ts';

function reasonOf(text: string): string {
  const parsed = parseBatteryId(text);
  return parsed.ok ? `taken as ${parsed.id}` : parsed.reason;
}

describe('battery id', () => {
  test.each(['default', 'demo', 'b2', '0', 'a-b_c', 'a'.repeat(64), 'charger', 'discharges'])('%s is an id', (id) => {
    expect(parseBatteryId(id)).toEqual({ ok: true, id });
  });

  test.each(['', '-a', '_a', 'a b', 'ä', 'a/b', 'a+', '#', 'a\n', '\na', 'a\0', 'a'.repeat(65), '../a', 'a.b'])(
    '%j is refused with the pattern',
    (text) => {
      expect(reasonOf(text)).toContain(BATTERY_ID_WORDS);
    },
  );

  test.each(['charge', 'discharge'])('%s is refused as the name of a topic', (text) => {
    expect(reasonOf(text)).toContain(`'${text}' is reserved`);
  });

  test('upper case is asked about, not corrected', () => {
    expect(reasonOf('Garage')).toContain("did you mean 'garage'?");
    expect(reasonOf('Garage 1')).not.toContain('did you mean');
  });

  test('an id is taken exactly when the printed pattern matches and no topic has that name', () => {
    const arbText = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'abz019-_AZ /+#ä'.split('')), maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 70 }),
      fc.constantFrom('charge', 'discharge', 'Charge'),
    );
    fc.assert(
      fc.property(arbText, (text) => {
        const matches = new RegExp(BATTERY_ID_PATTERN).test(text) && text !== 'charge' && text !== 'discharge';
        expect(parseBatteryId(text).ok).toBe(matches);
      }),
    );
  });

  test('a refusal does not repeat a text of any length', () => {
    expect(reasonOf('x'.repeat(100_000)).length).toBeLessThan(250);
  });
});
