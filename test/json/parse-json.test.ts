import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../lambdas/json/parse-json.ts';

function reasonOf(text: string): string {
  const parsed = parseJson(text);
  if (parsed.ok) throw new Error(`${text.slice(0, 80)} was taken`);
  return parsed.reason;
}

function valueOf(text: string): unknown {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

// Depth 12 of the 16 that are taken; keys such as `__proto__` come up often.
const arbValue = fc.jsonValue({ maxDepth: 12, noUnicodeString: false });
const arbOddKeys = fc.dictionary(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'a', '"', '\\', '\u2028', ''),
  fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ unit: 'binary' }), fc.constant(null)),
  { noNullPrototype: true },
);

describe('parse json', () => {
  test('whatever JSON.stringify writes comes back as the same value', () => {
    fc.assert(
      fc.property(fc.oneof(arbValue, arbOddKeys), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(JSON.stringify(valueOf(text))).toBe(JSON.stringify(value));
      }),
    );
  });

  test('no text is taken that JSON.parse refuses, and none is taken for another value', () => {
    const arbNearJson = fc.oneof(
      fc.array(
        fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"', '\\', '1', '-', '.5', 'e', 'null', ' ', '\n'),
        {
          maxLength: 12,
        },
      ),
      arbValue.chain((value) => {
        const text = JSON.stringify(value);
        return fc
          .record({ at: fc.nat(text.length), cut: fc.nat(2), put: fc.constantFrom('', '"', ',', '}', '0', '\u0001') })
          .map(({ at, cut, put }) => [text.slice(0, at), put, text.slice(at + cut)]);
      }),
    );
    fc.assert(
      fc.property(arbNearJson, (parts) => {
        const text = parts.join('');
        const parsed = parseJson(text);
        if (!parsed.ok) return;
        const wanted: unknown = JSON.parse(text);
        // JSON.parse of Node 24 (V8 13.6) itself takes the key '"' for the key '\\' once another object had that one.
        if (!/\\["\\]/.test(text)) expect(parsed.value).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['the same value', '{"charge":1,"charge":1}', 'charge'],
    ['another value', '{"charge":1,"charge":2}', 'charge'],
    ['another spelling of the key', '{"charge":1,"\\u0063harge":1}', 'charge'],
    ['other members between', '{"charge":1,"unit":"kW" , "charge" :1}', 'charge'],
    ['a key inside of a list', '{"samples":[{"soc":1},{"soc":2,"soc":2}]}', 'soc'],
    ['a quote in the key before', '{"a\\"":1,"b":2,"b":2}', 'b'],
    ['a key named __proto__', '{"__proto__":1,"__proto__":1}', '__proto__'],
  ])('a key that stands twice with %s is refused by name', (_, text, key) => {
    expect(reasonOf(text)).toContain(`key '${key}' stands twice`);
  });

  test('the same key in two objects, and a value spelled as a key, are no repetition', () => {
    expect(valueOf('{"samples":[{"soc":"soc"},{"soc":"soc"}],"soc":["soc","soc"]}')).toEqual({
      samples: [{ soc: 'soc' }, { soc: 'soc' }],
      soc: ['soc', 'soc'],
    });
  });

  test('a quote behind a backslash does not end a key', () => {
    expect(valueOf('{"a\\"":1,"a\\\\":2,"a":3}')).toEqual({ 'a"': 1, 'a\\': 2, a: 3 });
  });

  test.each(['[', '{"a":', '[[{"a":['])(
    'a hundred thousand times %j is refused without an end of the stack',
    (opening) => {
      expect(reasonOf(opening.repeat(100_000))).toContain('nested deeper than 16 levels');
    },
  );

  test('sixteen levels are taken and seventeen are not', () => {
    expect(valueOf(`${'['.repeat(16)}${']'.repeat(16)}`)).toBeInstanceOf(Array);
    expect(reasonOf(`${'['.repeat(17)}${']'.repeat(17)}`)).toContain('16 levels');
  });

  test('brackets inside of a text are no depth', () => {
    for (const boot of ['[{'.repeat(50), `"${'[{'.repeat(50)}`, `\\"${'[{'.repeat(50)}`]) {
      expect(valueOf(JSON.stringify({ boot }))).toEqual({ boot });
    }
  });

  test.each([
    '10',
    '10.0',
    '1e1',
    '1E+1',
    '0.1e2',
    '10.000000000000000000000001',
    '-0',
    '1e400',
    '0.30000000000000004',
  ])('the number %s keeps its own text beside its value', (text) => {
    const parsed = parseJson(`{"charge": ${text} ,"unit":"kW"}`);
    expect(parsed.ok && parsed.value).toEqual({ charge: Number(text), unit: 'kW' });
    expect(parsed.ok && [...parsed.numberTexts]).toEqual([['charge', text]]);
  });

  test('only direct members have a number text', () => {
    const parsed = parseJson('{"charge":1,"deep":{"charge":2},"list":[3],"text":"4"}');
    expect(parsed.ok && [...parsed.numberTexts]).toEqual([['charge', '1']]);
  });

  test.each(['', ' ', '\r\n\t', '\uFEFF'])('%j is an empty body', (text) => {
    expect(reasonOf(text)).toBe('the body is empty; send a JSON object');
  });

  test.each([
    'NaN',
    '{"charge":NaN}',
    '{"charge":-Infinity}',
    '\uFEFF{}',
    "{'a':1}",
    '{"a":1,}',
    '{a:1}',
    '01',
    '{"a":1}}',
  ])('%j is not valid JSON', (text) => {
    expect(reasonOf(text)).toMatch(/^not valid JSON: /);
  });

  test('a member named __proto__ is a member, and no object gains a prototype by it', () => {
    const value = valueOf('{"__proto__":{"charge":1}}');
    expect(JSON.stringify(value)).toBe('{"__proto__":{"charge":1}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('charge');
  });

  test('a refusal does not repeat a long key', () => {
    const key = 'k'.repeat(100_000);
    expect(reasonOf(`{"${key}":1,"${key}":1}`).length).toBeLessThan(200);
  });
});
