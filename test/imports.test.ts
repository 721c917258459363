/** Which way imports point: the table of ARCHITECTURE.md. Everything that is not listed is forbidden. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { mayImport } from './imports-table.ts';

const ROOT = join(import.meta.dirname, '..');

type Folder = keyof typeof mayImport;
type Import = { readonly to: string; readonly isType: boolean };

const FOLDERS = Object.keys(mayImport).filter((name): name is Folder => name in mayImport);
const TOP_FOLDERS = [...new Set(FOLDERS.map((folder) => folder.split('/')[0] ?? ''))];
const IMPORT =
  /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+['"]([^'"]+)['"]|^import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]/gm;

const FILES = TOP_FOLDERS.flatMap((top) =>
  readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(tsx?|js)$/.test(name) && !/(^|\/)node_modules\//.test(name))
    .map((name) => join(top, name)),
);
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const importsByFile = new Map(FILES.map((file) => [file, importsOf(file)]));

function importsOf(file: string): readonly Import[] {
  return [...textOf(file).matchAll(IMPORT)].map(([, type, ...specifiers]) => {
    const specifier = specifiers.find((one) => one !== undefined) ?? '';
    const to = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier;
    return { to, isType: type !== undefined };
  });
}

/** The entry of the table that a file belongs to: its nearest folder there. */
function folderOf(file: string): Folder | undefined {
  const name = dirname(file);
  const isOne = (folder: string): folder is Folder => folder in mayImport;
  if (isOne(name)) return name;
  return name === '.' ? undefined : folderOf(name);
}

function isAllowed(entry: string, { to, isType }: Import): boolean {
  const typeOnly = entry.startsWith('type ');
  const path = typeOnly ? entry.slice('type '.length) : entry;
  if (typeOnly && !isType) return false;
  return to === path || to.startsWith(/[/:]$/.test(path) ? path : `${path}/`);
}

const filesOf = (folder: Folder): readonly string[] => FILES.filter((file) => folderOf(file) === folder);

describe('imports', () => {
  test('of every folder are seen: the table would hold of an empty tree too', () => {
    expect(FOLDERS.filter((folder) => filesOf(folder).length === 0)).toEqual([]);
    expect(importsByFile.get('lambdas/aws/s3-objects.ts')).toContainEqual({ to: 'lambdas/aws/env.ts', isType: false });
    expect(importsByFile.get('lambdas/telemetry/point-time.ts')).toContainEqual({
      to: 'lambdas/store/store.ts',
      isType: true,
    });
  });

  test.each(FOLDERS)('%s imports only what the table allows', (folder) => {
    const allowed: readonly string[] = mayImport[folder];
    const forbidden = filesOf(folder).flatMap((file) =>
      (importsByFile.get(file) ?? [])
        .filter((one) => folder === 'lambdas' || folderOf(one.to) !== folder)
        .filter((one) => !allowed.some((entry) => isAllowed(entry, one)))
        .map(({ to, isType }) => `${file} imports ${isType ? 'type ' : ''}${to}`),
    );
    expect(forbidden).toEqual([]);
  });

  const inStore = filesOf('lambdas/store');

  test.each([
    ['the route table imports nothing', ['lambdas/api/routes.ts'], /./],
    ['the port imports nothing', ['lambdas/store/store.ts'], /./],
    [
      'only open-store.ts imports an adapter',
      inStore.filter((file) => !file.endsWith('/open-store.ts')),
      /(sqlite|influxdb)\.ts$/,
    ],
    [
      'only the SQLite adapter knows its client',
      inStore.filter((file) => !file.includes('/sqlite')),
      /^node:(sqlite|fs)/,
    ],
    [
      'only the InfluxDB adapter knows its client',
      inStore.filter((file) => !file.includes('/influxdb')),
      /^node:http|^@influxdata/,
    ],
  ])('%s', (_, files, forbidden) => {
    const found = files.flatMap((file) => (importsByFile.get(file) ?? []).map(({ to }) => ({ file, to })));
    expect(found.filter(({ to }) => forbidden.test(to))).toEqual([]);
  });

  test('no file of ours imports itself round a corner, types counted', () => {
    expect(cyclesOf(new Map([...importsByFile].map(([file, found]) => [file, found.map(({ to }) => to)])))).toEqual([]);
  });

  test('no folder does either', () => {
    const edges = new Map<string, string[]>();
    for (const [file, found] of importsByFile) {
      const from = folderOf(file) ?? '';
      const others = found.flatMap(({ to }) => folderOf(to) ?? []).filter((to) => to !== from);
      edges.set(from, [...(edges.get(from) ?? []), ...others]);
    }
    expect(cyclesOf(edges)).toEqual([]);
  });
});

describe('what a noun touches', () => {
  const NOUNS: readonly Folder[] = [
    'lambdas/failures',
    'lambdas/batteries',
    'lambdas/json',
    'lambdas/sign-in',
    'lambdas/telemetry',
    'lambdas/quarantine',
    'lambdas/api',
    'cost',
  ];

  test.each(NOUNS)('%s knows no clock, no chance, no process and no network', (folder) => {
    const forbidden =
      /\b(Date\.now|new Date\(\)|performance\.now|Math\.random|randomUUID|process\.|fetch\(|set(Timeout|Interval))/;
    expect(filesOf(folder).filter((file) => forbidden.test(textOf(file)))).toEqual([]);
  });

  test('the environment is read in aws/env.ts, and replaced by the bundler where a store kind falls away, and nowhere else', () => {
    const readers = FILES.filter((file) => file.startsWith('lambdas/') && /process\.env\b/.test(textOf(file)));
    const replaced = ['lambdas/aws/store-settings.ts', 'lambdas/store/open-store.ts'];
    expect(readers.toSorted()).toEqual(['lambdas/aws/env.ts', ...replaced]);
    for (const file of replaced)
      expect(textOf(file).replaceAll("process.env['AMPHORA_STORE']", '')).not.toContain('env[');
  });

  test('of the functions’ code only the files directly in lambdas/ read the clock', () => {
    const readers = FILES.filter((file) => file.startsWith('lambdas/') && /Date\.now|new Date\(\)/.test(textOf(file)));
    expect(readers.filter((file) => dirname(file) !== 'lambdas')).toEqual([]);
  });
});

/** The strongly connected parts of a graph that have more than one member, each as its sorted names. */
function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const reached = (from: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const open = [...(edges.get(from) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(edges.get(next) ?? []));
    }
    return seen;
  };
  const from = new Map([...edges.keys()].map((name) => [name, reached(name)]));
  const inCycle = [...from.keys()].filter((name) => from.get(name)?.has(name));
  const parts = inCycle.map((name) =>
    inCycle
      .filter((other) => from.get(name)?.has(other) && from.get(other)?.has(name))
      .sort()
      .join(' '),
  );
  return [...new Set(parts)].sort();
}
