/** What the documents name is there, and the house rules that a machine can hold. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { COMMANDS } from '../cli/command-line.ts';
import { SETTING_KEYS } from '../lib/settings.ts';
import packageJson from '../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');
const MAX_LINES = 300;

const NOT_OURS = new Set(['.git', 'node_modules', 'build', 'cdk.out', 'coverage']);

/** Every file of the repository, by its path in it. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (NOT_OURS.has(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const files = filesBelow('');
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const documents = files.filter((path) => path.endsWith('.md'));

/** What stands in the group of each match, over all files. */
function named(paths: readonly string[], pattern: RegExp): readonly string[] {
  return [...new Set(paths.flatMap((path) => [...textOf(path).matchAll(pattern)].map(([, name]) => name ?? '')))];
}

describe('what is named', () => {
  test('every `npm run` script of the documents, the sources and the build exists', () => {
    const sources = files.filter(
      (path) => /\.(md|ts|tsx|json|sh)$|^amphora$|^\.ci\/run$/.test(path) && path !== 'package-lock.json',
    );
    const scripts = named(sources, /npm run ([a-z][a-z:]*)/g);
    expect(scripts.length).toBeGreaterThan(5);
    expect(scripts.filter((name) => !Object.hasOwn(packageJson.scripts, name))).toEqual([]);
  });

  test('every command of ./amphora in the documents exists', () => {
    const commands = named(documents, /\.\/amphora ([a-z][a-z-]*)/g);
    expect(commands).toEqual(expect.arrayContaining(['replay', 'simulate']));
    expect(commands.filter((name) => !COMMANDS.some((command) => command.name === name))).toEqual([]);
  });

  test('every setting of the stack is in docs/settings.md, and no other', () => {
    const rows = textOf('docs/settings.md').matchAll(/^\| (`[^|]*`) \|/gm);
    const told = [...rows].flatMap(([, names = '']) => [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(new Set(told)).toEqual(new Set(SETTING_KEYS));
  });

  test('every file that README, ARCHITECTURE and CONTRIBUTING link to exists', () => {
    const links = named(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'], /\]\((?!https?:)([^)#]+)\)/g);
    expect(links.length).toBeGreaterThan(4);
    expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('house rules', () => {
  test('no source file has more than 300 lines', () => {
    const sources = files.filter((path) => /\.(ts|tsx|js|css|sh)$/.test(path) && !path.includes('.generated.'));
    expect(sources.length).toBeGreaterThan(100);
    const long = sources.filter((path) => textOf(path).split('\n').length > MAX_LINES + 1);
    expect(long).toEqual([]);
  });

  test('the lock file holds no download addresses', () => {
    expect(textOf('package-lock.json')).not.toMatch(/"resolved": *"http/);
  });
});
