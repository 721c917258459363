/** The stack of some settings in both modes, as its synthesized template has it; and how often its page may ask. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { parseTemplate, type StackInventory } from '../../cost/parse-template.ts';
import { type Refusal, refusal } from '../command.ts';

export type Settings = Readonly<Record<string, string>>;

export type StackInventories = {
  readonly ok: true;
  readonly direct: StackInventory;
  readonly buffered: StackInventory;
  readonly minPollSeconds: number;
};

const ROOT = join(import.meta.dirname, '..', '..');

// Without a database there would be no secrets, and nothing would be stored. This address is nobody's.
const DATABASE: Settings = Object.hasOwn(cdkJson.context, 'influxUrl') ? {} : { influxUrl: 'https://influxdb.invalid' };

export async function stackInventories(settings: Settings): Promise<StackInventories | Refusal> {
  // It brings esbuild along.
  const { synthesize } = await import('../../scripts/synthesize.ts');
  const context = { store: 'influxdb', stage: 'aws', ...DATABASE, ...settings };
  const folders: string[] = [];
  for (const ingest of ['direct', 'buffered']) {
    try {
      folders.push((await synthesize({ root: ROOT, context: { ...context, ingest } })).folder);
    } catch (error) {
      return refusal(reasonOf(error));
    }
  }
  const [direct, buffered] = folders.map((folder) => parseTemplate(JSON.parse(readOne(folder, '.template.json'))));
  const minPollSeconds = folders.map(pollSeconds)[0];
  if (direct?.ok !== true) return refusal(`the stack cannot be counted: ${direct?.reason}`);
  if (buffered?.ok !== true) return refusal(`the stack cannot be counted: ${buffered?.reason}`);
  if (minPollSeconds === undefined)
    return refusal('the stack cannot be counted: it does not tell its page how often to ask');
  return { ok: true, direct: direct.inventory, buffered: buffered.inventory, minPollSeconds };
}

/** What bin/amphora.ts printed, without its name. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^amphora: /, '').trim();
}

function readOne(folder: string, ending: string): string {
  return readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith(ending)) ?? ending), 'utf8');
}

/** The page's config.json is an asset of its own, with marks for what is known only after a deploy. */
function pollSeconds(folder: string): number | undefined {
  for (const name of readdirSync(folder).filter((one) => one.startsWith('asset.'))) {
    const path = join(folder, name);
    if (!readdirSync(path).includes('config.json')) continue;
    const { minPollSeconds }: { readonly minPollSeconds?: unknown } = JSON.parse(
      readFileSync(join(path, 'config.json'), 'utf8'),
    );
    return typeof minPollSeconds === 'number' ? minPollSeconds : undefined;
  }
  return undefined;
}
