import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchesPattern, parsePattern } from '../../../local/iot-policy/pattern.ts';

const none = (): undefined => undefined;

function matches(pattern: string, text: string): boolean {
  const parsed = parsePattern(pattern, none);
  return parsed !== undefined && matchesPattern(parsed, text);
}

describe('a pattern of a policy', () => {
  test('says what a regular expression of the same wildcards says', () => {
    const character = fc.constantFrom('a', 'b', '/', '+', '#', '.', '*', '?', '€', '😀');
    const words = fc.array(character, { maxLength: 8 }).map((list) => list.join(''));
    fc.assert(
      fc.property(words, words, (pattern, text) => {
        const source = Array.from(pattern, (one) => (one === '*' ? '.*' : one === '?' ? '.' : `\\u{${codeOf(one)}}`));
        expect(matches(pattern, text)).toBe(new RegExp(`^${source.join('')}$`, 'su').test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('of many stars comes to an end, which trying every way to share out the text would not', () => {
    expect(matches('*a'.repeat(100), `${'a'.repeat(255)}b`)).toBe(false);
    expect(matches('*a'.repeat(100), 'a'.repeat(255))).toBe(true);
  });

  test('takes what a variable stands for as text, and is none when a variable has no value', () => {
    const pattern = parsePattern('x/${who}/*', (name) => (name === 'who' ? '*?' : undefined));
    expect(matchesPattern(pattern ?? [], 'x/*?/anything')).toBe(true);
    expect(matchesPattern(pattern ?? [], 'x/ab/anything')).toBe(false);
    expect(parsePattern('x/${nobody}', none)).toBeUndefined();
  });
});

const codeOf = (character: string): string => (character.codePointAt(0) ?? 0).toString(16);
