/**
 * A stack to a state from which a deploy can go on. What an interrupted or failed deploy left is mended where nothing can be
 * lost by it; everything else is a sentence with what to type.
 */

import { holderName } from '../../cloud/change-set.ts';
import type { StackPlace } from '../../cloud/deployed-stack.ts';
import { isAmphoras } from '../../cloud/own-stack.ts';
import { allowDeletion, beginDeletion, beginRollback, continueRollback } from '../../cloud/stack-changes.ts';
import { lastEvents, type StackResource, stackResources } from '../../cloud/stack-resources.ts';
import { isAtWork, isWhole, type StackState, settledState, type Waiting } from '../../cloud/stack-state.ts';
import { refused } from '../refused.ts';
import { retainedLines } from './retained.ts';

export type Mending = {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** The stack as it is there; undefined when the deploy makes it anew. */
export async function readyStack(place: Required<StackPlace>, mending: Mending): Promise<StackState | undefined> {
  const { stackName } = place;
  const state = await settledState(place, waiting(place, mending));
  if (state === undefined || state.status === 'REVIEW_IN_PROGRESS') return undefined;
  const { status } = state;
  if (!(await isAmphoras(place, state)))
    throw refused(
      `there is a stack ${stackName} that is not of Amphora (its description: '${state.description}'); give this one another name with -c stackName=…`,
    );
  if (isWhole(status)) return state;
  switch (status) {
    case 'CREATE_FAILED':
    case 'ROLLBACK_FAILED':
    case 'ROLLBACK_COMPLETE':
      return removeFailedCreation(place, state, mending);
    case 'UPDATE_FAILED':
      return undoUpdate(place, beginRollback, mending);
    case 'UPDATE_ROLLBACK_FAILED':
      return undoUpdate(place, continueRollback, mending);
    case 'DELETE_FAILED':
      throw refused(
        `the stack ${stackName} was being deleted, and CloudFormation could not finish (${state.reason}); finish that with npm run destroy -- -c stackName=${stackName}, then deploy again`,
      );
    default:
      throw refused(
        isAtWork(status)
          ? `CloudFormation is still at work on the stack ${stackName} (${status}); look at it in the console, and type the same again when it is done`
          : `the stack ${stackName} is in the state ${status}, from which no deploy goes on; look at it in CloudFormation's console`,
      );
  }
}

const waiting = ({ stackName }: StackPlace, { say, signal }: Mending): Waiting => ({
  signal,
  onWait: ({ status }) => say(`CloudFormation is at work on the stack ${stackName} (${status}): waiting for its end …`),
});

/**
 * Its first deploy never ended well, so nothing was ever stored through it. `cdk` would delete it by itself, but switched the
 * termination protection on before the deploy began, and fails at that.
 */
async function removeFailedCreation(
  place: Required<StackPlace>,
  { stackId, status, isProtected }: StackState,
  mending: Mending,
): Promise<undefined> {
  const { stackName } = place;
  const holders = (await stackResources(place)).filter(
    ({ type, status: state }) => holderName(type) !== undefined && state !== 'DELETE_SKIPPED',
  );
  if (holders.length > 0 && status !== 'ROLLBACK_COMPLETE')
    throw refused(
      `the first deploy of the stack ${stackName} failed (${status}) and left what may hold data: ${holders.map(nameOf).join(', ')}. Look at it, remove it with npm run destroy -- -c stackName=${stackName}, then deploy again`,
    );
  mending.say(`The first deploy of the stack ${stackName} failed (${status}): removing what it left …`);
  if (isProtected) await allowDeletion(place);
  await beginDeletion(place);
  const after = await settledState(place, waiting(place, { ...mending, say: () => {} }));
  if (after !== undefined) {
    const stuck = await lastEvents({ ...place, stackName: stackId }, /^DELETE_FAILED$/);
    throw refused(
      `what the failed first deploy of ${stackName} left could not be removed (${after.status}): ${reasonsOf(stuck) || after.reason}. Remove that by hand, then type the same again`,
    );
  }
  // What is retained is retained at a failed creation too, where the template does not say otherwise.
  const retained = await retainedLines(place.region, stackId);
  if (retained.length > 0) mending.say('It left this, which nothing uses, with the line that deletes it:');
  for (const line of retained) mending.say(line);
}

async function undoUpdate(
  place: StackPlace,
  begin: (place: StackPlace) => Promise<void>,
  mending: Mending,
): Promise<StackState> {
  const { stackName } = place;
  mending.say(`The last update of the stack ${stackName} failed half-way: undoing it …`);
  await begin(place);
  const state = await settledState(place, waiting(place, { ...mending, say: () => {} }));
  if (state !== undefined && isWhole(state.status)) return state;
  const stuck = await lastEvents(place, /^UPDATE_FAILED$/);
  throw refused(
    `the failed update of the stack ${stackName} cannot be undone (${state?.status ?? 'it is gone'}): ${reasonsOf(stuck.slice(0, REASONS_TOLD)) || state?.reason}. Mend that, or leave what is stuck as it is, npx cdk rollback ${stackName} --orphan LOGICAL_ID; then type the same again`,
  );
}

const REASONS_TOLD = 3;

const nameOf = ({ logicalId, type }: StackResource): string => `${logicalId} (${type})`;

const reasonsOf = (resources: readonly StackResource[]): string =>
  resources.map((one) => `${nameOf(one)}: ${one.reason || one.status}`).join('; ');
