/** Whether what devices send gets into the database: rules, failure queues, the database's place and token, free functions. */

import { bucketDepth } from '../../cloud/bucket-depth.ts';
import { outputOf } from '../../cloud/deployed-stack.ts';
import { functionEnvironment, functionOf, functionsAtOnce } from '../../cloud/functions.ts';
import { lookIntoQueue } from '../../cloud/queue-depth.ts';
import { isSecretFilled } from '../../cloud/secret-state.ts';
import { topicRootOwners } from '../../cloud/topic-root-owners.ts';
import { type TopicRule, topicRules } from '../../cloud/topic-rules.ts';
import type { Finding } from '../../local/finding.ts';
import type { Looked } from './look.ts';
import { quarantineFinding, redriveLine } from './unstored-findings.ts';

const MADE_AGAIN = 'npm run deploy with its settings, after npx cdk drift has shown what was changed by hand';

export async function ruleFindings({ stack, resources }: Looked): Promise<readonly Finding[]> {
  const { region, stackName } = stack;
  const topicRoot = outputOf(stack, 'TopicRoot');
  const names = resources.filter(({ type }) => type === 'AWS::IoT::TopicRule').map(({ physicalId }) => physicalId);
  const rules = await topicRules(region, names);
  const faults = rules
    .map((rule, at) => ruleFault(rule, names[at] ?? '', topicRoot, region))
    .filter((one) => one !== undefined);
  const others = (await topicRootOwners({ topicRoot, stackName, region })).filter(({ isDisabled }) => !isDisabled);
  const shared: readonly Finding[] = others.map(
    ({ ruleName, topicFilter, stackName: owner = 'no stack of Amphora' }) => ({
      subject: 'rules',
      level: 'problem',
      sentence: `the rule ${ruleName} of ${owner} hears '${topicFilter}' too: every message is taken twice`,
      next: `give one of the two stacks another root (-c topicRoot=…), or remove that rule`,
    }),
  );
  if (faults.length + shared.length > 0) return [...faults, ...shared];
  const filters = rules.map((rule) => rule?.topicFilter).join(', ');
  return [{ subject: 'rules', level: 'ok', sentence: `${rules.length} rules are switched on and hear ${filters}` }];
}

function ruleFault(rule: TopicRule | undefined, name: string, topicRoot: string, region: string): Finding | undefined {
  const problem = (sentence: string, next: string): Finding => ({ subject: 'rules', level: 'problem', sentence, next });
  if (rule === undefined) return problem(`the rule ${name} is not there: its messages go nowhere`, MADE_AGAIN);
  if (rule.isDisabled)
    return problem(
      `the rule ${name} is switched off: messages on '${rule.topicFilter}' go nowhere`,
      `aws iot enable-topic-rule --region ${region} --rule-name ${name}`,
    );
  if (rule.topicFilter.split('/')[0] !== topicRoot)
    return problem(`the rule ${name} hears '${rule.topicFilter}', which is not below ${topicRoot}/`, MADE_AGAIN);
  if (!rule.hasErrorAction)
    return problem(`the rule ${name} has no error action: what it cannot hand on is lost`, MADE_AGAIN);
  return undefined;
}

const QUEUES = [
  ['UnwrittenReadingsUrl', 'could not be stored'],
  ['UndeliveredMessagesUrl', 'could not be handed to the writer'],
  // With ingest=buffered.
  ['DeadMessagesUrl', 'the writer did not live through'],
] as const;
const OPTIONAL: ReadonlySet<string> = new Set(['DeadMessagesUrl']);
// lib/failure-queue.ts: SQS deletes a message after fourteen days.
const KEPT_DAYS = 14;
const DAY_MS = 24 * 3600_000;

