/** --stack, --region and --data: which Amphora a command of its owner means, one on AWS or the one on this machine. */
import type { StackPlace } from '../cloud/deployed-stack.ts';
import { type Arguments, type Flag, type Refusal, refusal } from './command.ts';
import { DATA_FOLDER_DEFAULT } from './data-folder.ts';

export const WHICH_AMPHORA_FLAGS: readonly Flag[] = [
  { name: 'stack', value: 'NAME', meaning: 'at this stack on AWS; without it, at the Amphora of the data folder' },
  { name: 'region', value: 'R', meaning: 'where the stack is', byDefault: 'that of the AWS profile' },
  { name: 'data', value: 'DIR', meaning: 'data folder of the Amphora on this machine', byDefault: DATA_FOLDER_DEFAULT },
];

type WhichAmphora =
  | { readonly ok: true; readonly kind: 'stack'; readonly stack: StackPlace }
  /** `dataDir`: as it was given. */
  | { readonly ok: true; readonly kind: 'local'; readonly dataDir: string | undefined }
  | Refusal;

export function whichAmphora({ texts }: Pick<Arguments, 'texts'>): WhichAmphora {
  const stackName = texts.get('stack');
  const region = texts.get('region');
  const dataDir = texts.get('data');
  if (stackName === undefined) {
    return region === undefined ? { ok: true, kind: 'local', dataDir } : withoutStack('region');
  }
  if (dataDir !== undefined) return refusal('--stack and --data name two different Amphoras; give one of them');
  return { ok: true, kind: 'stack', stack: { stackName, ...(region === undefined ? {} : { region }) } };
}

/** A flag that says more of a stack, and there is none. */
export const withoutStack = (flag: string): Refusal =>
  refusal(`--${flag} is for a stack on AWS; give --stack NAME with it`);
