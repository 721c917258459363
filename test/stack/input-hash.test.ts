import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inputHash } from '../../lib/input-hash.ts';

type Files = Readonly<Record<string, string>>;
type Options = { readonly paths?: readonly string[]; readonly settings?: Readonly<Record<string, string>> };

function hashOf(files: Files, { paths = ['src', 'one'], settings = {} }: Options = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'amphora-hash-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const hash = inputHash({ root, paths, settings });
  rmSync(root, { recursive: true });
  return hash;
}

const FILES = { 'src/a.ts': 'ab', 'src/deep/b.ts': 'c', one: '1', other: '2' };

describe('the hash of inputs', () => {
  test('is the same in another folder, and in another order of the paths', () => {
    expect(hashOf(FILES)).toBe(hashOf(FILES, { paths: ['one', 'src'] }));
  });

  test('does not see a file that is no input', () => {
    expect(hashOf({ ...FILES, other: 'changed' })).toBe(hashOf(FILES));
  });

  test.each<{ readonly title: string; readonly files: Files; readonly options?: Options }>([
    { title: 'a byte', files: { ...FILES, 'src/deep/b.ts': 'd' } },
    { title: 'a file more', files: { ...FILES, 'src/deep/c.ts': '' } },
    { title: "a file's name", files: { 'src/a.ts': 'ab', 'src/deep/c.ts': 'c', one: '1' } },
    { title: 'a file that is gone', files: { 'src/a.ts': 'ab', 'src/deep/b.ts': 'c' } },
    { title: 'a file that is empty', files: { ...FILES, one: '' } },
    { title: 'bytes that moved to the next file', files: { ...FILES, 'src/a.ts': 'a', 'src/deep/b.ts': 'bc' } },
    { title: 'a setting', files: FILES, options: { settings: { store: 'sqlite' } } },
  ])('is another one for $title', ({ files, options }) => {
    expect(hashOf(files, options)).not.toBe(hashOf(FILES));
  });

  test('tells one setting from another with the same text', () => {
    expect(hashOf(FILES, { settings: { a: '1' } })).not.toBe(hashOf(FILES, { settings: { b: '1' } }));
  });
});
