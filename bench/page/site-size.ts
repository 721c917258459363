/** What a browser loads of the page, compressed as CloudFront does it. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildSite } from '../../scripts/build-site.ts';
import { ROOT } from '../child.ts';
import { type Figure, figure } from '../figure.ts';

const LIBRARIES = ['preact', 'preact/hooks', '@preact/signals', 'uplot'];

export async function siteSizes(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'amphora-bench-site-'));
  try {
    await buildSite(folder);
    const names = await readdir(join(folder, 'assets'));
    const kB = async (ending: string): Promise<number> => {
      const files = names.filter((name) => name.endsWith(ending)).map((name) => readFile(join(folder, 'assets', name)));
      return zippedKb(await Promise.all(files));
    };
    const [js, css] = [await kB('.js'), await kB('.css')];
    return [
      figure('page/js', js, 'kB', await librariesKb(), 'kB of its libraries alone'),
      figure('page/css', css, 'kB', js, 'kB of its script'),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const zippedKb = (files: readonly Uint8Array[]): number =>
  files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0) / 1000;

async function librariesKb(): Promise<number> {
  const contents = LIBRARIES.map((name) => `export * from '${name}';`).join('\n');
  const { outputFiles } = await build({
    stdin: { contents: `${contents}\nexport { default } from 'uplot';`, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  return zippedKb(outputFiles.map((file) => file.contents));
}
