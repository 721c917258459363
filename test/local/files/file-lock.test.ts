import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fileLock } from '../../../local/files/file-lock.ts';
import { inTempFolder } from '../temp-folder.ts';

const MODULE = join(import.meta.dirname, '..', '..', '..', 'local', 'files', 'file-lock.ts');

/** What another process gets, which ends with it. */
function takenByAnother(path: string): boolean {
  const source = `import { fileLock } from ${JSON.stringify(MODULE)};
    process.stdout.write(String(fileLock(${JSON.stringify(path)}) !== undefined));`;
  const words = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', source];
  return execFileSync(process.execPath, words, { encoding: 'utf8' }) === 'true';
}

describe('a lock', () => {
  test('is held against this process and others until it is given back, or its process ends', () =>
    inTempFolder((folder) => {
      const path = join(folder, 'lock.sqlite');
      const unlock = fileLock(path);
      expect(unlock).toBeDefined();
      expect([fileLock(path), takenByAnother(path)]).toEqual([undefined, false]);
      unlock?.();
      expect(takenByAnother(path)).toBe(true);
      const again = fileLock(path);
      expect(again).toBeDefined();
      again?.();
    }));

  test('on what cannot be locked is told so, and not that another has it', () =>
    inTempFolder((folder) => {
      mkdirSync(join(folder, 'lock.sqlite'));
      expect(() => fileLock(join(folder, 'lock.sqlite'))).toThrow('unable to open database file');
    }));
});
