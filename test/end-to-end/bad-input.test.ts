import { beforeAll, describe, expect, test } from '@jest/globals';
import { BATTERY_ID_WORDS } from '../../lambdas/batteries/battery.ts';
import type { Amphora } from './amphora.ts';
import { expectRefusal, failures, keptOf } from './refusals.ts';
import { startAmphora } from './start.ts';
import { LOCAL, OWN, onTargets } from './target.ts';

const START_MS = 130_000;
const TEST_MS = 60_000;

let amphora: Amphora;

beforeAll(async () => {
  amphora = await startAmphora();
}, START_MS);

type BadBody = { readonly what: string; readonly text: string | Buffer; readonly says: string };

const BAD_BODIES: readonly BadBody[] = [
  { what: 'an empty text', text: '', says: 'empty' },
  { what: 'blanks', text: ' \n\t ', says: 'empty' },
  { what: 'no JSON', text: 'charge=10', says: 'not valid JSON' },
  { what: 'a cut object', text: '{"soc":5', says: 'not valid JSON' },
  { what: 'two objects', text: '{"soc":5}{"soc":6}', says: 'not valid JSON' },
  { what: 'a comment', text: '{"soc":5 /* five */}', says: 'not valid JSON' },
  { what: 'single quotes', text: "{'soc':5}", says: 'not valid JSON' },
  { what: 'a comma too many', text: '{"soc":5,}', says: 'not valid JSON' },
  { what: 'NaN', text: '{"soc":NaN}', says: 'not valid JSON' },
  { what: 'an array', text: '[{"soc":5}]', says: 'JSON object' },
  { what: 'an empty array', text: '[]', says: 'JSON object' },
  { what: 'null', text: 'null', says: 'JSON object' },
  { what: 'a number', text: '5', says: 'JSON object' },
  { what: 'a text', text: '"soc"', says: 'JSON object' },
  { what: 'an empty object', text: '{}', says: 'no measured field' },
  { what: 'only a time', text: '{"timestamp":"2025-01-01T00:00:00Z"}', says: 'no measured field' },
  { what: 'only nulls', text: '{"soc":null,"charge":null}', says: 'no measured field' },
  { what: 'a key twice', text: '{"soc":5,"soc":6}', says: "'soc' stands twice" },
  { what: 'a key twice, once in other letters', text: '{"soc":5,"s\\u006fc":5}', says: "'soc' stands twice" },
  { what: 'a key twice, deep', text: '{"samples":[{"soc":5,"soc":5}]}', says: "'soc' stands twice" },
  { what: 'a closed bomb', text: `{"cells":${'['.repeat(30)}${']'.repeat(30)}}`, says: 'nested deeper than 16' },
  { what: 'UTF-16', text: Buffer.from('{"soc":5}', 'utf16le'), says: '' },
  { what: 'zero bytes', text: Buffer.alloc(64), says: 'not valid JSON' },
  { what: 'no samples', text: '{"samples":[]}', says: '1 to 500 samples' },
  { what: 'samples that are no array', text: '{"samples":{"soc":5}}', says: '1 to 500 samples' },
  { what: '501 samples', text: JSON.stringify({ samples: Array(501).fill({ soc: 5 }) }), says: '1 to 500 samples' },
  { what: 'a field beside samples', text: '{"samples":[{"soc":5}],"soc":6}', says: "'soc' cannot stand beside" },
  {
    what: 'a time 6 minutes ahead',
    text: `{"soc":5,"timestamp":${Date.now() + 400_000_000}}`,
    says: '5 minutes ahead',
  },
  { what: 'a time in seconds', text: '{"soc":5,"timestamp":1738756800}', says: 'send milliseconds' },
  { what: 'a time of no day', text: '{"soc":5,"timestamp":"2025-02-30T00:00:00Z"}', says: 'not a time that exists' },
  { what: 'a time before 1970', text: '{"soc":5,"timestamp":"1950-01-01T00:00:00Z"}', says: '1970' },
  { what: 'a huge time', text: '{"soc":5,"timestamp":1e308}', says: '9999' },
  { what: 'a number past all floats', text: '{"soc":1e999}', says: "'soc' must be" },
  { what: 'a field of no name', text: '{"":5}', says: "'' is not a field" },
  { what: 'a field named __proto__', text: '{"__proto__":{"soc":5}}', says: "'__proto__' is not a field" },
  { what: 'a misspelt field', text: '{"SoC":5}', says: "did you mean 'soc'?" },
];

const NOT_UTF8: readonly BadBody[] = [
  { what: 'Latin-1', text: Buffer.from('{"soc":5,"boot":"café"}', 'latin1'), says: 'UTF-8' },
  { what: 'half a character', text: Buffer.from([...Buffer.from('{"boot":"'), 0xe2, 0x82]), says: 'UTF-8' },
];

const BOMBS: readonly BadBody[] = [
  { what: 'a bomb of brackets', text: '['.repeat(50_000), says: 'nested deeper than 16' },
  { what: 'a bomb of braces', text: '{"a":'.repeat(15_000), says: 'nested deeper than 16' },
];

