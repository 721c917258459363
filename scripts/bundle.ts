/**
 * All functions of a store kind in one esbuild call, to build/functions/<store>/<name>/main.js; then the dashboard, to
 * build/site. Does nothing when nothing changed. `node scripts/bundle.ts [--store sqlite] [--accept-sizes]`; without a store,
 * every kind. --accept-sizes: how large they are now is what a tenth more is counted from.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { type FunctionName, ROUTES } from '../lambdas/api/routes.ts';
import { type BundleManifest, bundleHash, bundleProblem, bundlesFolder, readManifest } from '../lib/bundles.ts';
import { STORE_KINDS, type StoreKind } from '../lib/settings.ts';
import { builtinsLater, influxTransport, unusedBuiltins, withoutUnreachable } from './bundle-plugins.ts';
import { bundleSite } from './bundle-site.ts';
import { acceptSizes } from './bundle-sizes.ts';
import { replaceFolder } from './replace-folder.ts';

const FUNCTIONS: readonly FunctionName[] = [
  ...new Set<FunctionName>([...ROUTES.map((route) => route.function), 'writer']),
];

/** The functions' sizes; built now if their sources changed since the last time. */
export async function bundleFunctions(root: string, store: StoreKind): Promise<BundleManifest> {
  const present = readManifest(root, store);
  if (present !== undefined && bundleProblem(root, store) === undefined) return present;

  // The hash of before the build: a source that changes meanwhile makes the bundle stale, not falsely fresh.
  const hash = bundleHash(root, store);
  let manifest: BundleManifest = { inputHash: hash, bytes: {} };
  const fill = async (folder: string): Promise<void> => {
    manifest = { inputHash: hash, bytes: await buildFunctions(root, store, folder) };
    await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  };
  await replaceFolder(bundlesFolder(root, store), fill, () => bundleProblem(root, store) === undefined);
  return manifest;
}

async function buildFunctions(root: string, store: StoreKind, folder: string): Promise<Record<string, number>> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: FUNCTIONS.map((name) => ({ in: `lambdas/${name}.ts`, out: `${name}/main` })),
    outdir: folder,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    // CJS: under ESM, `import 'node:http'` alone costs 20 - 25 ms of each cold start (nodejs/node#59686).
    format: 'cjs',
    // The packages' ES modules, so that esbuild drops what is not used.
    mainFields: ['module', 'main'],
    // One adapter a bundle: the branches of the other store kinds fall away.
    define: { 'process.env.AMPHORA_STORE': JSON.stringify(store) },
    supported: { 'dynamic-import': false },
    plugins: [withoutUnreachable, influxTransport, builtinsLater, unusedBuiltins],
    legalComments: 'external',
    charset: 'utf8',
    logLevel: 'silent',
    metafile: true,
  });
  await Promise.all(FUNCTIONS.map((name) => writeEntry(join(folder, name))));
  return sizes(metafile);
}

// Lambda's runtime imports index.js as an ES module, for which Node looks through the whole of a CommonJS file for its exports.
// Of this line it has found them at once; main.js is required, and not looked through.
const ENTRY = 'exports.handler = require("./main.js").handler;\n';

async function writeEntry(folder: string): Promise<void> {
  await writeFile(join(folder, 'index.js'), ENTRY);
  // In a repository of ES modules, and wherever else the folder is copied to, both are CommonJS.
  await writeFile(join(folder, 'package.json'), '{"type":"commonjs"}\n');
}

function sizes(metafile: Metafile): Record<string, number> {
  const outputs = Object.entries(metafile.outputs).filter(([path]) => path.endsWith('/main.js'));
  return Object.fromEntries(outputs.map(([path, { bytes }]) => [path.split('/').at(-2) ?? path, bytes]));
}

function sizeTable(store: StoreKind, { bytes }: BundleManifest): string {
  const lines = Object.entries(bytes).map(
    ([name, size]) => `  ${name.padEnd(14)}${(size / 1000).toFixed(1).padStart(7)} kB`,
  );
  return [`functions for store ${store}, minified:`, ...lines, ''].join('\n');
}

async function main(): Promise<void> {
  const root = join(import.meta.dirname, '..');
  const { store, 'accept-sizes': isAccepted } = parseArgs({
    options: { store: { type: 'string' }, 'accept-sizes': { type: 'boolean', default: false } },
  }).values;
  const kinds = STORE_KINDS.filter((kind) => store === undefined || store === kind);
  if (kinds.length === 0) {
    process.stderr.write(`amphora: there is no store '${store}'; take ${STORE_KINDS.join(' or ')}\n`);
    process.exitCode = 2;
  }
  for (const kind of kinds) {
    const isFresh = bundleProblem(root, kind) === undefined;
    const manifest = await bundleFunctions(root, kind);
    if (isAccepted) await acceptSizes(root, kind, manifest.bytes);
    // To stderr: `cdk synth` runs this before it prints the template to stdout.
    process.stderr.write(isFresh ? `functions for store ${kind}: nothing changed\n` : sizeTable(kind, manifest));
  }
  if (kinds.length > 0) await bundleSite(root);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    // Said well enough by itself: esbuild's names file, line and what is wrong, parseArgs' the option.
    const isPlain = error instanceof Error && ('errors' in error || /ERR_PARSE_ARGS/.test(String(Object(error).code)));
    if (!isPlain) throw error;
    process.stderr.write(`amphora: ${error.message}\n`);
    process.exitCode = 1;
  });
}