export async function queueFindings({ stack, apiFlags, nowMs }: Looked): Promise<readonly Finding[]> {
  const subject = 'queues';
  const findings: Finding[] = [];
  for (const [output, what] of QUEUES) {
    if (OPTIONAL.has(output) && stack.outputs[output] === undefined) continue;
    const url = outputOf(stack, output);
    const depth = await lookIntoQueue(stack.region, url);
    if (depth === undefined)
      findings.push({ subject, level: 'problem', sentence: `the queue of messages that ${what} is gone: ${url}` });
    else if (depth.messages > 0) {
      const days = depth.oldestAtMs === undefined ? undefined : (nowMs() - depth.oldestAtMs) / DAY_MS;
      const since = days === undefined ? '' : `, one of them for ${ageOf(days)}`;
      const isUrgent = days !== undefined && days > KEPT_DAYS / 2;
      findings.push({
        subject,
        level: isUrgent ? 'problem' : 'warning',
        sentence: `${depth.messages} ${depth.messages === 1 ? 'message' : 'messages'} ${what}${since}; SQS deletes each after ${KEPT_DAYS} days`,
        next: redriveLine(apiFlags),
      });
    }
  }
  if (findings.length > 0) return findings;
  return [{ subject, level: 'ok', sentence: 'the failure queues are empty' }];
}

export async function quarantineFindings({ stack, apiFlags }: Looked): Promise<readonly Finding[]> {
  // A stack of an older Amphora has none.
  const bucket = stack.outputs['QuarantineBucketName'];
  if (bucket === undefined) return [];
  const depth = await bucketDepth(stack.region, bucket);
  if (depth !== undefined) return [quarantineFinding(depth.objects, depth.isMore, apiFlags)];
  return [
    {
      subject: 'quarantine',
      level: 'problem',
      sentence: `the bucket of what could not be stored is gone: ${bucket}; such messages end in a failure queue`,
      next: MADE_AGAIN,
    },
  ];
}

function ageOf(days: number): string {
  if (days >= 2) return `${Math.floor(days)} days`;
  const hours = Math.floor(days * 24);
  return hours >= 2 ? `${hours} hours` : `${Math.max(0, Math.round(days * 24 * 60))} minutes`;
}

export async function databaseFindings({ stack, resources }: Looked): Promise<readonly Finding[]> {
  const subject = 'database';
  const { region } = stack;
  const [writer, reader] = [functionOf(resources, 'Writer'), functionOf(resources, 'Read')];
  if (writer === undefined || reader === undefined)
    return [
      {
        subject,
        level: 'problem',
        sentence: 'the stack has no functions that write and read',
        next: 'npm run deploy, with its settings',
      },
    ];
  const environment = await functionEnvironment(region, writer);
  const { INFLUX_URL: url, INFLUX_TOKEN_SECRET: writeSecret } = environment;
  if (url === undefined)
    return [
      {
        subject,
        level: 'problem',
        sentence: 'no database is set: every message ends in a failure queue',
        next: 'npm run deploy -- -c influxUrl=https://…, besides its other settings',
      },
    ];
  const { INFLUX_TOKEN_SECRET: readSecret } = await functionEnvironment(region, reader);
  const findings: Finding[] = [
    { subject, level: 'ok', sentence: `the functions store at ${url}, bucket ${environment['INFLUX_BUCKET']}` },
  ];
  for (const [token, arn] of [
    ['write', writeSecret],
    ['read', readSecret],
  ] as const) {
    if (arn === undefined || (await isSecretFilled(region, arn))) continue;
    findings.push({
      subject,
      level: 'problem',
      sentence: `the secret of the database's ${token} token is empty`,
      next: `aws secretsmanager put-secret-value --region ${region} --secret-id ${arn} --secret-string file://${token}-token`,
    });
  }
  return findings;
}

// A new account may have ten ("Lambda quotas": "New AWS accounts have reduced concurrency and memory quotas").
const ENOUGH_AT_ONCE = 100;

export async function quotaFindings({ stack }: Looked): Promise<readonly Finding[]> {
  const subject = 'functions';
  const atOnce = await functionsAtOnce(stack.region);
  if (atOnce >= ENOUGH_AT_ONCE)
    return [
      { subject, level: 'ok', sentence: `${atOnce} functions of this account may run at once in ${stack.region}` },
    ];
  return [
    {
      subject,
      level: 'warning',
      sentence: `only ${atOnce} functions of this account may run at once in ${stack.region}: enough for a home; at more the API answers 503, and messages are stored later`,
      next: `aws service-quotas request-service-quota-increase --region ${stack.region} --service-code lambda --quota-code L-B99A9384 --desired-value 1000`,
    },
  ];
}
