/** The state of a stack in CloudFormation, and the waiting until nobody is at work on it. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { asked, isNotFound } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

/** As deployed-stack.ts has it, which imports this. */
type Place = { readonly stackName: string; readonly region?: string };

export type StackState = {
  /** Its ARN: known to CloudFormation for 90 days after the stack is gone, where the name is free again. */
  readonly stackId: string;
  /** CloudFormation's word, as in UPDATE_COMPLETE. */
  readonly status: string;
  /** Why it is in that state, in CloudFormation's words; '' when there is nothing to say. */
  readonly reason: string;
  readonly description: string;
  /** Termination protection. */
  readonly isProtected: boolean;
  readonly outputs: Readonly<Record<string, string>>;
};

/**
 * Undefined when there is none. The stack may be named by its ARN too. `how`: for an emulator that AWS_ENDPOINT_URL does not
 * name.
 */
export async function stackState(
  { stackName, region }: Place,
  how: CloudFormationClientConfig = clientOptions(region),
): Promise<StackState | undefined> {
  const cloudFormation = new CloudFormationClient(how);
  try {
    const answer = cloudFormation
      .send(new DescribeStacksCommand({ StackName: stackName }))
      .catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error)));
    const [stack] = (await asked(`look at the stack ${stackName}`, answer))?.Stacks ?? [];
    if (stack === undefined || stack.StackStatus === 'DELETE_COMPLETE') return undefined;
    return {
      stackId: stack.StackId ?? '',
      status: stack.StackStatus ?? '',
      reason: stack.StackStatusReason ?? '',
      description: stack.Description ?? '',
      isProtected: stack.EnableTerminationProtection ?? false,
      outputs: Object.fromEntries(
        (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      ),
    };
  } finally {
    cloudFormation.destroy();
  }
}

/** Whether its last deploy, or that deploy's undoing, ended well. */
export const isWhole = (status: string): boolean => /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$/.test(status);

/** Whether CloudFormation is at work on it. REVIEW_IN_PROGRESS is none: a change set that was never carried out. */
export const isAtWork = (status: string): boolean => /(?<!^REVIEW)_IN_PROGRESS$/.test(status);

export type Waiting = {
  readonly signal?: AbortSignal;
  /** Told once, when there is something to wait for. */
  readonly onWait?: (state: StackState) => void;
};

// Interface endpoints and functions in a VPC take CloudFormation the longest: up to 40 minutes to remove.
const SETTLED_MS = 90 * 60_000;
// CloudFormation's own clients look every few seconds; an emulator is done at once.
const LOOK_EVERY_MS = 3_000;

/** The state in which nobody is at work on it; what has not ended within 90 minutes is given as it is. */
export async function settledState(
  place: Place,
  { signal, onWait = () => {} }: Waiting = {},
): Promise<StackState | undefined> {
  const deadlineMs = Date.now() + SETTLED_MS;
  const lookEveryMs = process.env['AWS_ENDPOINT_URL'] ? LOOK_EVERY_MS / 30 : LOOK_EVERY_MS;
  let hasTold = false;
  for (;;) {
    signal?.throwIfAborted();
    const state = await stackState(place);
    if (state === undefined || !isAtWork(state.status) || Date.now() > deadlineMs) return state;
    if (!hasTold) onWait(state);
    hasTold = true;
    await pause(lookEveryMs, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
  }
}
