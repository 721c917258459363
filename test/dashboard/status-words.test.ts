import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseQuarantined, parseStatus, type Status, type StatusPart } from '../../dashboard/status-answers.ts';
import { statusItems, statusSentence } from '../../dashboard/status-words.ts';

const AT = '2026-11-26T12:00:00.000+00:00';
const WELL: Status = {
  asOfMs: Date.parse(AT),
  storedPerS: 1,
  waiting: 0,
  failed: 0,
  quarantined: { count: 0, isAtLeast: false },
  database: { isReachable: true, reason: '' },
  unknown: new Map(),
};
const words = (status: Status): readonly string[] => statusItems(status).map((item) => item.words);
const wrong = (status: Status): readonly string[] =>
  statusItems(status).flatMap((item) => (item.state === 'wrong' ? [item.words] : []));

describe('the line about Amphora itself', () => {
  test('when all is well has each part in the order of a reading, and nothing to look at', () => {
    expect(words(WELL)).toEqual(['1.0/s stored', '0 waiting', '0 failed', '0 quarantined', 'database ok']);
    expect(wrong(WELL)).toEqual([]);
    expect(statusSentence(WELL)).toBe('');
  });

  test('leaves out what nobody counts', () => {
    expect(words({ ...WELL, waiting: undefined })).toEqual([
      '1.0/s stored',
      '0 failed',
      '0 quarantined',
      'database ok',
    ]);
  });

  test.each<[Partial<Status>, string[], string]>([
    [{ failed: 1234 }, ['1,234 failed'], 'Messages wait in the failure queues.'],
    [{ quarantined: { count: 3, isAtLeast: false } }, ['3 quarantined'], 'Messages are in quarantine.'],
    [{ quarantined: { count: 500, isAtLeast: true } }, ['500 or more quarantined'], 'Messages are in quarantine.'],
    [{ waiting: 999 }, [], ''],
    [{ waiting: 1000 }, ['1,000 waiting'], 'Messages wait to be stored.'],
    [
      {
        storedPerS: undefined,
        waiting: 2,
        database: { isReachable: false, reason: 'why' },
        unknown: new Map([['stored', 'why']]),
      },
      ['2 waiting', 'database away'],
      'Messages wait to be stored. The database does not answer.',
    ],
  ])('of %j has %j to look at', (changes, expected, spoken) => {
    expect(wrong({ ...WELL, ...changes })).toEqual(expected);
    expect(statusSentence({ ...WELL, ...changes })).toBe(spoken);
  });

  test('that the readings cannot be counted of a database that is away goes without saying', () => {
    const away = { ...WELL, storedPerS: undefined, database: { isReachable: false, reason: 'why' } };
    expect(words({ ...away, unknown: new Map([['stored', 'why']]) })).toEqual(words(away));
  });
});

describe('whatever an answer says', () => {
  const PARTS: readonly StatusPart[] = ['stored', 'waiting', 'failed', 'quarantined', 'database'];
  const arbAnswer = fc.record(
    {
      asOf: fc.constant(AT),
      stored: fc.record({ perS: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
      waiting: fc.record({ messages: fc.nat() }),
      failed: fc.record({ messages: fc.nat() }),
      quarantined: fc.record({ count: fc.nat(), atLeast: fc.boolean() }),
      database: fc.record({ reachable: fc.boolean(), reason: fc.string() }, { requiredKeys: ['reachable'] }),
      unknown: fc.dictionary(fc.constantFrom(...PARTS), fc.string(), { noNullPrototype: true }),
    },
    { requiredKeys: ['asOf', 'unknown'], noNullPrototype: true },
  );

  test('a part that it does not tell has no number on the page, and one that it tells has no "unknown"', () => {
    fc.assert(
      fc.property(arbAnswer, (answer) => {
        const status = parseStatus(answer);
        const items = status === undefined ? [] : statusItems(status);
        for (const part of PARTS) {
          const item = items.find((one) => one.part === part);
          if (part in answer) expect(item?.state).toMatch(/^(well|wrong)$/);
          else if (item !== undefined) expect([item.state, item.words]).toEqual(['unknown', `${part} unknown`]);
        }
        expect(items.map(({ part }) => part)).toEqual(PARTS.filter((part) => items.some((one) => one.part === part)));
      }),
    );
  });

  test('what is no status is none, and never a zero', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const status = parseStatus(body);
        if (status === undefined) return;
        expect(Object(body).asOf).toEqual(expect.any(String));
      }),
    );
    for (const body of [undefined, null, [], {}, { asOf: AT }, { asOf: 'now', unknown: {} }])
      expect(parseStatus(body)).toBeUndefined();
    const strange = {
      asOf: AT,
      unknown: { failed: 7, other: 'x' },
      failed: { messages: '7' },
      waiting: { messages: -1 },
      stored: {},
      quarantined: 3,
      database: { reachable: 'yes' },
    };
    expect(parseStatus(strange)).toEqual({
      asOfMs: Date.parse(AT),
      storedPerS: undefined,
      waiting: undefined,
      failed: undefined,
      quarantined: undefined,
      database: undefined,
      unknown: new Map(),
    });
  });

  test('of the records those that are whole are shown', () => {
    const good = { id: 'a', battery: null, reason: 'why', receivedAt: AT };
    expect(parseQuarantined([good, { ...good, id: 7 }, { ...good, receivedAt: 'soon' }, null])).toEqual([
      { id: 'a', battery: undefined, reason: 'why', receivedAtMs: Date.parse(AT) },
    ]);
    expect(parseQuarantined({})).toBeUndefined();
  });
});
