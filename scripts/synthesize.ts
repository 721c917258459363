/**
 * The stack as a folder of templates (a CDK cloud assembly) for a set of settings: what `cdk synth` makes, kept by the hash
 * of what it is made from, so that the same question again costs a few milliseconds.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { STORE_KINDS } from '../lib/settings.ts';
import { assemblyFolder, type Synthesis } from './assembly-folder.ts';
import { bundleFunctions } from './bundle.ts';
import { bundleSite } from './bundle-site.ts';
import { replaceFolder } from './replace-folder.ts';

export type Assembly = {
  readonly folder: string;
  /** Whether it was there already. */
  readonly cached: boolean;
};

// A process that started with an older one may still load its functions from there.
const UNUSED_KEPT_MS = 30 * 24 * 60 * 60_000;

/** Throws what `bin/amphora.ts` printed when it refuses. */
export async function synthesize({ root, context, validate = false }: Synthesis): Promise<Assembly> {
  const folder = assemblyFolder({ root, context, validate });
  if (existsSync(folder)) {
    const now = new Date();
    await utimes(folder, now, now);
    return { folder, cached: true };
  }
  const store = STORE_KINDS.find((kind) => kind === (context['store'] ?? 'influxdb'));
  if (store !== undefined) await bundleFunctions(root, store);
  await bundleSite(root);
  await replaceFolder(
    folder,
    (fresh) => runApp({ root, context, validate }, fresh),
    () => existsSync(folder),
  );
  await removeUnused(join(root, 'build', 'synth'));
  return { folder, cached: false };
}

async function runApp({ root, context, validate = false }: Synthesis, outdir: string): Promise<void> {
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify(context),
    CDK_VALIDATION: String(validate),
  };
  try {
    await promisify(execFile)(process.execPath, [join(root, 'bin', 'amphora.ts')], { cwd: root, env });
  } catch (error) {
    const printed = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(printed === '' ? 'bin/amphora.ts ended without a template' : printed, { cause: error });
  }
}

async function removeUnused(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > UNUSED_KEPT_MS)
      await rm(path, { recursive: true, force: true });
  }
}
