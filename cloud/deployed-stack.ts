/** A stack as it is deployed: where, in which state, and what it gives out. */
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import { homeRegion } from './client-options.ts';
import { isWhole, stackState } from './stack-state.ts';

export type StackPlace = {
  readonly stackName: string;
  /** Default: that of the environment / profile. */
  readonly region?: string;
};

export type DeployedStack = {
  readonly stackName: string;
  readonly region: string;
  /** `aws`, or that of a region which stands apart: `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  readonly account: string;
  /** CloudFormation's word, as in UPDATE_COMPLETE. */
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
};

// As lib/settings.ts takes it. It goes into commands that are told to be typed.
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,99}$/;

/** Throws a sentence when there are no credentials, no region or no such stack. Respects AWS_ENDPOINT_URL (emulator). */
export async function deployedStack(place: StackPlace): Promise<DeployedStack> {
  const { stackName } = place;
  if (!STACK_NAME.test(stackName)) throw noStackName(stackName);
  const region = await homeRegion(place.region);
  const state = await stackState({ stackName, region });
  if (state === undefined) throw noSuchStack(stackName, region);
  const { stackId, status, outputs } = state;
  // arn:<partition>:cloudformation:<region>:<account>:stack/…
  const [, partition = 'aws', , , account = ''] = stackId.split(':');
  return { stackName, region, partition, account, status, outputs };
}

/** An output that must be there, or the sentence that this stack was deployed by an older Amphora. */
export function outputOf(stack: Pick<DeployedStack, 'stackName' | 'status' | 'outputs'>, name: string): string {
  const { stackName, status, outputs } = stack;
  const value = outputs[name];
  if (value !== undefined) return value;
  const sentence = isWhole(status)
    ? `the stack ${stackName} has no output ${name}: it was deployed by an older Amphora; deploy it again with its settings (${deployLine(stackName)})`
    : `the stack ${stackName} is not whole (${status}); finish its deploy with its settings (${deployLine(stackName)})`;
  throw new AmphoraError('setting-invalid', sentence, { retry: false });
}

function noStackName(text: string): AmphoraError {
  const sentence = `a stack's name is letters, digits and -, a letter first, at most 100, not '${text}'`;
  return new AmphoraError('setting-invalid', sentence, { retry: false });
}

function noSuchStack(stackName: string, region: string): AmphoraError {
  const sentence = `there is no stack ${stackName} in region ${region} of this account; --region looks in another, AWS_PROFILE with other credentials, and ${deployLine(stackName)} deploys it`;
  return new AmphoraError('setting-invalid', sentence, { retry: false });
}

const deployLine = (stackName: string): string =>
  stackName === 'Amphora' ? 'npm run deploy' : `npm run deploy -- -c stackName=${stackName}`;
