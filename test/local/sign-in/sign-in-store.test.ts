import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { openSignInStore, type Session } from '../../../local/sign-in/sign-in-store.ts';
import { inTempFolder } from '../temp-folder.ts';

const NOW_MS = Date.parse('2026-11-26T12:00:00Z');
const SESSION: Session = {
  clientId: 'page',
  userId: 'ada',
  scope: 'openid',
  authAtMs: NOW_MS,
  originId: 'first',
  expiresAtMs: NOW_MS + 1_000,
};

function pragma(file: string, text: string): unknown {
  const database = new DatabaseSync(file);
  const row = database.prepare(`PRAGMA ${text}`).get();
  database.close();
  return row;
}

describe('sign-in.sqlite', () => {
  test('is its owner’s alone, has a format number, and one without is taken up with its sessions', () =>
    inTempFolder((folder) => {
      const file = join(folder, 'sign-in.sqlite');
      const first = openSignInStore(file, NOW_MS);
      const refreshToken = first.begin(SESSION);
      first.close();
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(pragma(file, 'user_version')).toEqual({ user_version: 1 });
      pragma(file, 'user_version = 0');
      const second = openSignInStore(file, NOW_MS);
      expect(second.session(refreshToken, NOW_MS)).toEqual(SESSION);
      second.close();
      expect(pragma(file, 'user_version')).toEqual({ user_version: 1 });
    }));

  test('of a newer format is refused, and nothing in it changes', () =>
    inTempFolder((folder) => {
      const file = join(folder, 'sign-in.sqlite');
      pragma(file, 'user_version = 2');
      const before = readFileSync(file);
      expect(() => openSignInStore(file, NOW_MS)).toThrow(
        /sign-in\.sqlite was written by a newer Amphora \(format 2; .* Nothing was changed; use that one/,
      );
      expect(readFileSync(file).equals(before)).toBe(true);
    }));

  test('that is no database is told to be none, with what to do', () =>
    inTempFolder((folder) => {
      const file = join(folder, 'sign-in.sqlite');
      writeFileSync(file, 'half a file, as a careless copy leaves it '.repeat(100));
      expect(() => openSignInStore(file, NOW_MS)).toThrow(
        /cannot be opened \(file is not a database\); restore the file/,
      );
    }));
});