/** Refused, and nothing stored. */
async function refusesOverHttp({ text, says }: BadBody): Promise<void> {
  const { stored } = await amphora.drained();
  expectRefusal(await amphora.post('/batteries/bad/telemetry', text), says);
  expect((await amphora.drained()).stored).toBe(stored);
}

describe('a body that is no message', () => {
  // What is not UTF-8 comes to the function as bytes here, and from MiniStack as text with U+FFFD in its place.
  test.each([...BAD_BODIES, ...NOT_UTF8, ...BOMBS])(
    '$what is refused over HTTP with a sentence',
    refusesOverHttp,
    TEST_MS,
  );

  onTargets(OWN, 'the failure queues, which belong to the owner of a stack in use', () => {
    test(
      'is kept over MQTT, with its reason and its very bytes, counted, and told in the log',
      async () => {
        const bodies = [...BAD_BODIES, ...NOT_UTF8];
        const { stored } = await amphora.drained();
        const kept = await keptOf(
          amphora,
          'battery/bad/telemetry',
          bodies.map(({ text }) => text),
        );
        for (const [i, { says }] of bodies.entries()) expect(kept[i]?.reason).toContain(says);
        expect((await amphora.drained()).stored).toBe(stored);
      },
      TEST_MS,
    );
  });

  onTargets(LOCAL, 'messages that MiniStack itself cannot read: it drops their connection', () => {
    test(
      'is kept over MQTT however deep it is nested',
      async () => {
        const kept = await keptOf(
          amphora,
          'battery/bad/telemetry',
          BOMBS.map(({ text }) => text),
        );
        for (const { reason } of kept) expect(reason).toContain('nested deeper than 16');
      },
      TEST_MS,
    );
  });

  onTargets(OWN, 'the failure queues, which belong to the owner of a stack in use', () => {
    test(
      'is kept on the demo’s topic too',
      async () => {
        const cases = [
          ['{"discharge":1}', "Missing 'charge' field"],
          ['{"charge":"5"}', "'charge' must be a number"],
          ['{"charge":-1}', "'charge' must be a finite number"],
          ['{"charge":1,"unit":"kWh"}', "'unit' must be W, kW or MW"],
          ['{"charge":1,"timestamp":"yesterday"}', 'is no time; send ISO 8601'],
          [`{"charge":1.${'0'.repeat(200)}}`, 'at most 100'],
          ['[]', "Missing 'charge' field"],
          ['10', "Missing 'charge' field"],
          ['{', 'not valid JSON'],
        ] as const;
        const kept = await keptOf(
          amphora,
          'battery/charge',
          cases.map(([text]) => text),
        );
        for (const [i, [, says]] of cases.entries()) expect(kept[i]?.reason).toContain(says);
      },
      TEST_MS,
    );
  });
});

describe('an id outside of the pattern', () => {
  const IDS = [
    { id: 'Garage', says: "did you mean 'garage'?" },
    { id: '-boat', says: BATTERY_ID_WORDS },
    { id: '_boat', says: BATTERY_ID_WORDS },
    { id: 'b.oat', says: BATTERY_ID_WORDS },
    { id: 'bo at', says: BATTERY_ID_WORDS },
    { id: 'böat', says: BATTERY_ID_WORDS },
    { id: 'b'.repeat(65), says: BATTERY_ID_WORDS },
    { id: '$boat', says: BATTERY_ID_WORDS },
    { id: "b'; DROP TABLE value", says: BATTERY_ID_WORDS },
    { id: 'charge', says: 'reserved for the topic' },
    { id: 'discharge', says: 'reserved for the topic' },
    { id: 'demo', says: 'reserved for the simulated battery' },
  ] as const;

  onTargets(OWN, 'the failure queues, which belong to the owner of a stack in use', () => {
    test.each(IDS)(
      '$id is 400 on POST telemetry, and kept over MQTT',
      async ({ id, says }) => {
        expectRefusal(await amphora.post(`/batteries/${encodeURIComponent(id)}/telemetry`, { soc: 5 }), says);
        const [kept] = await keptOf(amphora, `battery/${id}/telemetry`, ['{"soc":5}']);
        expect(kept?.reason).toContain(says);
      },
      TEST_MS,
    );
  });

  test.each(IDS.filter(({ id }) => id !== 'demo'))(
    '$id is 400 on GET /livedata and /read',
    async ({ id, says }) => {
      for (const path of ['/livedata?', '/read?', '/read?shape=wide&', '/read?shape=series&'])
        expectRefusal(await amphora.get(`${path}battery=${encodeURIComponent(id)}`), says);
    },
    TEST_MS,
  );
});

onTargets(OWN, 'the log, which belongs to the owner of a stack in use', () => {
  test('none of all this made a function fail', async () => {
    expect(await failures(amphora)).toEqual([]);
  });
});
