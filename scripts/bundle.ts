/**
 * All functions of a store kind in one esbuild call, to build/functions/<store>/<name>/index.js; then the dashboard, to
 * build/site. Does nothing when nothing changed. `node scripts/bundle.ts [--store sqlite]`; without a store, every kind.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Metafile, type Plugin } from 'esbuild';
import { type FunctionName, ROUTES } from '../lambdas/api/routes.ts';
import { type BundleManifest, bundleHash, bundleProblem, bundlesFolder, readManifest } from '../lib/bundles.ts';
import { STORE_KINDS, type StoreKind } from '../lib/settings.ts';
import { bundleSite } from './bundle-site.ts';
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
    entryPoints: FUNCTIONS.map((name) => ({ in: `lambdas/${name}.ts`, out: `${name}/index` })),
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
    plugins: [environmentCredentials, influxTransport, noEventStreams, unusedBuiltins],
    legalComments: 'external',
    charset: 'utf8',
    logLevel: 'silent',
    metafile: true,
  });
  // In a repository of ES modules, and wherever else the folder is copied to, index.js is CommonJS.
  await Promise.all(FUNCTIONS.map((name) => writeFile(join(folder, name, 'package.json'), '{"type":"commonjs"}\n')));
  return sizes(metafile);
}

// A function has its credentials in its environment; the SDK's search for them elsewhere is 120 of the client's 308 kB.
const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'environment-credentials',
      namespace: 'amphora',
      pluginData: resolveDir,
    }));
    build.onLoad({ filter: /.*/, namespace: 'amphora' }, ({ pluginData }) => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
      resolveDir: pluginData,
    }));
  },
};

// Of the InfluxDB client's class only the transport is used. Its own writer (which loses data: the adapter says how) and its
// reader of CSV are 10 of 29 kB, and hang on these two methods.
const influxTransport: Plugin = {
  name: 'influx-transport',
  setup(build) {
    build.onLoad({ filter: /influxdb-client[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => {
      const parts = (await readFile(path, 'utf8')).split(/get(?:Write|Query)Api\([^)]*\)\{return new [^}]*\}/);
      if (parts.length === 3) return { contents: parts.join('') };
      return {
        errors: [{ text: 'the InfluxDB client is another one: see what its getWriteApi and getQueryApi look like' }],
      };
    });
  },
};

// The signer can sign event streams too; one request needs none of that.
const noEventStreams: Plugin = {
  name: 'no-event-streams',
  setup(build) {
    build.onLoad({ filter: /signature-v4[\\/]dist-es[\\/]HeaderFormatter\.js$/ }, () => ({
      contents: 'export class HeaderFormatter {}',
    }));
  },
};

// Loading one of Node's own modules does nothing by itself: who does not use it need not load it.
const unusedBuiltins: Plugin = {
  name: 'unused-builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, external: true, sideEffects: false }));
  },
};

function sizes(metafile: Metafile): Record<string, number> {
  const outputs = Object.entries(metafile.outputs).filter(([path]) => path.endsWith('/index.js'));
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
  const { store } = parseArgs({ options: { store: { type: 'string' } } }).values;
  const kinds = STORE_KINDS.filter((kind) => store === undefined || store === kind);
  if (kinds.length === 0) {
    process.stderr.write(`amphora: there is no store '${store}'; take ${STORE_KINDS.join(' or ')}\n`);
    process.exitCode = 2;
  }
  for (const kind of kinds) {
    const isFresh = bundleProblem(root, kind) === undefined;
    const manifest = await bundleFunctions(root, kind);
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
