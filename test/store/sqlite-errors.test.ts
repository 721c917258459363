import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from '@jest/globals';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import { storeError } from '../../lambdas/store/sqlite-errors.ts';
import { point, START_MS } from './arbitraries.ts';
import { newFile, newStore, raw, rawDuring, removeFiles } from './sqlite-files.ts';

afterAll(removeFiles);

describe('a file that cannot be used', () => {
  const charge = [point('boat', START_MS, { charge: 1 })];

  test('a missing file is unavailable and not made, until someone makes it', async () => {
    const file = newFile();
    const store = sqliteStore({ file });
    await expect(store.append(charge)).rejects.toMatchObject({ code: 'store-unavailable', retry: true });
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, '');
    await expect(store.append(charge)).rejects.toThrow('has no tables yet');
    await sqliteStore({ file, createIfMissing: true }).close();
    expect(await store.append(charge)).toEqual([{ kind: 'stored' }]);
    await store.close();
  });

  test('a missing folder is unavailable, named by its path', () => {
    const file = join(newFile(), 'store.db');
    const open = () => sqliteStore({ file, createIfMissing: true });
    expect(open).toThrow(
      expect.objectContaining({ code: 'store-unavailable', message: expect.stringContaining(file) }),
    );
  });

  test('a file of a newer format is refused and left as it is', async () => {
    const file = newFile();
    raw(file, (db) => db.exec('PRAGMA user_version = 2; CREATE TABLE later (id)'));
    const before = readFileSync(file);
    const refused = { code: 'folder-refused', retry: false, message: expect.stringContaining('has format 2') };
    expect(() => sqliteStore({ file, createIfMissing: true })).toThrow(expect.objectContaining(refused));
    await expect(sqliteStore({ file }).batteries()).rejects.toMatchObject(refused);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("another program's database is refused and left as it is", () => {
    const file = newFile();
    raw(file, (db) => db.exec('CREATE TABLE song (title)'));
    const before = readFileSync(file);
    expect(() => sqliteStore({ file, createIfMissing: true })).toThrow(
      expect.objectContaining({ code: 'folder-refused' }),
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('a damaged file is unavailable, in the words of SQLite', async () => {
    const file = newFile();
    writeFileSync(file, 'no database at all. '.repeat(500));
    const store = sqliteStore({ file });
    await expect(store.batteries()).rejects.toMatchObject({ code: 'store-unavailable', retry: true });
    await expect(store.batteries()).rejects.toThrow('file is not a database');
  });

  test('a file that another program writes to is unavailable after the busy timeout, and usable afterwards', async () => {
    const file = newFile();
    const store = sqliteStore({ file, createIfMissing: true, busyTimeoutMs: 20 });
    await rawDuring(file, async (db) => {
      db.exec('BEGIN IMMEDIATE');
      await expect(store.append(charge)).rejects.toMatchObject({ code: 'store-unavailable', retry: true });
      expect(await store.batteries()).toEqual([]);
      db.exec('ROLLBACK');
    });
    expect(await store.append(charge)).toEqual([{ kind: 'stored' }]);
    await store.close();
  });

  test('a batch that fails half way leaves nothing, and its battery and field are usable afterwards', async () => {
    const { file, store } = newStore();
    const forbid = `CREATE TRIGGER forbid BEFORE INSERT ON newest BEGIN SELECT raise(ABORT, 'not today'); END`;
    raw(file, (db) => db.exec(forbid));
    await expect(store.append(charge)).rejects.toMatchObject({ code: 'store-refused', retry: false });
    expect(await store.points({ battery: 'boat', fromMs: START_MS, toMs: START_MS + 1, limit: 1 })).toEqual([]);
    raw(file, (db) => db.exec('DROP TRIGGER forbid'));
    expect(await store.append(charge)).toEqual([{ kind: 'stored' }]);
    expect((await store.latest({ battery: 'boat' })).get('charge')?.value).toBe(1);
    await store.close();
  });

  test('a full disk is unavailable, and says to free space', () => {
    const db = new DatabaseSync(':memory:');
    db.exec('PRAGMA max_page_count = 3; CREATE TABLE filler (bytes)');
    const fill = () => db.exec('INSERT INTO filler VALUES (zeroblob(100000))');
    expect(() => {
      try {
        fill();
      } catch (error) {
        throw storeError(error, 'x.db');
      }
    }).toThrow(expect.objectContaining({ code: 'store-unavailable', message: expect.stringContaining('free space') }));
    db.close();
  });
});
