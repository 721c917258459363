/** The synthesized stack and the page of this very source: kept by a hash of their inputs, made by the deploy's own steps. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../lambdas/aws/log.ts';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import { siteHash } from '../lib/built-site.ts';
import { assemblyFolder, type Synthesis } from '../scripts/assembly-folder.ts';
import { replaceFolder } from '../scripts/replace-folder.ts';
import type { StoreChoice } from './store-choice.ts';

export type Synthesized = {
  readonly template: unknown;
  readonly assets: unknown;
  readonly folder: string;
  readonly siteFolder: string;
};

// With a client for scripts, which costs nothing here. With a database, so that its variables and secrets are in the template. Its address is nobody's: the real one is set over
// it in the functions' environment, and one synthesis does for all.
const CONTEXT = {
  sqlite: { store: 'sqlite', machineClient: 'true' },
  influxdb: { store: 'influxdb', influxUrl: 'https://influxdb.invalid', machineClient: 'true' },
} as const satisfies Record<StoreChoice['kind'], Synthesis['context']>;

export async function synthesized(
  root: string,
  store: StoreChoice['kind'],
  say: (line: string) => void,
  ingest: 'direct' | 'buffered' = 'direct',
): Promise<Synthesized> {
  const synthesis = { root, context: { ...CONTEXT[store], ...(ingest === 'direct' ? {} : { ingest }) } };
  const folder = assemblyFolder(synthesis);
  const siteFolder = join(root, 'build', 'pages', siteHash(root).slice(0, 16));
  if (!existsSync(folder) || !existsSync(siteFolder)) {
    say('Building the stack and the page from their sources (once, a few seconds) …');
    await build(synthesis, siteFolder);
  }
  const [template, assets] = ['.template.json', '.assets.json'].map((ending) => readOne(folder, ending));
  return { template, assets, folder, siteFolder };
}

// The builders bring esbuild with them, which a start from the cache does without.
async function build(synthesis: Synthesis, siteFolder: string): Promise<void> {
  try {
    const { synthesize } = await import('../scripts/synthesize.ts');
    const { buildSite } = await import('../scripts/build-site.ts');
    await synthesize(synthesis);
    if (!existsSync(siteFolder)) await replaceFolder(siteFolder, buildSite);
  } catch (cause) {
    throw new AmphoraError('setting-invalid', `the stack could not be built: ${messageOf(cause)}`, {
      retry: false,
      cause,
    });
  }
}

function readOne(folder: string, ending: string): unknown {
  const name = readdirSync(folder).find((one) => one.endsWith(ending));
  if (name === undefined) {
    throw new AmphoraError('setting-invalid', `${folder} has no *${ending}; remove build/ and start again`, {
      retry: false,
    });
  }
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}
