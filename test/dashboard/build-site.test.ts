import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSite } from '../../scripts/build-site.ts';

let folder = '';
let files: readonly string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amphora-site-'));
  await buildSite(folder);
  files = (await readdir(folder, { recursive: true })).map((file) => file.replaceAll('\\', '/')).sort();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const text = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');

async function zippedBytes(ending: string): Promise<number> {
  const assets = files.filter((file) => file.startsWith('assets/') && file.endsWith(ending));
  const bytes = await Promise.all(
    assets.map(async (file) => gzipSync(await readFile(join(folder, file)), { level: 9 }).length),
  );
  return bytes.reduce((sum, size) => sum + size, 0);
}

describe('the built site', () => {
  test('is a page, its assets with a hash in their names, the API’s page, and no settings', () => {
    expect(
      files
        .filter((file) => /\.[a-z]+$/.test(file))
        .map((file) => file.replace(/-[A-Z0-9]{8}\./, '-HASH.'))
        .sort(),
    ).toEqual([
      'assets/first-paint-HASH.js',
      'assets/main-HASH.css',
      'assets/main-HASH.js',
      'docs.css',
      'docs.html',
      'favicon.svg',
      'index.html',
    ]);
  });

  test('fits: 60 kB of script and 8 kB of style, gzipped', async () => {
    expect(await zippedBytes('.js')).toBeLessThanOrEqual(60_000);
    expect(await zippedBytes('.css')).toBeLessThanOrEqual(8_000);
  });

  test.each(['index.html', 'docs.html'])(
    '%s names only files that are there beside it, and nothing inline',
    async (page) => {
      const html = await text(page);
      const named = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, url = '']) => url);
      expect(named.length).toBeGreaterThan(3);
      // Relative, so that the site is whole below whatever path a bucket or a proxy puts it.
      for (const file of named) expect([...files, 'config.json']).toContain(file);
      expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+="|{{/);
      expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    },
  );

  test('its script and its style ask for nothing at the root of the origin', async () => {
    for (const file of files.filter((name) => /^assets\/main.*\.(js|css)$/.test(name))) {
      expect((await text(file)).match(/["'`(]\/(?:config|assets|docs|favicon|mqtt|index)[^"'`)]*/g) ?? []).toEqual([]);
    }
  });

  test('the same sources give the same files', async () => {
    const again = await mkdtemp(join(tmpdir(), 'amphora-site-'));
    try {
      await buildSite(again);
      expect((await readdir(again, { recursive: true })).map((file) => file.replaceAll('\\', '/')).sort()).toEqual(
        files,
      );
    } finally {
      await rm(again, { recursive: true, force: true });
    }
  });
});
