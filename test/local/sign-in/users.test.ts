import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { openUsers } from '../../../local/sign-in/users.ts';
import { inTempFolder } from '../temp-folder.ts';

// Passwords are hashed dearly, and the machine may be busy.
jest.setTimeout(60_000);

const NOW_MS = Date.parse('2026-11-26T12:00:00Z');
const MODULE = join(import.meta.dirname, '..', '..', '..', 'local', 'sign-in', 'users.ts');

describe('users', () => {
  test('of a folder without the file are none', () =>
    inTempFolder((folder) => {
      const users = openUsers(join(folder, 'users.json'));
      expect(users.list()).toEqual([]);
      expect(users.remove('ada@example.org')).toBe(false);
      expect(existsSync(join(folder, 'users.json'))).toBe(false);
    }));

  test('are added with a password of their own, which alone lets them in, however the address is written', () =>
    inTempFolder(async (folder) => {
      const users = openUsers(join(folder, 'users.json'));
      const [ada, bob] = [users.add('  Ada@Example.org ', NOW_MS), users.add('bob@example.org', NOW_MS)];
      if (!ada.ok || !bob.ok) throw new Error('not added');
      expect(ada.user).toEqual({
        id: expect.any(String),
        email: 'ada@example.org',
        addedAt: '2026-11-26T12:00:00.000Z',
      });
      expect(ada.password).toMatch(/^([a-hjkmnp-z2-9]{4}-){3}[a-hjkmnp-z2-9]{4}$/);
      expect(ada.password).not.toBe(bob.password);
      expect(await users.check('ADA@example.org', ada.password)).toEqual(ada.user);
      for (const [email, password] of [
        ['ada@example.org', bob.password],
        ['ada@example.org', ''],
        ['ada@example.org', ada.password.toUpperCase()],
        ['nobody@example.org', ada.password],
      ] as const)
        expect([email, await users.check(email, password)]).toEqual([email, undefined]);
      expect(users.list().map(({ email }) => email)).toEqual(['ada@example.org', 'bob@example.org']);
      expect(users.byId(bob.user.id)).toEqual(bob.user);
    }));

  test('are in a file for their owner’s eyes, without a password, even where the file was open to others', () =>
    inTempFolder((folder) => {
      const file = join(folder, 'users.json');
      const users = openUsers(file);
      const added = users.add('ada@example.org', NOW_MS);
      chmodSync(file, 0o644);
      users.add('bob@example.org', NOW_MS);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readFileSync(file, 'utf8')).not.toContain(added.ok ? added.password : '');
    }));

  test.each([
    '',
    'ada',
    'ada@',
    '@example.org',
    'a b@example.org',
    'ada@example org',
    'ada@@example.org',
    'ada@example..org',
    'Ada <ada@example.org>',
    'ada@example.org\n',
    `${'a'.repeat(65)}@example.org`,
    `a@${'a'.repeat(260)}.org`,
  ])('are not added as %j', (email) =>
    inTempFolder((folder) => {
      const users = openUsers(join(folder, 'users.json'));
      // Spaces and the like at its ends are not part of what was meant.
      if (email === email.trim()) expect(users.add(email, NOW_MS)).toEqual({ ok: false, reason: 'bad-email' });
      else expect(users.add(email, NOW_MS)).toMatchObject({ ok: true, user: { email: email.trim() } });
    }),
  );

  test('are not added twice', () =>
    inTempFolder((folder) => {
      const users = openUsers(join(folder, 'users.json'));
      users.add('ada@example.org', NOW_MS);
      expect(users.add('ADA@example.org', NOW_MS)).toEqual({ ok: false, reason: 'exists' });
    }));

  test('who are removed are gone, and who is added again is somebody else', () =>
    inTempFolder(async (folder) => {
      const users = openUsers(join(folder, 'users.json'));
      const first = users.add('ada@example.org', NOW_MS);
      expect(users.remove('Ada@example.org')).toBe(true);
      const second = users.add('ada@example.org', NOW_MS);
      if (!first.ok || !second.ok) throw new Error('not added');
      expect(users.byId(first.user.id)).toBeUndefined();
      expect(await users.check('ada@example.org', first.password)).toBeUndefined();
      expect(second.user.id).not.toBe(first.user.id);
    }));

  test(
    'that several processes add at once are all there, and seen by who has the list open',
    () =>
      inTempFolder(async (folder) => {
        const file = join(folder, 'users.json');
        const users = openUsers(file);
        const add = (email: string): Promise<unknown> =>
          promisify(execFile)(process.execPath, [
            '--disable-warning=ExperimentalWarning',
            '--input-type=module',
            '-e',
            `import { openUsers } from ${JSON.stringify(MODULE)}; openUsers(${JSON.stringify(file)}).add('${email}', 0)`,
          ]);
        const emails = ['a@x.org', 'b@x.org', 'c@x.org', 'd@x.org'];
        await Promise.all(emails.map(add));
        expect(users.list().map(({ email }) => email)).toEqual(emails);
      }),
    30_000,
  );

  test('in a folder that is not there are not added, in one sentence', () =>
    inTempFolder((folder) => {
      const users = openUsers(join(folder, 'nowhere', 'users.json'));
      expect(() => users.add('ada@example.org', NOW_MS)).toThrow(
        /the list of users cannot be changed: .* name another folder with --data/,
      );
    }));

  test('of a newer format are refused, and nothing is changed; those of the first lists, without a number, are taken up', () =>
    inTempFolder((folder) => {
      const file = join(folder, 'users.json');
      const users = openUsers(file);
      users.add('ada@example.org', NOW_MS);
      const { format, users: list }: { readonly format: number; readonly users: unknown } = JSON.parse(
        readFileSync(file, 'utf8'),
      );
      expect(format).toBe(1);
      for (const text of [JSON.stringify({ format: 2, users: list }), JSON.stringify({ format: 2, people: {} })]) {
        writeFileSync(file, text);
        for (const use of [() => users.list(), () => users.add('bob@example.org', NOW_MS)])
          expect(use).toThrow(
            /users\.json was written by a newer Amphora \(format 2; .* Nothing was changed; use that one/,
          );
        expect(readFileSync(file, 'utf8')).toBe(text);
      }
      writeFileSync(file, JSON.stringify({ users: list }));
      expect(users.list().map(({ email }) => email)).toEqual(['ada@example.org']);
    }));

  test.each([
    '',
    '{',
    '[]',
    '{"format":"1","users":[]}',
    '{"users":[{"email":"ada@example.org"}]}',
    '{"users":{}}',
    'null',
  ])('of a file with %j are told to be unreadable, and nothing is changed', (text) =>
    inTempFolder((folder) => {
      const file = join(folder, 'users.json');
      writeFileSync(file, text);
      const users = openUsers(file);
      for (const use of [() => users.list(), () => users.add('bob@example.org', NOW_MS), () => users.remove('x@y.z')])
        expect(use).toThrow(`the list of users in ${file} is of no use`);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }),
  );
});
