import { beforeAll, describe, expect, test } from '@jest/globals';
import { rawAnswer } from './http.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { LOCAL, onTargets } from './target.ts';

const START_MS = 130_000;
const TEST_MS = 30_000;

let amphora: LocalAmphora;

onTargets(LOCAL, 'the page’s files on this machine', () => {
  beforeAll(async () => {
    amphora = await startLocal();
  }, START_MS);

  describe('a path that leads out of the page’s folder', () => {
    test.each([
      '/../package.json',
      '/../../package.json',
      '/./../package.json',
      '/assets/../../package.json',
      '/assets/../../../package.json',
      '/%2e%2e/package.json',
      '/%2e%2e%2fpackage.json',
      '/..%2f..%2fpackage.json',
      '/%252e%252e/package.json',
      '/..%5c..%5cpackage.json',
      '/..\\..\\package.json',
      '/....//package.json',
      '//package.json',
      '//etc/passwd',
      '/%2fetc/passwd',
      '/etc/passwd',
      '/index.html%00.js',
      '/%00/index.html',
      '/docs/../../package.json',
      '/.git/config',
      '/run.json',
      '/folder.json',
      '/store.sqlite',
      '/package.json',
    ])(
      '%s is 404 and shows no file',
      async (target) => {
        const answer = await rawAnswer(amphora.port, target);
        expect(answer).toMatch(/^HTTP\/1\.1 404 /);
        expect(answer).not.toMatch(/"dependencies"|root:|\[core\]|"pid"|SQLite format/);
      },
      TEST_MS,
    );
  });
});
