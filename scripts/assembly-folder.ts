/** Where the synthesized stack of these sources and settings is kept, and what the stack is made from. */
import { join } from 'node:path';
import { SITE_INPUTS } from '../lib/built-site.ts';
import { inputHash } from '../lib/input-hash.ts';

export type Synthesis = {
  readonly root: string;
  /** Settings as `cdk -c` takes them; what is absent has its default. */
  readonly context: Readonly<Record<string, string | number>>;
  /** Check the template against CloudFormation's rules too. Takes some seconds more. */
  readonly validate?: boolean;
};

// With the page's, whose files are in the stack.
const INPUTS = [
  ...new Set(['bin', 'cost', 'lib', 'lambdas', 'scripts/bundle.ts', 'cdk.json', 'package-lock.json', ...SITE_INPUTS]),
];

export function assemblyFolder({ root, context, validate = false }: Synthesis): string {
  const settings = { context: JSON.stringify(context), validate: String(validate) };
  return join(root, 'build', 'synth', inputHash({ root, paths: INPUTS, settings }).slice(0, 16));
}
