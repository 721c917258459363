/** How large each deployed function is, beside the same source bundled as esbuild does by itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleFunctions } from '../scripts/bundle.ts';
import { ROOT } from './child.ts';
import { type Figure, figure } from './figure.ts';

const STORE = 'influxdb';

export async function benchBundles(): Promise<readonly Figure[]> {
  const { bytes } = await bundleFunctions(ROOT, STORE);
  const byItself = await bytesByItself(Object.keys(bytes));
  return Object.entries(bytes).map(([name, size]) =>
    figure(
      `bundle/${name}`,
      size / 1000,
      'kB',
      (byItself.get(name) ?? Number.NaN) / 1000,
      "kB of the same source with esbuild's own settings, minified",
    ),
  );
}

async function bytesByItself(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-sizes-'));
  try {
    const { metafile } = await build({
      absWorkingDir: ROOT,
      entryPoints: names.map((name) => ({ in: `lambdas/${name}.ts`, out: name })),
      outdir: folder,
      bundle: true,
      minify: true,
      platform: 'node',
      legalComments: 'none',
      logLevel: 'silent',
      metafile: true,
    });
    const outputs = Object.entries(metafile.outputs);
    return new Map(
      names.map((name) => [name, outputs.find(([path]) => path.endsWith(`/${name}.js`))?.[1].bytes ?? Number.NaN]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
