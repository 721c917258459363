/** The deletion of a stack to its end, begun again while AWS IoT holds on to a policy that was detached a moment ago. */
import { setTimeout as pause } from 'node:timers/promises';
import type { StackPlace } from '../../cloud/deployed-stack.ts';
import { beginDeletion } from '../../cloud/stack-changes.ts';
import { type StackResource, stackResources } from '../../cloud/stack-resources.ts';
import { type StackState, settledState } from '../../cloud/stack-state.ts';

export type Patience = {
  readonly forMs: number;
  readonly lookEveryMs: number;
};

export type Deletion = {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  readonly patience?: Patience;
};

/** What CloudFormation could not delete. */
export type NotDeleted = { readonly state: StackState; readonly stuck: readonly StackResource[] };

// "Because of the distributed nature of AWS, it can take up to five minutes after a policy is detached before it's ready to
// be deleted." (DeletePolicy). An emulator is done at once.
const patienceHere = (): Patience => {
  const factor = process.env['AWS_ENDPOINT_URL'] ? 1 / 60 : 1;
  return { forMs: 6 * 60_000 * factor, lookEveryMs: 20_000 * factor };
};

/** Undefined when it is gone. Throws what the signal says. */
export async function deleteToTheEnd(
  place: StackPlace,
  { say, signal, patience = patienceHere() }: Deletion,
): Promise<NotDeleted | undefined> {
  let deadlineMs: number | undefined;
  for (;;) {
    await beginDeletion(place);
    const state = await settledState(place, { signal });
    if (state === undefined) return undefined;
    const stuck = (await stackResources(place)).filter(({ status }) => status === 'DELETE_FAILED');
    const isHeld = state.status === 'DELETE_FAILED' && stuck.length > 0 && stuck.every(isStillAttached);
    if (!isHeld || performance.now() > (deadlineMs ?? Number.POSITIVE_INFINITY)) return { state, stuck };
    if (deadlineMs === undefined) {
      deadlineMs = performance.now() + patience.forMs;
      const names = stuck.map(({ physicalId }) => physicalId).join(' and ');
      say(
        `AWS IoT has not let go of the ${stuck.length === 1 ? 'policy' : 'policies'} ${names} yet; that takes up to five minutes: deleting again until it has …`,
      );
    }
    await pause(patience.lookEveryMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** In AWS IoT's words: "The policy cannot be deleted as the policy is attached to one or more principals". */
const isStillAttached = ({ type, reason }: StackResource): boolean =>
  type === 'AWS::IoT::Policy' && /attached|DeleteConflict/i.test(reason);
