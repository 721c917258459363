/** Where the synthesized stack of these sources and settings is kept, and what the stack and the page are made from. */
import { join } from 'node:path';
import { inputHash } from '../lib/input-hash.ts';

export type Synthesis = {
  readonly root: string;
  /** Settings as `cdk -c` takes them; what is absent has its default. */
  readonly context: Readonly<Record<string, string | number>>;
  /** Check the template against CloudFormation's rules too. Takes some seconds more. */
  readonly validate?: boolean;
};

const INPUTS = ['bin', 'lib', 'lambdas', 'scripts/bundle.ts', 'cdk.json', 'package-lock.json'];

/** What the page is built from. */
export const SITE_INPUTS = ['dashboard', 'scripts', 'lambdas', 'package-lock.json'];

export function assemblyFolder({ root, context, validate = false }: Synthesis): string {
  const settings = { context: JSON.stringify(context), validate: String(validate) };
  return join(root, 'build', 'synth', inputHash({ root, paths: INPUTS, settings }).slice(0, 16));
}
