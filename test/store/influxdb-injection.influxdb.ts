/** Texts that would mean something to Flux, InfluxQL or line protocol, in every place of a question that takes a text. */
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseBatteryId } from '../../lambdas/batteries/battery.ts';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import type { Store } from '../../lambdas/store/store.ts';
import { influxdFor } from '../influxd.ts';
import { point, START_MS } from './arbitraries.ts';
import { counts, storeIn } from './influxdb-raw.ts';

const influxd = influxdFor();

const OWN: readonly string[] = [
  "'",
  '"',
  '\\',
  "\\'",
  '\\"',
  '\\\\',
  '`',
  '\n',
  '\r\n',
  '\t',
  '\0',
  'secret\0',
  '\u2028',
  '\ud800',
  '\uffff',
  '𝓼ecret',
  "' OR ''='",
  "' OR 1=1 --",
  "\\' OR ''='",
  "secret' OR 'a'='a",
  "'; DROP MEASUREMENT battery; --",
  "' OR battery =~ /.*/",
  'x\' AND time > 0 OR "battery" = \'secret',
  "'); DELETE FROM battery; --",
  '$battery',
  '$b',
  '"battery"',
  '/.*/',
  '/secret/',
  '") |> drop()',
  '") |> yield(name: "x")',
  '" or true or r.battery == "',
  '" or r.battery == "secret',
  '${r.battery}',
  '${"secret"}',
  '\\${r.battery}',
  '")\nfrom(bucket: "canary") |> range(start: 0) //',
  '") |> to(bucket: "canary")',
  '" or exists r._value or "" == "',
  '"::tag OR true',
  'soc" FROM battery; SELECT * FROM battery WHERE "battery" = \'secret\' --',
  'soc"::field, *::field, "x',
  '*',
  '*::field',
  '/.*/::field',
  'count(*)',
  'soc; SELECT * FROM battery',
  'soc") FROM battery --',
  'a,battery=secret',
  'a soc=1 1\nbattery,battery=secret soc=9',
  '%27%20OR%201=1',
  '&db=canary',
  'x&params={}',
  '#',
  '',
  ' ',
  'secret ',
  ' secret',
  'SECRET',
  'ſecret',
  'x'.repeat(10_000),
  "'".repeat(5_000),
];

const golden = new URL('../golden/injection.json', import.meta.url);
const shared: Readonly<Record<string, readonly string[]>> = existsSync(golden)
  ? JSON.parse(readFileSync(golden, 'utf8'))
  : {};
const corpus = [...new Set([...OWN, ...Object.values(shared).flat()])];

const range = { fromMs: START_MS - 1_000, toMs: START_MS + 1_000 };
const DOORS: Readonly<Record<string, (store: Store, battery: string) => Promise<unknown>>> = {
  latest: (store, battery) => store.latest({ battery }),
  live: (store, battery) => store.live({ battery, times: 10 }),
  points: (store, battery) => store.points({ battery, ...range, limit: 10 }),
  'points of a field': (store, battery) => store.points({ battery, ...range, fields: ['soc'], limit: 10 }),
  steps: (store, battery) => store.steps({ battery, ...range, stepMs: 100 }),
  nearest: (store, battery) => store.nearest({ battery, fromMs: START_MS + 1, toMs: START_MS + 2 }),
  newestTimes: (store, battery) => store.newestTimes({ battery, count: 10 }),
};
const EMPTY: Readonly<Record<string, unknown>> = {
  steps: new Map(),
  nearest: {},
  latest: new Map(),
  live: { latest: new Map(), newestTimes: [] },
};

let [own, canary]: InfluxAddress[] = [];
let store: Store;
let before: unknown;

const everything = async () => [own && (await counts(own)), canary && (await counts(canary))];

beforeAll(async () => {
  own = await influxd.newBucket();
  canary = await influxd.newBucket();
  store = storeIn(own);
  const batch = ['secret', 'default', 'boat'].map((battery) =>
    point(battery, START_MS, { charge: 4242.125, soc: 42, state: 'full' }),
  );
  await store.append(batch);
  await storeIn(canary).append(batch);
  before = await everything();
});

test('there are more than forty of our own, beside those of the end-to-end tests', () => {
  expect(OWN.length).toBeGreaterThan(40);
  expect(corpus.length).toBeGreaterThanOrEqual(OWN.length);
});

/** What came, or that it was refused as the port promises. */
async function answerOr(empty: unknown, asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    expect(error).toMatchObject({ code: 'store-unavailable', retry: true });
    return empty;
  }
}

describe('as the battery', () => {
  test.each(Object.entries(DOORS))('of %s no text brings a battery of another name', async (name, ask) => {
    const empty = EMPTY[name] ?? [];
    for (const text of corpus) expect([text, await answerOr(empty, ask(store, text))]).toEqual([text, empty]);
  });

  test('of a point every text that is no id is refused, and the others of the batch are stored', async () => {
    const bad = corpus.filter((text) => !parseBatteryId(text).ok);
    expect(bad.length).toBeGreaterThan(40);
    const good = point('boat', START_MS, { charge: 4242.125, soc: 42, state: 'full' });
    const outcomes = await store.append([good, ...bad.map((text) => point(text, START_MS, { soc: 9 })), good]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['stored', ...bad.map(() => 'refused'), 'stored']);
  });
});

describe('as a field', () => {
  const query = { battery: 'boat', ...range, limit: 10 };

  test('of a page no text brings a value', async () => {
    for (const text of corpus) {
      expect([text, await answerOr([], store.points({ ...query, fields: [text] }))]).toEqual([text, []]);
    }
  });

  test('of a page beside a field that is there no text brings another', async () => {
    const soc = [{ atMs: START_MS, nanos: 0, fields: { soc: 42 } }];
    for (const text of corpus) {
      expect([text, await answerOr(soc, store.points({ ...query, fields: ['soc', text] }))]).toEqual([text, soc]);
    }
  });

  test('of a point every text that is no name is refused, alone or beside one that is there', async () => {
    const names = corpus.filter((text) => !/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(text));
    for (const text of names) {
      const [outcome] = await store.append([point('boat', START_MS, { soc: 9, [text]: 1 })]);
      expect([text, outcome?.kind]).toEqual([text, 'refused']);
    }
  });
});

test('as the value of a text every one comes back as it is, or is refused', async () => {
  const address = await influxd.newBucket();
  const other = storeIn(address);
  const outcomes = await other.append(
    corpus.map((state, index) => point('boat', START_MS + index, { state, [`state${index}`]: state })),
  );
  const stored = corpus.filter((_, index) => outcomes[index]?.kind === 'stored');
  expect(stored.length).toBeGreaterThan(40);
  const points = await other.points({ battery: 'boat', fromMs: START_MS, toMs: START_MS + 1_000, limit: 1_000 });
  expect(points.map(({ fields }) => fields['state'])).toEqual(stored);
  const latest = await other.latest({ battery: 'boat' });
  for (const [index, state] of corpus.entries()) {
    expect(latest.get(`state${index}`)?.value).toBe(outcomes[index]?.kind === 'stored' ? state : undefined);
  }
});

test('after all of it nothing has changed, here and in the other bucket', async () => {
  expect(await everything()).toEqual(before);
});
