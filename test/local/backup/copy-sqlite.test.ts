import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { copySqlite, faultsOf, isSqlite } from '../../../local/backup/copy-sqlite.ts';
import { inTempFolder } from '../temp-folder.ts';

// Twice as many kilobytes, in pages of four.
const PAIRS = 2_000;
const MANY_STEPS = 100;

const never = (): AbortSignal => new AbortController().signal;

function pairsIn(file: string): { readonly left: number; readonly right: number } {
  const database = new DatabaseSync(file);
  const count = (table: string): number => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
  const pairs = { left: count('left_half'), right: count('right_half') };
  database.close();
  return pairs;
}

/** The copy looks at it after each step. */
function whenLookedAt(work: () => void): AbortSignal {
  const { signal } = new AbortController();
  signal.throwIfAborted = work;
  return signal;
}

describe('a copy of a database', () => {
  // SQLite's own online copy begins again at each commit of another: it makes no end here.
  test('comes to its end while another connection commits at every step of it, and is of one moment', async () => {
    await inTempFolder(async (folder) => {
      const [file, copy] = [join(folder, 'pairs.sqlite'), join(folder, 'copy')];
      const other = new DatabaseSync(file);
      other.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
      other.exec('CREATE TABLE left_half (text TEXT); CREATE TABLE right_half (text TEXT)');
      const writePairs = (count: number): void => {
        other.exec('BEGIN');
        for (const table of ['left_half', 'right_half']) {
          const insert = other.prepare(`INSERT INTO ${table} VALUES (?)`);
          for (let i = 0; i < count; i++) insert.run('x'.repeat(1_000));
        }
        other.exec('COMMIT');
      };
      writePairs(PAIRS);
      let steps = 0;
      const signal = whenLookedAt(() => {
        steps += 1;
        if (steps > MANY_STEPS) throw new Error('it makes no end');
        writePairs(1);
      });
      await copySqlite(file, copy, signal);
      expect(steps).toBeGreaterThan(2);
      expect(faultsOf(copy)).toEqual([]);
      expect(pairsIn(copy)).toEqual({ left: PAIRS, right: PAIRS });
      expect(pairsIn(file)).toEqual({ left: PAIRS + steps, right: PAIRS + steps });
      expect(statSync(copy).mode & 0o777).toBe(0o600);
      other.close();
    });
  });

  test('of one that is not there makes none', async () => {
    await inTempFolder(async (folder) => {
      await expect(copySqlite(join(folder, 'none'), join(folder, 'copy'), never())).rejects.toMatchObject({
        errcode: 14,
      });
      expect(existsSync(join(folder, 'none'))).toBe(false);
    });
  });

  test('a database is known by its first bytes, whatever it is called', async () => {
    await inTempFolder((folder) => {
      const [database, text] = [join(folder, 'a ü#?.txt'), join(folder, 'b.sqlite')];
      new DatabaseSync(database).exec('CREATE TABLE t (a)');
      writeFileSync(text, 'SQLite format 4');
      expect([isSqlite(database), isSqlite(text)]).toEqual([true, false]);
    });
  });
});
