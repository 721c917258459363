/** What ./amphora doctor looks at of a stack on AWS, in all its parts. */
import type { DeployedStack } from '../../cloud/deployed-stack.ts';
import type { StackResource } from '../../cloud/stack-resources.ts';

export type Looked = {
  readonly stack: DeployedStack;
  readonly resources: readonly StackResource[];
  /** `--stack … --region …`, to stand behind a command. */
  readonly flags: string;
  /** The same for one that asks the API: `--url …`. */
  readonly apiFlags: string;
  readonly battery: string | undefined;
  readonly nowMs: () => number;
};
