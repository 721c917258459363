import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSeriesKey } from '../../../cli/migrate/series-key.ts';

// As the server writes a key: models.MakeKey escapes these three, and nothing else.
const escaped = (text: string): string => text.replaceAll(/[,= ]/g, '\\$&');
// A name or value that ends in a backslash cannot be written: it would escape what comes after.
const word = fc.stringMatching(/^[a-z\\,= "'é-]{0,8}[a-z"'é-]$/);

describe('the key of a series', () => {
  test('gives back the tags that it was made from', () => {
    fc.assert(
      fc.property(word, fc.dictionary(word, word, { maxKeys: 4 }), (measurement, tags) => {
        const pairs = Object.entries(tags).map(([name, value]) => `,${escaped(name)}=${escaped(value)}`);
        const key = `${measurement.replaceAll(/[, ]/g, '\\$&')}${pairs.join('')}`;
        expect(parseSeriesKey(key)).toStrictEqual({ key, tags: new Map(Object.entries(tags)) });
      }),
    );
  });

  // Answers of a real server.
  test.each([
    ['battery_data', {}],
    ['battery,battery=garage', { battery: 'garage' }],
    ['odd\\ name,x=a\\,b,y=c\\ d\\=e', { x: 'a,b', y: 'c d=e' }],
    ['odd\\ name,z=q"uo\'te\\a', { z: 'q"uo\'te\\a' }],
    ['m,a\\\\\\,b=x\\,\\ y\\\\=z', { 'a\\\\,b': 'x, y\\=z' }],
  ])('%s has the tags %j', (key, tags) => {
    expect(parseSeriesKey(key).tags).toStrictEqual(new Map(Object.entries(tags)));
  });
});
