/** Texts that would mean something to a database, through every door that a question has. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { BATTERY_ID_PATTERN } from '../../lambdas/batteries/battery.ts';
import type { Amphora } from './amphora.ts';
import type { Answer } from './http.ts';
import { allRows } from './pages.ts';
import { expectRefusal, failures } from './refusals.ts';
import { startAmphora } from './start.ts';

const START_MS = 130_000;
const TEST_MS = 60_000;
const AT_ONCE = 4;

const corpus: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(new URL('../golden/injection.json', import.meta.url), 'utf8'),
);

/** What must not come out, nor change: a battery that no question below names. No time has so many seconds. */
const SECRET = { battery: 'secret', charge: 4284.125, soc: 84.125 } as const;
const RANGE = 'begin=2025-04-01T00:00:00Z&end=2025-04-02T00:00:00Z';

let amphora: Amphora;
let before: unknown;

/** All that is stored, as every question shows it. */
async function everything(): Promise<unknown> {
  return {
    counts: await amphora.drained(),
    batteries: (await amphora.get('/batteries')).body,
    demo: (await amphora.get('/livedata')).body,
    rows: await allRows(amphora, `/read?shape=wide&battery=secret&${RANGE}`),
    own: await allRows(amphora, `/read?shape=wide&${RANGE}`),
  };
}

beforeAll(async () => {
  amphora = await startAmphora();
  const { battery, ...fields } = SECRET;
  const timestamp = '2025-04-01T12:00:00Z';
  await amphora.post(`/batteries/${battery}/telemetry`, { timestamp, ...fields });
  await amphora.post('/batteries/default/telemetry', { timestamp, charge: 1.5, soc: 50 });
  await amphora.drained();
  before = await everything();
}, START_MS);

/** Each takes a text in one place of a question that is right otherwise. */
const DOORS: readonly (readonly [string, (text: string) => string])[] = [
  ['battery of /livedata', (text) => `/livedata?battery=${text}`],
  ...['rows', 'wide', 'series'].flatMap((shape): (readonly [string, (text: string) => string])[] => [
    [`battery of ${shape}`, (text) => `/read?shape=${shape}&${RANGE}&battery=${text}`],
    [`begin of ${shape}`, (text) => `/read?shape=${shape}&begin=${text}`],
    [`end of ${shape}`, (text) => `/read?shape=${shape}&begin=-1h&end=${text}`],
    [`limit of ${shape}`, (text) => `/read?shape=${shape}&${RANGE}&limit=${text}`],
    [`points of ${shape}`, (text) => `/read?shape=${shape}&${RANGE}&points=${text}`],
    [`order of ${shape}`, (text) => `/read?shape=${shape}&${RANGE}&order=${text}`],
  ]),
  ['shape', (text) => `/read?${RANGE}&shape=${text}`],
  ['after of rows', (text) => `/read?${RANGE}&after=${text}`],
  ['after of rows, behind a cursor', (text) => `/read?${RANGE}&after=charge.1743508800000.1${text}`],
  ['after of wide', (text) => `/read?shape=wide&${RANGE}&after=${text}`],
  ['after of wide, behind a cursor', (text) => `/read?shape=wide&${RANGE}&after=1743508800000.1${text}`],
];

const isId = (text: string): boolean => new RegExp(BATTERY_ID_PATTERN).test(text);

/** A few at a time: in the emulator each answer takes a twentieth of a second, whatever is asked. */
async function eachOf(texts: readonly string[], check: (text: string) => Promise<void>): Promise<void> {
  for (let i = 0; i < texts.length; i += AT_ONCE) await Promise.all(texts.slice(i, i + AT_ONCE).map(check));
}

function expectNothingShown(answer: Answer): void {
  expect(answer.text).not.toContain(String(SECRET.charge));
  expect(answer.text).not.toContain(String(SECRET.soc));
  expect(answer.headers['x-injected']).toBeUndefined();
}

describe.each(Object.entries(corpus))('%s', (_kind, texts) => {
  test.each(DOORS)(
    'as the %s is 400 with a sentence, or nobody’s id, and shows nothing',
    async (door, pathOf) => {
      await eachOf(texts, async (text) => {
        const answer = await amphora.get(pathOf(encodeURIComponent(text)));
        const status = door.startsWith('battery') && isId(text) ? 200 : 400;
        expect({ text, status: answer.status }).toEqual({ text, status });
        if (status === 400) expectRefusal(answer, '');
        expectNothingShown(answer);
      });
    },
    TEST_MS,
  );

  test(
    'as the id of a battery that sends is 400, and nothing is stored',
    async () => {
      await eachOf(
        texts.filter((text) => !isId(text)),
        async (text) => {
          const answer = await amphora.post(`/batteries/${encodeURIComponent(text)}/telemetry`, { soc: 5 });
          // What is a path of its own by the time it is matched is no route.
          expect([400, 404]).toContain(answer.status);
          expectNothingShown(answer);
        },
      );
    },
    TEST_MS,
  );

  test(
    'changed nothing of what is stored, and no function failed',
    async () => {
      expect(await everything()).toEqual(before);
      expect(await failures(amphora)).toEqual([]);
    },
    TEST_MS,
  );
});

describe('as a value that a sample may have', () => {
  const texts = [...new Set(Object.values(corpus).flat())];

  test(
    'each is refused, or comes back as it went in',
    async () => {
      const firstMs = Date.parse('2025-04-03T00:00:00Z');
      const samples = texts.map((boot, i) => ({ timestamp: firstMs + i, soc: 50, boot }));
      const taken = new Map<number, string>();
      for (const sample of samples) {
        const { status } = await amphora.post('/batteries/texts/telemetry', sample);
        expect([202, 400]).toContain(status);
        if (status === 202) taken.set(sample.timestamp, sample.boot);
      }
      await amphora.drained();
      const path = '/read?shape=wide&battery=texts&begin=2025-04-03T00:00:00Z&end=2025-04-04T00:00:00Z';
      const { rows } = await allRows(amphora, path);
      expect(new Map(rows.map(({ time, boot }) => [Date.parse(time), boot]))).toEqual(taken);
      expect(taken.size).toBeGreaterThan(60);
      expect(await amphora.kept()).toEqual([]);
    },
    TEST_MS,
  );
});
