/** `cdk bootstrap`: the bucket and the roles that every deploy by the CDK needs, once for each account and region. */
import { isWhole, type StackState, settledState } from '../../cloud/stack-state.ts';
import { refused } from '../refused.ts';
import { type Cdk, cdk } from './cdk.ts';

const TOOLKIT = 'CDKToolkit';

export type Bootstrap = {
  /** The least version that is wanted. */
  readonly version: number;
  /** Where `cdk` may put what it synthesizes. */
  readonly folder: string;
  readonly say: (line: string) => void;
  /** Asked before the account is changed. */
  readonly confirm: (question: string) => Promise<void>;
};

/** Makes it, or brings it up to date, when that is needed. */
export async function bootstrapped(run: Cdk, { version, folder, say, confirm }: Bootstrap): Promise<void> {
  const { account, region } = run.account;
  const state = await settledState(
    { stackName: TOOLKIT, region },
    { signal: run.signal, onWait: ({ status }) => say(`cdk bootstrap is at work here (${status}): waiting …`) },
  );
  const found = Number(state?.outputs['BootstrapVersion'] ?? 0);
  if (state !== undefined && isWhole(state.status) && found >= version) return;
  refuseStuck(state, region);
  const why =
    state === undefined || found === 0
      ? 'is not prepared for the CDK yet'
      : `has version ${found} of what the CDK needs, and this deploy wants ${version}`;
  say(`Account ${account} in ${region} ${why}.`);
  await confirm(`Prepare it (cdk bootstrap: a bucket, an image repository and five roles)?`);
  say('Preparing the account (cdk bootstrap) …');
  await cdk(['bootstrap', `aws://${account}/${region}`, '--output', folder], run);
}

function refuseStuck(state: StackState | undefined, region: string): void {
  const { status = '', reason = '' } = state ?? {};
  if (!/^(DELETE_FAILED|UPDATE_ROLLBACK_FAILED|ROLLBACK_FAILED)$/.test(status)) return;
  throw refused(
    `the stack ${TOOLKIT} of cdk bootstrap is stuck in ${region} (${status}: ${reason}); mend or delete it in CloudFormation's console, and type the same again`,
  );
}
