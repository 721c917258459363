import { execFile } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from '@jest/globals';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import { prepareStatements } from '../../lambdas/store/sqlite-statements.ts';
import { point, START_MS } from './arbitraries.ts';
import { storeContract } from './contract.ts';
import { newFile, newStore, raw, rawDuring, removeFiles } from './sqlite-files.ts';

afterAll(removeFiles);

storeContract('a SQLite file', async () => {
  const file = newFile();
  const store = sqliteStore({ file, createIfMissing: true });
  return {
    store,
    interrupt: async () => {
      renameSync(file, `${file}.away`);
      return async () => renameSync(`${file}.away`, file);
    },
    dispose: () => store.close(),
  };
});

describe('a SQLite file', () => {
  test('what was stored is there after closing and opening again, by a store that makes no file', async () => {
    const file = newFile();
    const first = sqliteStore({ file, createIfMissing: true });
    await first.append([point('boat', START_MS, { charge: 2.4, state: 'full' })]);
    await first.close();
    const second = sqliteStore({ file });
    expect((await second.latest({ battery: 'boat' })).get('charge')).toEqual({ atMs: START_MS, nanos: 0, value: 2.4 });
    expect(await second.points({ battery: 'boat', fromMs: START_MS, toMs: START_MS + 1, limit: 1 })).toEqual([
      { atMs: START_MS, nanos: 0, fields: { charge: 2.4, state: 'full' } },
    ]);
    await second.close();
  });

  test('a whole number is stored as a float, a text as a text', async () => {
    const { file, store } = newStore();
    await store.append([point('boat', START_MS, { charge: 10, cellVoltageMinId: '12' })]);
    const types = raw(file, (db) => db.prepare('SELECT typeof(value) AS type FROM value WHERE field > 0').all());
    expect(new Set(types.map((row) => row['type']))).toEqual(new Set(['real', 'text']));
    await store.close();
  });

  test('a store in memory needs no file', async () => {
    const store = sqliteStore({ file: ':memory:' });
    expect(await store.append([point('boat', START_MS, { charge: 1 })])).toEqual([{ kind: 'stored' }]);
    await store.close();
  });

  test('processes and threads that make and write one file at the same time lose nothing and count nothing twice', async () => {
    const file = newFile();
    const script = new URL('./sqlite-writer.ts', import.meta.url);
    const outputs = await Promise.all([
      ...['p1', 'p2'].map(
        async (name) => (await promisify(execFile)(process.execPath, [script.pathname, file, name])).stdout,
      ),
      ...['t1', 't2'].map((name) => text(new Worker(script, { argv: [file, name], stdout: true }).stdout)),
    ]);
    const counts = outputs.map((output): { stored: number; repeated?: number } => JSON.parse(output));
    expect(sum(counts.map(({ stored }) => stored))).toBe(200 + 4 * 200);
    expect(sum(counts.map(({ repeated = 0 }) => repeated))).toBe(3 * 200);
    const store = sqliteStore({ file });
    expect((await store.batteries()).map(({ id }) => id)).toEqual(['all', 'p1', 'p2', 't1', 't2']);
    expect(await store.figures()).toMatchObject({ points: 5 * 200, collided: 0 });
    const charges = async (battery: string) =>
      (await store.points({ battery, fromMs: START_MS, toMs: START_MS + 1_000, limit: 1_000 })).map(
        ({ fields }) => fields['charge'],
      );
    const counted = (first: number) => Array.from({ length: 200 }, (_, index) => first + index);
    expect(await charges('all')).toEqual(counted(0));
    for (const own of ['p1', 'p2', 't1', 't2']) expect(await charges(own)).toEqual(counted(200));
    await store.close();
  }, 60_000);

  test('a second connection sees at once what the first one stored', async () => {
    const { file, store } = newStore();
    const reader = sqliteStore({ file });
    expect(await reader.latest({ battery: 'boat' })).toEqual(new Map());
    await store.append([point('boat', START_MS, { charge: 1, brandNew: 2 })]);
    expect([...(await reader.latest({ battery: 'boat' })).keys()]).toEqual(['brandNew', 'charge']);
    await Promise.all([reader.close(), store.close()]);
  });
});

describe('a checkpoint', () => {
  test('is complete when every frame was copied, and not while a reader holds an older state', async () => {
    const { file, store } = newStore();
    await store.append([point('boat', START_MS, { charge: 1 })]);
    expect(store.checkpoint()).toEqual({ complete: true });
    await rawDuring(file, async (db) => {
      db.exec('BEGIN');
      db.prepare('SELECT count(*) FROM value').get();
      await store.append([point('boat', START_MS + 1, { charge: 2 })]);
      await store.append([point('boat', START_MS + 2, { charge: 3 })]);
      expect(store.checkpoint()).toEqual({ complete: false });
      db.exec('COMMIT');
    });
    expect(store.checkpoint()).toEqual({ complete: true });
    await store.close();
  });

  test('is complete after a page was read only in part', async () => {
    const { store } = newStore();
    await store.append([0, 1, 2].map((offsetMs) => point('boat', START_MS + offsetMs, { charge: 1 })));
    await store.points({ battery: 'boat', fromMs: START_MS, toMs: START_MS + 9, limit: 1 });
    await store.append([point('boat', START_MS + 3, { charge: 1 })]);
    expect(store.checkpoint()).toEqual({ complete: true });
    await store.close();
  });

  test('of a file that was removed under a running program throws', async () => {
    const { file, store } = newStore();
    rmSync(file);
    expect(() => store.checkpoint()).toThrow(expect.objectContaining({ code: 'store-unavailable' }));
    await store.close();
  });
});

