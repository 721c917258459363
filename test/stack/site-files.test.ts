import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type SiteFile, siteFile, siteFiles } from '../../lib/site-files.ts';

const PATHS = ['index.html', 'docs.html', 'docs.css', 'favicon.svg', 'assets/main-A1B2C3D4.js', 'assets/deep/er.css'];

let folder = '';
let files: readonly SiteFile[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amphora-site-'));
  for (const path of PATHS) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path);
  }
  files = await siteFiles(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the files of the site', () => {
  test('are all there, by their paths from its root', () => {
    expect(files.map(({ path }) => path).sort()).toEqual([...PATHS].sort());
  });

  test('come before the pages that name them, so that an upload that stops shows nothing half', () => {
    const isPage = files.map(({ path }) => path.endsWith('.html'));
    expect(isPage.indexOf(true)).toBe(isPage.lastIndexOf(false) + 1);
  });

  test.each([
    ['index.html', 'text/html; charset=utf-8', 'no-cache'],
    ['config.json', 'application/json', 'no-cache'],
    ['docs.css', 'text/css; charset=utf-8', 'no-cache'],
    ['favicon.svg', 'image/svg+xml', 'no-cache'],
    ['assets/main-A1B2C3D4.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['unknown.bin', 'application/octet-stream', 'no-cache'],
  ])('%s is served as %s, kept as %s', (path, contentType, cacheControl) => {
    expect(siteFile(path)).toEqual({ path, contentType, cacheControl });
  });
});
