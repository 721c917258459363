/**
 * The dashboard and the API's page as static files: what the local runtime serves and the deploy uploads. `config.json`
 * is not among them; it stands beside and says where the API is. `node scripts/build-site.ts [folder]`.
 */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { openapi } from '../lambdas/api/openapi.ts';
import { VERSION } from '../lambdas/api/version.ts';
import { apiPage } from './api-page.ts';

const ROOT = join(import.meta.dirname, '..');

/** What index.html names, by its placeholder. */
type Assets = { readonly main: string; readonly style: string; readonly 'first-paint': string };

export async function buildSite(folder: string): Promise<void> {
  const outDir = resolve(folder);
  const assets = await buildAssets(outDir);
  const page = await readFile(join(ROOT, 'dashboard', 'index.html'), 'utf8');
  await Promise.all([
    writeFile(join(outDir, 'index.html'), filled(page, assets)),
    copyFile(join(ROOT, 'dashboard', 'favicon.svg'), join(outDir, 'favicon.svg')),
    writeFile(join(outDir, 'docs.html'), withAssets(apiPage(openapi(VERSION)), assets)),
    copyFile(join(ROOT, 'scripts', 'api-page.css'), join(outDir, 'docs.css')),
  ]);
}

// Names with a hash of the content, so that a browser may keep the files for good and still sees every change.
async function buildAssets(outDir: string): Promise<Assets> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['dashboard/main.tsx', 'dashboard/first-paint.ts'],
    outdir: join(outDir, 'assets'),
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    // The first paint's script is no module; nothing here imports at run time.
    format: 'iife',
    target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true,
  });
  const outputs = Object.entries(metafile.outputs).map(([path, { entryPoint }]) => ({
    url: relative(outDir, join(ROOT, path)).replaceAll('\\', '/'),
    entryPoint,
  }));
  const urlOf = (isWanted: (output: (typeof outputs)[number]) => boolean): string => outputs.find(isWanted)?.url ?? '';
  return {
    main: urlOf(({ url, entryPoint }) => entryPoint === 'dashboard/main.tsx' && url.endsWith('.js')),
    style: urlOf(({ url }) => url.endsWith('.css')),
    'first-paint': urlOf(({ entryPoint }) => entryPoint === 'dashboard/first-paint.ts'),
  };
}

function filled(page: string, assets: Assets): string {
  return page
    .replace('{{main}}', assets.main)
    .replace('{{style}}', assets.style)
    .replace('{{first-paint}}', assets['first-paint']);
}

// The API's page shares the dashboard's colours and type, the reader's choice of light or dark, and the icon.
function withAssets(page: string, assets: Assets): string {
  const icon = '<link rel="icon" href="favicon.svg" type="image/svg+xml">';
  return page
    .replace('assets/style.css', assets.style)
    .replace('</head>', `${icon}\n<script src="${assets['first-paint']}"></script>\n</head>`);
}

if (import.meta.main) await buildSite(process.argv[2] ?? join(ROOT, 'build', 'site'));
