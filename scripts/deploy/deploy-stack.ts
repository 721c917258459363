/**
 * `npm run deploy`, step by step: everything that can be refused is looked at before anything is changed, what is half done
 * is mended first, and nothing that holds data goes without its name having been typed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Account, account } from '../../cloud/account.ts';
import { changeSet, deleteChangeSet } from '../../cloud/change-set.ts';
import { type DeployedStack, deployedStack } from '../../cloud/deployed-stack.ts';
import { databaseNotice, monthlyCost } from '../../lib/monthly-cost.ts';
import { deploySite } from '../emulator/local-stack.ts';
import { readAssembly } from './assembly.ts';
import { bootstrapped } from './bootstrap.ts';
import { type Cdk, cdk } from './cdk.ts';
import { deployLines, diffLines } from './cdk-lines.ts';
import { failedDeploy } from './failed-deploy.ts';
import type { GivenSettings } from './flags.ts';
import { refuseLosses } from './losses.ts';
import type { Confirm } from './question.ts';
import { readyStack } from './ready-stack.ts';
import { refuseWrongStage } from './stage.ts';
import { refuseTakenRoot } from './topic-root.ts';

export type Deploy = GivenSettings & {
  readonly root: string;
  readonly region: string | undefined;
  /** `--replace`: logical ids of what may go though it holds data. */
  readonly replace: readonly string[];
  /** The command as it was typed, to be typed again. */
  readonly typed: string;
  readonly confirm: Confirm;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

export type Deployed = DeployedStack & { readonly who: Account; readonly pageUrl: string };

export async function deployStack(deploy: Deploy): Promise<Deployed> {
  const { settings, say, signal } = deploy;
  const { stackName, topicRoot } = settings;
  const notice = settings.stage === 'aws' ? databaseNotice(settings) : undefined;
  // First of all: who expects to pay for nothing but use stops here.
  if (notice !== undefined) say(notice);
  const who = await account(deploy.region);
  refuseWrongStage(settings, who);
  say(`Account ${who.account}, region ${who.region}, as ${who.arn}: the stack ${stackName}.`);
  await refuseTakenRoot({ topicRoot, stackName, region: who.region });
  const state = await readyStack({ stackName, region: who.region }, { say, signal });
  // Of its own: two deploys at a time would wait for each other's cdk.out, and give up.
  const folder = await mkdtemp(join(tmpdir(), 'amphora-deploy-'));
  try {
    await deployFrom(folder, deploy, { root: deploy.root, account: who, signal }, state !== undefined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const stack = await deployedStack({ stackName, region: who.region });
  return { ...stack, who, pageUrl: await pageOf(deploy, who, stack) };
}

async function deployFrom(folder: string, deploy: Deploy, run: Cdk, isThere: boolean): Promise<void> {
  const { settings, words, say, confirm } = deploy;
  const { stackName } = settings;
  const { region } = run.account;
  const assemblyFolder = join(folder, 'cdk.out');
  say('Building and synthesizing (cdk synth) …');
  await cdk(['synth', stackName, '--quiet', ...words, '--output', assemblyFolder], run);
  const { notes, bootstrapVersion } = await readAssembly(assemblyFolder, stackName);
  const alreadyTold = [databaseNotice(settings), monthlyCost(settings)];
  for (const note of notes.filter((one) => !alreadyTold.includes(one))) say(`  ${note}`);
  await bootstrapped(run, { version: bootstrapVersion, folder: join(folder, 'bootstrap'), say, confirm });
  // Away from cdk.json, whose build would be run again each time.
  const done: Cdk = { ...run, cwd: folder };
  const app = ['--app', assemblyFolder];
  // The change set below is the truth of what is replaced; this is what a person reads.
  await cdk(['diff', stackName, ...app, '--method', 'template'], { ...done, onLine: diffLines(say) });
  const changes = isThere ? await preparedChanges(app, deploy, done) : 'new';
  if (changes === 'none') return say(`The stack ${stackName} is as it should be: there is nothing to deploy.`);
  const question =
    changes === 'new' ? `Make the stack ${stackName} in ${region}?` : `Change the stack ${stackName} so?`;
  await confirm(question).catch(async (error: unknown) => {
    // One that stays does nothing, and the next deploy replaces it.
    if (changes !== 'new')
      await deleteChangeSet({ stackName, region, changeSetName: CHANGE_SET }).catch(() => undefined);
    throw error;
  });
  say('Deploying (cdk deploy; on AWS CloudFront alone takes some minutes) …');
  const method = changes === 'new' ? [] : ['--method', 'execute-change-set', '--change-set-name', CHANGE_SET];
  const how = ['--require-approval', 'never', '--progress', 'events'];
  const onLine = deployLines(say, () => performance.now());
  await cdk(['deploy', stackName, ...app, ...method, ...how], { ...done, onLine }).catch(async (error: unknown) => {
    throw await failedDeploy(error, { stackName, region }, deploy);
  });
}

// One name, so that the one of an interrupted deploy is replaced by the next.
const CHANGE_SET = 'amphora-deploy';

/** A change set with what this deploy changes, in which nothing is lost; none when it changes nothing. */
async function preparedChanges(app: readonly string[], deploy: Deploy, run: Cdk): Promise<'some' | 'none'> {
  const { stackName } = deploy.settings;
  const prepare = ['--method', 'prepare-change-set', '--change-set-name', CHANGE_SET, '--require-approval', 'never'];
  await cdk(['deploy', stackName, ...app, ...prepare], run);
  const place = { stackName, region: run.account.region, changeSetName: CHANGE_SET };
  const { isEmpty, losses } = await changeSet(place);
  if (isEmpty) return 'none';
  await refuseLosses(place, losses, deploy);
  return 'some';
}

/** Where the page is; in an emulator, after it was put there. */
async function pageOf({ root, settings }: Deploy, { endpoint }: Account, { outputs }: DeployedStack): Promise<string> {
  if (settings.stage === 'aws' || endpoint === undefined) return outputs['PageUrl'] ?? '';
  const { stackName, topicRoot, signIn } = settings;
  const site = await deploySite({ root, endpoint, stackName, topicRoot, hasSignIn: signIn !== undefined }, outputs);
  return site.pageUrl;
}
