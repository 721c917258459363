import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { filterProblem, indexFilters, topicProblem } from '../../local/topic-filter.ts';

const matchesFilter = (filter: string, topic: string): boolean =>
  indexFilters([{ filter, value: filter }])(topic).length > 0;

describe('a filter by itself', () => {
  test.each([
    ['battery/charge', 'battery/charge', true],
    ['battery/charge', 'battery/Charge', false],
    ['battery/charge', 'battery/charge/', false],
    ['battery/+/telemetry', 'battery/boat/telemetry', true],
    ['battery/+/telemetry', 'battery//telemetry', true],
    ['battery/+/telemetry', 'battery/boat/deck/telemetry', false],
    ['battery/+/telemetry', 'battery/boat', false],
    ['sensor/#', 'sensor/', true],
    ['sensor/#', 'sensor/t/room1', true],
    ['sensor/#', 'sensor', false],
    ['sensor/+/#', 'sensor/a', false],
    ['sensor/+/#', 'sensor/a/', true],
    ['#', 'a', true],
    ['+', '', true],
    ['+', '/', false],
    ['#', '$aws/things', false],
    ['+/things', '$aws/things', false],
    ['$aws/+', '$aws/things', true],
    ['$aws/#', '$aws/things', true],
  ])('the filter %j and the topic %j: %j', (filter, topic, isMatch) => {
    expect(matchesFilter(filter, topic)).toBe(isMatch);
  });
});

describe('filterProblem', () => {
  test.each([
    ['', 'is empty'],
    ['a/#/b', '# stands in level 2'],
    ['a#', 'mixes a wildcard'],
    ['a/b+', 'mixes a wildcard'],
    ['a/++', 'mixes a wildcard'],
    ['a/##', 'mixes a wildcard'],
    ['1/2/3/4/5/6/7/8/9', '9 levels'],
    [`${'é'.repeat(128)}x`, '257 bytes'],
    ['a\0b', 'U+0000'],
  ])('%j is refused: %s', (filter, words) => {
    expect(filterProblem(filter)).toContain(words);
  });

  test.each(['+', '#', '/', '//', 'a/+/b/#', '1/2/3/4/5/6/7/8', 'é'.repeat(128), '$aws/things/+/shadow'])(
    '%j is a filter',
    (filter) => {
      expect(filterProblem(filter)).toBeUndefined();
    },
  );
});

describe('topicProblem', () => {
  test.each(['a/+', 'a/#', 'a+b', '', '1/2/3/4/5/6/7/8/9', 'a\uFFFD'])('%j is no topic to publish to', (topic) => {
    expect(topicProblem(topic)).toEqual(expect.any(String));
  });

  test('8 levels are allowed, empty ones included', () => {
    expect(topicProblem('1/2/3/4/5/6/7/8')).toBeUndefined();
    expect(topicProblem('///////')).toBeUndefined();
  });
});

describe('indexFilters', () => {
  const level = fc.constantFrom('a', 'b', '', '$aws');
  const topic = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join('/'));
  const filter = fc
    .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'));

  test('answers exactly the filters that match, in their order', () => {
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 12 }), topic, (filters, aTopic) => {
        const entries = filters.map((one, rank) => ({ filter: one, value: `${rank}:${one}` }));
        const expected = entries.filter((entry) => matchesFilter(entry.filter, aTopic)).map((entry) => entry.value);
        expect(indexFilters(entries)(aTopic)).toEqual(expected);
      }),
    );
  });

  test('matches as a regular expression built from the rules of the guide does', () => {
    fc.assert(
      fc.property(filter, topic, (aFilter, aTopic) => {
        const levels = aFilter
          .split('/')
          .map((one) => (one === '+' ? '[^/]*' : one === '#' ? '.*' : `\\${one}`.replace(/^\\(?!\$)/, '')));
        const isHidden = aTopic.startsWith('$') && /^[+#]/.test(aFilter);
        const isMatch = !isHidden && new RegExp(`^${levels.join('/')}$`).test(aTopic);
        expect(matchesFilter(aFilter, aTopic)).toBe(isMatch);
      }),
    );
  });

  test('answers the same each time, of thousands of topics too', () => {
    const rulesOf = indexFilters(['a/+', 'a/7', '#'].map((one) => ({ filter: one, value: one })));
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5_000; i++) expect(rulesOf(`a/${i}`)).toEqual(i === 7 ? ['a/+', 'a/7', '#'] : ['a/+', '#']);
    }
  });
});
