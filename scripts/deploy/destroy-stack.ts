/**
 * `npm run destroy`, step by step. Devices go first: their certificates would keep the policies, and a policy that is in use
 * keeps the stack. Each step may be cut off, and the same command goes on from there.
 */
import { type Account, account } from '../../cloud/account.ts';
import { awsDeviceRegistry } from '../../cloud/device-registry.ts';
import { isAmphoras } from '../../cloud/own-stack.ts';
import { detachTargets, policyTargets } from '../../cloud/policy-targets.ts';
import { allowDeletion } from '../../cloud/stack-changes.ts';
import { lastEvents, stackResources } from '../../cloud/stack-resources.ts';
import { isAtWork, type StackState, settledState } from '../../cloud/stack-state.ts';
import type { Device, DeviceRegistry } from '../../lambdas/batteries/device-registry.ts';
import { refused } from '../refused.ts';
import { deleteToTheEnd, type NotDeleted } from './delete-stack.ts';
import { emptyBucket } from './empty-bucket.ts';
import type { Confirm } from './question.ts';
import { retainedLines } from './retained.ts';
import { waitingLines } from './waiting.ts';

export type Destroy = {
  readonly stackName: string;
  readonly region: string | undefined;
  /** The command as it was typed, to be typed again. */
  readonly typed: string;
  readonly confirm: Confirm;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

export async function destroyStack(destroy: Destroy): Promise<void> {
  const { stackName, say, signal } = destroy;
  const who = await account(destroy.region);
  const { region } = who;
  const place = { stackName, region };
  const state = await settledState(place, {
    signal,
    onWait: ({ status }) =>
      say(`CloudFormation is at work on the stack ${stackName} (${status}): waiting for its end …`),
  });
  if (state !== undefined) await refuseOthers(place, state);
  const registry = awsDeviceRegistry({
    ...place,
    status: state?.status ?? '',
    outputs: state?.outputs ?? {},
  });
  try {
    const devices = await registry.list('own');
    if (state === undefined && devices.length === 0)
      return say(
        `There is no stack ${stackName} in ${region} of account ${who.account}, and no device of it; nothing was changed.`,
      );
    await agreed(destroy, who, state, devices);
    await removeDevices(registry, devices, destroy);
  } finally {
    registry.close();
  }
  if (state !== undefined) await deleteStack(destroy, who, state);
}

/** What a deploy leaves that was cut off before it made anything: nothing is in it, nor a template that says whose it is. */
const isOnlyPlanned = ({ status, description }: StackState): boolean =>
  status === 'REVIEW_IN_PROGRESS' && description === '';

async function refuseOthers(place: { readonly stackName: string; readonly region: string }, state: StackState) {
  if (isOnlyPlanned(state)) return;
  if (await isAmphoras(place, state)) return;
  throw refused(
    `the stack ${place.stackName} in ${place.region} is not of Amphora (its description: '${state.description}'); it was left as it is. Name the one that is meant with -c stackName=…`,
  );
}

async function agreed(
  { stackName, confirm, say }: Destroy,
  who: Account,
  state: StackState | undefined,
  devices: readonly Device[],
) {
  say(`Account ${who.account}, region ${who.region}, as ${who.arn}:`);
  if (state !== undefined) {
    const planned = isOnlyPlanned(state) ? ': it was only planned, and holds nothing' : '';
    say(`  the stack ${stackName} (${state.status}${planned}${state.isProtected ? ', protected from deletion' : ''})`);
  }
  for (const { battery, certificates } of devices) {
    const ids = certificates.map(({ certificateId }) => `${certificateId.slice(0, ID_TOLD)}…`).join(', ');
    say(`  the device ${battery}, certificates: ${ids || 'none'}`);
  }
  for (const line of await waitingLines(who.region, state?.outputs ?? {})) say(line);
  say('Devices are shut out first. Readings in the database stay: it is not of the stack.');
  const protection = state?.isProtected === true ? ', its protection from deletion too' : '';
  const what = state === undefined ? 'these devices' : `all of this${protection}`;
  await confirm(`Remove ${what}?`);
}

const ID_TOLD = 12;

async function removeDevices(registry: DeviceRegistry, devices: readonly Device[], { say, signal, typed }: Destroy) {
  for (const { battery } of devices) {
    if (signal.aborted)
      throw refused(`stopped as asked; the devices that were not named yet are still there: ${typed}`);
    await registry.remove(battery);
    say(`The device ${battery} is removed.`);
  }
}

async function deleteStack({ stackName, say, signal, typed }: Destroy, who: Account, state: StackState): Promise<void> {
  const { region } = who;
  const place = { stackName, region };
  // Not by its outputs, which a stack that was half deleted no longer has.
  const resources = await stackResources(place);
  const namesOf = (wanted: string) =>
    resources.filter(({ type }) => type === wanted).map(({ physicalId }) => physicalId);
  await detachStrangers(region, namesOf('AWS::IoT::Policy'), say);
  // On AWS a function of the stack empties it.
  if (who.endpoint !== undefined)
    for (const bucket of namesOf('AWS::S3::Bucket')) await emptyBucket(who.endpoint, bucket);
  signal.throwIfAborted();
  if (state.isProtected) await allowDeletion(place);
  say('Deleting the stack (on AWS CloudFront alone takes some minutes) …');
  const left = await deleteToTheEnd(place, { say, signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    throw refused(`stopped as asked; CloudFormation goes on by itself. Typed again, this waits for its end: ${typed}`);
  });
  if (left !== undefined) throw await notDeleted(place, left, typed);
  say(`The stack ${stackName} is deleted.`);
  const retained = isOnlyPlanned(state) ? [] : await retainedLines(region, state.stackId);
  if (retained.length > 0) {
    say('Left in the account on purpose, with the line that deletes it for good:');
    for (const line of retained) say(line);
  }
  say('The stack CDKToolkit of cdk bootstrap stays: other stacks of the account may use it.');
}

/** Certificates that somebody gave one of the stack's policies by hand: they stay, without it. */
async function detachStrangers(region: string, policyNames: readonly string[], say: (line: string) => void) {
  const targets = await policyTargets(region, policyNames);
  for (const { policyName, arn } of targets)
    say(`${arn} is of no device of this stack: the policy ${policyName} is taken from it.`);
  await detachTargets(region, targets);
}

async function notDeleted(
  place: { readonly stackName: string; readonly region: string },
  { state, stuck }: NotDeleted,
  typed: string,
) {
  const { stackId, status, reason } = state;
  if (isAtWork(status))
    return refused(
      `CloudFormation is still at it after 90 minutes (${status}); look at the stack in its console. Typed again, this waits on: ${typed}`,
    );
  // An emulator tells it of the events alone.
  const told = stuck.length > 0 ? stuck : await lastEvents({ ...place, stackName: stackId }, /^DELETE_FAILED$/);
  const reasons = told.map((one) => `  ${one.logicalId} (${one.type}): ${one.reason || one.status}`);
  return refused(
    [
      `CloudFormation could not delete all of the stack ${place.stackName} (${status}):`,
      ...(reasons.length === 0 ? [`  ${reason}`] : reasons),
      `Mend that and type it again: ${typed}`,
    ].join('\n'),
  );
}
