/** The stack of every combination of settings that the documents name, for tests that hold of each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, type Settings } from '../../lib/settings.ts';
import { COMBINATIONS, type Context, synthesisOf } from './combinations.ts';
import { synthesizedFolders, type Template, templateIn } from './templates.ts';

export type Synthesized = { readonly context: Context; readonly folder: string; readonly template: Template };

/** For `describe.each`, before anything is synthesized. */
export const CASES = COMBINATIONS.map((context, i) => ({
  i,
  context,
  settings: settingsOf(context),
  title: JSON.stringify(context),
}));

export async function synthesizedCombinations(): Promise<readonly Synthesized[]> {
  const folders = await synthesizedFolders(COMBINATIONS.map(synthesisOf));
  return COMBINATIONS.map((context, i) => {
    const folder = folders[i] ?? '';
    return { context, folder, template: templateIn(folder) };
  });
}

export function settingsOf(context: Context): Settings {
  const read = readSettings(context);
  if (!read.ok) throw new Error(read.reason);
  return read.settings;
}

/** The stack as `cdk` is told of it. */
export function stackIn(folder: string): { readonly terminationProtection?: boolean } {
  const { artifacts }: Manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const stack = Object.values(artifacts).find(({ type }) => type === 'aws:cloudformation:stack');
  return stack?.properties ?? {};
}

type Manifest = {
  readonly artifacts: Readonly<
    Record<string, { readonly type: string; readonly properties?: { readonly terminationProtection?: boolean } }>
  >;
};

/** A file of the synthesis that something is deployed from, by the hash that the template names. */
export function assetFiles(folder: string, hash: string): readonly string[] {
  return readdirSync(join(folder, `asset.${hash}`), { recursive: true, encoding: 'utf8' });
}
