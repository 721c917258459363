/** What ./amphora doctor finds of a stack on AWS, from the credentials to the page: each thing that a reading or a person needs. */
import { type Account, account } from '../../cloud/account.ts';
import { apiAddress } from '../../cloud/api-address.ts';
import { type DeployedStack, deployedStack, type StackPlace } from '../../cloud/deployed-stack.ts';
import { stackResources } from '../../cloud/stack-resources.ts';
import { isAtWork, isWhole } from '../../cloud/stack-state.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import type { Finding } from '../../local/finding.ts';
import { quoted } from '../../local/shell-word.ts';
import { deviceFindings, endpointFindings } from './device-findings.ts';
import type { Looked } from './look.ts';
import {
  databaseFindings,
  quarantineFindings,
  queueFindings,
  quotaFindings,
  ruleFindings,
} from './message-findings.ts';
import { webFindings } from './web-findings.ts';

export type AwsDoctor = StackPlace & {
  /** Whose device is looked at closely; undefined: all are, from afar. */
  readonly battery: string | undefined;
  readonly nowMs: () => number;
};

/** One part. What it cannot look at it throws as an AmphoraError. */
type Part = readonly [subject: string, find: (looked: Looked) => Promise<readonly Finding[]>];

const PARTS: readonly Part[] = [
  ['MQTT', endpointFindings],
  ['devices', deviceFindings],
  ['rules', ruleFindings],
  ['queues', queueFindings],
  ['quarantine', quarantineFindings],
  ['database', databaseFindings],
  ['functions', quotaFindings],
  ['web', webFindings],
];

export async function awsFindings(doctor: AwsDoctor): Promise<readonly Finding[]> {
  const { stackName, region, battery, nowMs } = doctor;
  const who = await attempt('credentials', () => account(region));
  if (!who.ok) return [who.finding];
  const found = await attempt('stack', () => deployedStack({ stackName, region: who.value.region }));
  if (!found.ok) return [credentials(who.value), found.finding];
  const stack = found.value;
  const begun = [credentials(who.value), stackFinding(stack), outputsFinding(stack)];
  const flags = `--stack ${quoted(stackName)} --region ${stack.region}`;
  const parts = await attempt('stack', () => stackResources(stack));
  if (!parts.ok) return [...begun, parts.finding];
  const looked: Looked = { stack, resources: parts.value, flags, apiFlags: apiFlags(stack), battery, nowMs };
  const findings: Finding[] = [...begun];
  for (const [subject, find] of PARTS) {
    const part = await attempt(subject, () => find(looked));
    findings.push(...(part.ok ? part.value : [part.finding]));
  }
  return findings;
}

/** As a terminal signs in: at the page's address, below which the API is. An emulator has them apart. */
function apiFlags({ outputs }: DeployedStack): string {
  const { PageUrl: page, ApiUrl: api, DistributionId: distribution } = outputs;
  if (page !== undefined && distribution !== undefined) return `--url ${quoted(new URL('api', page).href)}`;
  return `--url ${api === undefined ? 'https://PAGE/api' : quoted(apiAddress(api))}`;
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly finding: Finding };

async function attempt<T>(subject: string, look: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await look() };
  } catch (error) {
    if (!(error instanceof AmphoraError)) throw error;
    return { ok: false, finding: { subject, level: 'unknown', sentence: `not looked at: ${error.message}` } };
  }
}

const credentials = ({ arn, account: id }: Account): Finding => ({
  subject: 'credentials',
  level: 'ok',
  sentence: `AWS takes them: ${arn} of account ${id}`,
});

const againLine = (stackName: string): string =>
  `npm run deploy -- -c stackName=${quoted(stackName)}, with the settings that it was deployed with`;

function stackFinding({ stackName, region, status }: DeployedStack): Finding {
  const subject = 'stack';
  if (isWhole(status)) return { subject, level: 'ok', sentence: `${stackName} in ${region} is whole (${status})` };
  if (isAtWork(status))
    return {
      subject,
      level: 'warning',
      sentence: `CloudFormation is at work on ${stackName} in ${region} (${status})`,
    };
  return {
    subject,
    level: 'problem',
    sentence: `${stackName} in ${region} is not whole (${status})`,
    next: againLine(stackName),
  };
}

// Of those that every stack of this Amphora gives out: lib/amphora-stack.ts.
const OUTPUTS = ['ApiUrl', 'SiteBucketName', 'DevicePolicyName', 'DemoTopicsPolicyName', 'TopicRoot'];

function outputsFinding({ stackName, outputs }: DeployedStack): Finding {
  const subject = 'outputs';
  const missing = OUTPUTS.filter((name) => outputs[name] === undefined);
  if (missing.length === 0) return { subject, level: 'ok', sentence: 'the stack gives out what the commands need' };
  return {
    subject,
    level: 'problem',
    sentence: `the stack has no ${missing.join(', ')}: it was deployed by an older Amphora, or not to its end`,
    next: againLine(stackName),
  };
}
