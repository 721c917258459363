/**
 * Keeps data folders for test/upgrade/kept-folders.test.ts and kept-people.test.ts, once for each `format` that was ever
 * released:
 *
 *   node test/upgrade/keep-folder.ts ROOT readings
 *   node test/upgrade/keep-folder.ts ROOT people-and-devices
 *
 * ROOT is a checkout of the version that writes it, with its dependencies. Leaves format-N.tar.gz or
 * format-N-people-and-devices.tar.gz, the folder as kill -9 left it, and beside it a .json, what was sent and told. Kept
 * folders are never made again: they are what users have. Their keys and passwords are of nothing else.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fillFolder } from './fill-folder.ts';
import { fillPeople } from './fill-people.ts';

// A day in the past, so that "now" plays no part.
const FROM_MS = Date.parse('2026-11-20T06:00:00Z');

const KINDS: Readonly<Record<string, (root: string, folder: string) => Promise<unknown>>> = {
  readings: (root, folder) => fillFolder(root, join(folder, 'data'), FROM_MS),
  'people-and-devices': fillPeople,
};

async function keepFolder(
  root: string,
  kind: string,
  fill: (root: string, folder: string) => Promise<unknown>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-keep-'));
  try {
    const filled = await fill(root, folder);
    const info: { readonly format: number; readonly version: string } = JSON.parse(
      readFileSync(join(folder, 'data', 'folder.json'), 'utf8'),
    );
    const name = join(import.meta.dirname, `format-${info.format}${kind === 'readings' ? '' : `-${kind}`}`);
    if (existsSync(`${name}.tar.gz`)) throw new Error(`${name}.tar.gz is there already; it stays as it is`);
    execFileSync('tar', ['-czf', `${name}.tar.gz`, '--owner=0', '--group=0', '-C', folder, ...readdirSync(folder)]);
    writeFileSync(`${name}.json`, `${JSON.stringify({ version: info.version, ...Object(filled) }, undefined, 2)}\n`);
    process.stdout.write(`${name}.tar.gz and ${name}.json, by version ${info.version}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [root, kind = ''] = process.argv.slice(2);
const fill = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
if (root === undefined || fill === undefined) {
  process.stderr.write(
    `which version, and which folder? node test/upgrade/keep-folder.ts ROOT ${Object.keys(KINDS).join('|')}; ROOT is a checkout with its dependencies\n`,
  );
  process.exitCode = 2;
} else {
  await keepFolder(resolve(root), kind, fill);
}
