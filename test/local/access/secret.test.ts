import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { derived, isSame, openSecret } from '../../../local/access/secret.ts';
import { inTempFolder } from '../temp-folder.ts';

const KEPT = { bytes: 32, isRotated: false, remedy: 'start once with --rotate-token to have a new one' };
const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe('a secret of the data folder', () => {
  test('is made once, of 32 random bytes, in a file for its owner only', () =>
    inTempFolder((folder) => {
      const file = join(folder, 'access-token');
      const secret = openSecret(file, KEPT);
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(openSecret(file, KEPT)).toBe(secret);
      expect(readFileSync(file, 'utf8')).toBe(`${secret}\n`);
      expect(modeOf(file)).toBe(0o600);
      expect(openSecret(join(folder, 'another'), KEPT)).not.toBe(secret);
    }));

  test('is another after a rotation, and stays that', () =>
    inTempFolder((folder) => {
      const file = join(folder, 'access-token');
      const first = openSecret(file, KEPT);
      const second = openSecret(file, { ...KEPT, isRotated: true });
      expect(second).not.toBe(first);
      expect(openSecret(file, KEPT)).toBe(second);
      expect(modeOf(file)).toBe(0o600);
    }));

  test('in a file that others could read is closed to them', () =>
    inTempFolder((folder) => {
      const file = join(folder, 'access-token');
      const secret = openSecret(file, KEPT);
      chmodSync(file, 0o644);
      expect(openSecret(file, KEPT)).toBe(secret);
      expect(modeOf(file)).toBe(0o600);
    }));

  test.each(['', 'short', 'x'.repeat(44), 'a'.repeat(43).replace(/^a/, '+')])(
    'that is %j is refused with what to do, and not taken for one',
    (text) =>
      inTempFolder((folder) => {
        const file = join(folder, 'access-token');
        writeFileSync(file, text);
        expect(() => openSecret(file, KEPT)).toThrow(/does not hold a secret of 32 bytes.*--rotate-token/);
        openSecret(file, { ...KEPT, isRotated: true });
        expect(openSecret(file, KEPT)).toMatch(/^[\w-]{43}$/);
      }),
  );

  test('is the same as itself only, whatever the length of what is compared', () => {
    expect(isSame('abc', 'abc')).toBe(true);
    expect(isSame(Buffer.from('abc'), 'abc')).toBe(true);
    for (const other of ['', 'ab', 'abd', 'abcd', 'ABC', 'a'.repeat(10_000)]) expect(isSame(other, 'abc')).toBe(false);
  });

  test('is not what is derived from it, and each use has its own', () => {
    expect(derived('abc', 'cookie')).not.toContain('abc');
    expect(derived('abc', 'cookie')).toBe(derived('abc', 'cookie'));
    expect(derived('abc', 'other')).not.toBe(derived('abc', 'cookie'));
    expect(derived('abd', 'cookie')).not.toBe(derived('abc', 'cookie'));
  });
});
