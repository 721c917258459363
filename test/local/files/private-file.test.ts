import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { makePrivateFile, replacePrivateFile } from '../../../local/files/private-file.ts';
import { inTempFolder } from '../temp-folder.ts';

describe('a private file', () => {
  test('is made for its owner alone, and never over one that is there', () =>
    inTempFolder((folder) => {
      const path = join(folder, 'key.pem');
      expect(makePrivateFile(path, 'first')).toBe(true);
      expect(makePrivateFile(path, 'second')).toBe(false);
      expect(readFileSync(path, 'utf8')).toBe('first');
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder)).toEqual(['key.pem']);
    }));

  test('that takes the place of one that all could read is its owner’s alone', () =>
    inTempFolder((folder) => {
      const path = join(folder, 'cert.pem');
      writeFileSync(path, 'old', { mode: 0o644 });
      replacePrivateFile(path, 'new');
      expect(readFileSync(path, 'utf8')).toBe('new');
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder)).toEqual(['cert.pem']);
    }));
});
