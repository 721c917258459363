/** What became of the stack when `cdk deploy` failed, beside what `cdk` printed. */
import type { StackPlace } from '../../cloud/deployed-stack.ts';
import { stackState } from '../../cloud/stack-state.ts';
import { messageOf } from '../../lambdas/aws/log.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { refused } from '../refused.ts';

export type Tried = {
  /** The command as it was typed, to be typed again. */
  readonly typed: string;
  /** Of the deploy. */
  readonly signal: AbortSignal;
};

/** The error to throw instead. */
export async function failedDeploy(error: unknown, place: StackPlace, { typed, signal }: Tried): Promise<unknown> {
  if (!(error instanceof AmphoraError)) return error;
  if (signal.aborted)
    return refused(
      `stopped as asked; CloudFormation goes on by itself with what it has begun. Typed again, this waits for that and goes on: ${typed}`,
      error,
    );
  return refused(`${error.message}\n${await whatBecame(place, typed)}`, error);
}

async function whatBecame(place: StackPlace, typed: string): Promise<string> {
  try {
    return meaningOf((await stackState(place))?.status);
  } catch (cause) {
    // What made `cdk` fail, credentials that expired or a network that was lost, is in the way of this look too.
    return `What became of the stack could not be looked at (${messageOf(cause)}). Typed again, this waits for CloudFormation's end and goes on: ${typed}`;
  }
}

/** Undefined: CloudFormation has no such stack. */
function meaningOf(status: string | undefined): string {
  switch (status) {
    case undefined:
      return 'There is no such stack: nothing was made.';
    case 'REVIEW_IN_PROGRESS':
      return 'The stack was only planned: nothing was made.';
    case 'ROLLBACK_COMPLETE':
      return 'CloudFormation has taken back what it had made: nothing is left that works. Typed again, it begins anew.';
    case 'UPDATE_ROLLBACK_COMPLETE':
      return 'CloudFormation has undone the change: the stack is as it was, and works.';
    default:
      return `The stack is now ${status}.`;
  }
}