describe('figures', () => {
  test('count all points, those of real batteries apart, and collisions; their times are those of the real batteries', async () => {
    const { store } = newStore();
    expect(await store.figures()).toEqual({ points: 0, stored: 0, collided: 0 });
    await store.append([point('demo', START_MS - 5, { charge: 1 }), point('demo', START_MS + 5, { charge: 1 })]);
    expect(await store.figures()).toEqual({ points: 2, stored: 0, collided: 0 });
    const collision = point('boat', START_MS, { charge: 2 }, { fingerprint: 1_000_000 });
    await store.append([point('boat', START_MS, { charge: 1 }), collision, collision]);
    await store.append([point('boat', START_MS + 1, { v1: 1 }, { measurement: 'cell' })]);
    expect(await store.figures()).toEqual({
      points: 4,
      stored: 2,
      collided: 2,
      firstAtMs: START_MS,
      lastAtMs: START_MS + 1,
    });
    await store.close();
  });
});

describe('removing a battery', () => {
  test('leaves nothing of it and everything of the others, and it may come back', async () => {
    const { file, store } = newStore();
    const other = sqliteStore({ file });
    const demo = Array.from({ length: 12_000 }, (_, index) => point('demo', START_MS + index, { charge: index }));
    await other.append([...demo, point('demo', START_MS, { v1: 3 }, { measurement: 'cell' })]);
    await store.append([point('boat', START_MS, { charge: 7 })]);
    await store.remove('demo');
    expect(await store.figures()).toMatchObject({ points: 1 });
    expect((await store.batteries()).map(({ id }) => id)).toEqual(['boat']);
    expect(await store.latest({ battery: 'demo' })).toEqual(new Map());
    expect(raw(file, (db) => db.prepare('SELECT count(*) AS n FROM value').get()?.['n'])).toBe(2);
    // By a connection that knows the battery from before.
    expect(await other.append(demo.slice(0, 1))).toEqual([{ kind: 'stored' }]);
    expect(await store.batteries()).toMatchObject([{ id: 'boat' }, { id: 'demo' }]);
    await Promise.all([store.close(), other.close()]);
  });

  test('keeps what is stored meanwhile, with its span and its latest', async () => {
    const { store } = newStore();
    await store.append(Array.from({ length: 12_000 }, (_, index) => point('demo', START_MS + index, { charge: 1 })));
    const removal = store.remove('demo');
    await store.append([
      point('demo', START_MS + 50_000, { charge: 2 }),
      point('demo', START_MS + 60_000, { charge: 3 }),
    ]);
    await removal;
    const [firstAtMs, lastAtMs] = [START_MS + 50_000, START_MS + 60_000];
    expect(await store.batteries()).toEqual([{ id: 'demo', firstAtMs, lastAtMs }]);
    expect(await store.figures()).toMatchObject({ points: 2 });
    expect((await store.latest({ battery: 'demo' })).get('charge')?.value).toBe(3);
    await store.close();
  });
});

describe('among 100 000 points', () => {
  test('a silent battery answers latest, and no statement scans the points', async () => {
    const { file, store } = newStore();
    await store.append([point('silent', START_MS, { charge: 1 }), point('silent', START_MS + 9, { soc: 2 })]);
    for (let first = 0; first < 100_000; first += 5_000) {
      await store.append(
        Array.from({ length: 5_000 }, (_, index) => point('busy', START_MS + first + index, { charge: 1 })),
      );
    }
    expect((await store.latest({ battery: 'silent' })).get('charge')?.value).toBe(1);
    raw(file, (db) => {
      const plans = Object.entries(prepareStatements(db)).map(([name, { sourceSQL }]) => ({
        name,
        steps: db
          .prepare(`EXPLAIN QUERY PLAN ${sourceSQL}`)
          .all()
          .map((row) => String(row['detail'])),
      }));
      expect(plans.flatMap(({ steps }) => steps).filter(readsAllPoints)).toEqual([]);
      // The check above can fail:
      const plan = (sql: string) => String(db.prepare(`EXPLAIN QUERY PLAN ${sql}`).get()?.['detail']);
      expect(readsAllPoints(plan('SELECT nanos FROM value WHERE nanos = 5'))).toBe(true);
      expect(readsAllPoints(plan('SELECT max(series) FROM newest'))).toBe(true);
      // A page and a step are read in the order of the key, not sorted.
      const sorted = plans.filter(({ steps }) => steps.some((step) => step.includes('TEMP B-TREE FOR ORDER BY')));
      expect(sorted.map(({ name }) => name)).toEqual(['newest']);
    });
    await store.close();
  });
});

/** Whether a step of a query plan looks at more than one series. */
const readsAllPoints = (step: string): boolean =>
  / (value|newest)\b/.test(step) && !/^SEARCH (value|newest) USING PRIMARY KEY \(series=\?/.test(step);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
