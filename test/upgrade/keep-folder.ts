/**
 * Keeps a data folder for test/upgrade/kept-folders.test.ts, once for each `format` that was ever released:
 *
 *   node test/upgrade/keep-folder.ts ROOT
 *
 * ROOT is a checkout of the version that writes it, with its dependencies. Leaves format-N.tar.gz, the folder as kill -9
 * left it, and format-N.json, what was sent to it. Kept folders are never made again: they are what users have.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fillFolder } from './fill-folder.ts';

// A day in the past, so that "now" plays no part.
const FROM_MS = Date.parse('2026-11-20T06:00:00Z');

async function keepFolder(root: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-keep-'));
  try {
    const dataDir = join(folder, 'data');
    const filled = await fillFolder(root, dataDir, FROM_MS);
    const info: { readonly format: number; readonly version: string } = JSON.parse(
      readFileSync(join(dataDir, 'folder.json'), 'utf8'),
    );
    const name = join(import.meta.dirname, `format-${info.format}`);
    if (existsSync(`${name}.tar.gz`)) throw new Error(`${name}.tar.gz is there already; it stays as it is`);
    execFileSync('tar', ['-czf', `${name}.tar.gz`, '--owner=0', '--group=0', '-C', folder, 'data']);
    writeFileSync(`${name}.json`, `${JSON.stringify({ version: info.version, ...filled }, undefined, 2)}\n`);
    process.stdout.write(`${name}.tar.gz and ${name}.json, by version ${info.version}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [root] = process.argv.slice(2);
if (root === undefined) {
  process.stderr.write('which version? node test/upgrade/keep-folder.ts ROOT, a checkout with its dependencies\n');
  process.exitCode = 2;
} else {
  await keepFolder(resolve(root));
}
