/** Every setting that the documents name, away from its default and together with others. */
import type { Synthesis } from '../../scripts/assembly-folder.ts';

export type Context = Synthesis['context'];

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret';
export const WRITE_SECRET = `${SECRET}:influx-write-AbCdEf`;
export const READ_SECRET = `${SECRET}:influx-read-GhIjKl`;

const ONE_SUBNET = 'subnet-0123456789abcdef0';
export const SUBNETS = [ONE_SUBNET, 'subnet-0123456789abcdef1'];

/** The database's settings, by what they are about. */
export const DATABASES = {
  /** Reached over the internet; the stack makes the secrets. */
  made: { influxUrl: 'https://influx.example.org:8086' },
  /** All there: nothing is made. */
  given: {
    influxUrl: 'https://influx.example.org/',
    influxOrg: 'Anna & co',
    influxBucket: 'boats',
    influxWriteSecret: WRITE_SECRET,
    influxReadSecret: READ_SECRET,
  },
  /** In a VPC that has nothing for us yet. */
  vpcMade: {
    influxUrl: 'http://10.0.0.5:8086',
    vpcId: 'vpc-0123456789abcdef0',
    vpcSubnetIds: SUBNETS.join(),
    vpcRouteTableIds: 'rtb-0123456789abcdef0',
  },
  /** In a VPC that has all. */
  vpcGiven: {
    influxUrl: 'https://influx.internal',
    influxWriteSecret: WRITE_SECRET,
    influxReadSecret: READ_SECRET,
    vpcId: 'vpc-0123456789abcdef0',
    vpcSubnetIds: JSON.stringify([ONE_SUBNET]),
    vpcSecurityGroupId: 'sg-0123456789abcdef0',
    vpcSecretsManagerEndpoint: 'vpce-0123456789abcdef0',
    vpcSqsEndpoint: 'none',
    vpcS3Endpoint: 'vpce-0123456789abcdef1',
  },
} as const satisfies Readonly<Record<string, Context>>;

/** The page's own name, and what stands before it. */
export const SITE = {
  domain: 'battery.example.org',
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
  webAclArn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/amphora/01234567-89ab-cdef-0123-456789abcdef',
} as const satisfies Context;

/** Of the alarms; by default there are some, and nobody gets a mail. */
export const ALARMS = {
  mailed: { alarmEmail: 'anna@example.org' },
  none: { alarms: 'false' },
} as const satisfies Readonly<Record<string, Context>>;

export const BUDGET = { monthlyBudgetUsd: 20, alarmEmail: 'anna@example.org' } as const satisfies Context;

/** A queue before the writer. */
export const BUFFERED = { ingest: 'buffered' } as const satisfies Context;

/** Everything that can be set, but for the VPC. */
export const ALL = {
  ...DATABASES.given,
  ...SITE,
  ...BUDGET,
  alarms: 'true',
  stackName: 'All',
  topicRoot: 'everything',
  ingest: 'buffered',
  writerConcurrency: 2,
  apiRateLimit: 20,
  apiBurstLimit: 40,
  logRetentionDays: 90,
  signIn: 'cognito',
  signInDomainPrefix: 'anna-and-co',
  signInMfa: 'required',
  machineClient: 'true',
  removalPolicy: 'destroy',
  quarantineDays: 30,
} as const satisfies Context;

export const EMULATOR = { stage: 'emulator', influxUrl: 'http://127.0.0.1:8086' } as const satisfies Context;
export const EMULATOR_WITH_SIGN_IN = {
  ...EMULATOR,
  signIn: 'cognito',
  emulatorUrl: 'http://127.0.0.1:4566',
  machineClient: 'true',
} as const satisfies Context;

export const BUFFERED_IN_VPC = {
  ...BUFFERED,
  ...DATABASES.vpcMade,
  writerConcurrency: 7,
  removalPolicy: 'destroy',
} as const satisfies Context;

export const COMBINATIONS: readonly Context[] = [
  {},
  { store: 'sqlite' },
  { stackName: 'Second-House', topicRoot: 'second' },
  { writerConcurrency: 3, apiRateLimit: 7, apiBurstLimit: 9, logRetentionDays: 365 },
  { store: 'sqlite', stackName: 'A1', topicRoot: 'my_root-2', writerConcurrency: '10', logRetentionDays: '1' },
  ...Object.values(DATABASES),
  { machineClient: 'true' },
  { signInDomainPrefix: 'anna', signInMfa: 'required' },
  { domain: SITE.domain, certificateArn: SITE.certificateArn },
  { webAclArn: SITE.webAclArn },
  { removalPolicy: 'destroy' },
  ALARMS.mailed,
  { ...DATABASES.made, ...ALARMS.none },
  BUFFERED,
  { ...BUFFERED, store: 'sqlite' },
  BUFFERED_IN_VPC,
  { ...BUFFERED, stage: 'emulator', influxUrl: 'http://127.0.0.1:8086' },
  BUDGET,
  { ...BUDGET, ...ALARMS.none },
  ALL,
  { ...ALL, ...DATABASES.vpcMade, removalPolicy: 'retain' },
  EMULATOR,
  { ...EMULATOR, ...ALARMS.none },
  EMULATOR_WITH_SIGN_IN,
];

/** Without CDK's own check against CloudFormation's rules: checks.test.ts does that for all of them in one process. */
export const synthesisOf = (context: Context): Omit<Synthesis, 'root'> => ({ context });
