import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  BUFFERED_IN_VPC,
  COMBINATIONS,
  type Context,
  DATABASES,
  READ_SECRET,
  SUBNETS,
  synthesisOf,
  WRITE_SECRET,
} from './combinations.ts';
import {
  allowed,
  functionRights,
  functionVariables,
  JOIN_VPC,
  noticesIn,
  ofType,
  ownFunctions,
  ROOT,
  SYNTHESIS_TIMEOUT_MS,
  synthesizedFolders,
  type Template,
  templateIn,
  textOf,
} from './templates.ts';

const NONE: Template = { Resources: {}, Outputs: {} };
// What reaches the database, and which token it has.
const TAKE_MESSAGES = {
  who: 'Writer',
  actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
  resources: ['${BufferedMessages6D066B4A.Arn}'],
};
const COUNT = ['sqs:GetQueueAttributes'];
// The batches of either ask for the right to the single one.
const DRAIN = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
const FAILURE_QUEUES = ['${UnwrittenReadingsCCD825B3.Arn}', '${UndeliveredMessages60CED835.Arn}'];
const DEAD_MESSAGES = '${DeadMessages69EF323C.Arn}';
const READERS = ['Livedata', 'Read', 'Audit', 'Status'];
const WRITERS = ['Writer', 'DirectWrite', 'QuarantineApi', 'Redrive'];
const OTHERS = ['Ingest', 'Health', 'Session', 'Fallback'];

let folders: ReadonlyMap<Context, string> = new Map();
const templateOf = (context: Context): Template => {
  const folder = folders.get(context);
  return folder === undefined ? NONE : templateIn(folder);
};
const noticesOf = (context: Context): readonly string[] => noticesIn(folders.get(context) ?? '');

beforeAll(async () => {
  const made = await synthesizedFolders(COMBINATIONS.map(synthesisOf));
  folders = new Map(COMBINATIONS.map((context, i) => [context, made[i] ?? '']));
}, SYNTHESIS_TIMEOUT_MS);

describe.each(COMBINATIONS.map((context) => ({ context, title: JSON.stringify(context) })))('$title', ({ context }) => {
  const isSet = 'influxUrl' in context;
  const isInVpc = 'vpcId' in context;

  test('a function needs the database or the broker, never both', () => {
    const rights = functionRights(templateOf(context));
    const who = (action: string): readonly string[] => [
      ...new Set(rights.filter(({ actions }) => actions.includes(action)).map((right) => right.who)),
    ];
    expect(who('iot:Publish')).toEqual(['Ingest']);
    expect(who('secretsmanager:GetSecretValue').toSorted()).toEqual(isSet ? [...WRITERS, ...READERS].toSorted() : []);
    for (const [name, variables] of functionVariables(templateOf(context))) {
      const reaches = isSet && !OTHERS.includes(name);
      expect([name, Object.keys(variables).some((key) => key.startsWith('INFLUX_'))]).toEqual([name, reaches]);
    }
  });

  test('only the functions that reach the database are in its VPC', () => {
    for (const [id, { Properties }] of ownFunctions(templateOf(context))) {
      const isPlaced = isInVpc && !OTHERS.some((name) => id.startsWith(name));
      expect([id, Properties['VpcConfig'] !== undefined]).toEqual([id, isPlaced]);
    }
  });

  test('each may do what its work takes, in so many words', () => {
    const template = templateOf(context);
    const root = `arn:\${AWS::Partition}:iot:\${AWS::Region}:\${AWS::AccountId}:topic/${context['topicRoot'] ?? 'battery'}`;
    const [queue] = FAILURE_QUEUES;
    const isBuffered = context['ingest'] === 'buffered';
    const failures = [...FAILURE_QUEUES, ...(isBuffered ? [DEAD_MESSAGES] : [])];
    const buffer = isBuffered ? TAKE_MESSAGES.resources : [];
    const records = '${Quarantine23FF09FE.Arn}/quarantine/*';
    const secrets = secretsOf(template);
    const read = (who: string, secret: string) =>
      isSet ? [{ who, actions: ['secretsmanager:GetSecretValue'], resources: [secret] }] : [];
    const enter = (who: string) => (isInVpc ? [{ who, actions: JOIN_VPC, resources: ['*'] }] : []);
    expect(functionRights(template)).toEqual([
      { who: 'Writer', actions: ['sqs:SendMessage'], resources: [queue] },
      { who: 'Writer', actions: ['s3:GetObject', 's3:PutObject'], resources: [records] },
      ...(isBuffered ? [TAKE_MESSAGES] : []),
      ...read('Writer', secrets.write),
      ...enter('Writer'),
      {
        who: 'Ingest',
        actions: ['iot:Publish'],
        resources: [`${root}/*/telemetry`, `${root}/charge`, `${root}/discharge`],
      },
      ...['DirectWrite'].flatMap((who) => [...read(who, secrets.write), ...enter(who)]),
      ...READERS.filter((who) => who !== 'Status').flatMap((who) => [...read(who, secrets.read), ...enter(who)]),
      { who: 'QuarantineApi', actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], resources: [records] },
      { who: 'QuarantineApi', actions: ['s3:ListBucket'], resources: ['${Quarantine23FF09FE.Arn}'] },
      ...read('QuarantineApi', secrets.write),
      ...enter('QuarantineApi'),
      { who: 'Redrive', actions: ['s3:GetObject', 's3:PutObject'], resources: [records] },
      { who: 'Redrive', actions: DRAIN, resources: failures.toSorted() },
      ...read('Redrive', secrets.write),
      ...enter('Redrive'),
      { who: 'Status', actions: COUNT, resources: [...failures, ...buffer].toSorted() },
      { who: 'Status', actions: ['s3:ListBucket'], resources: ['${Quarantine23FF09FE.Arn}'] },
      ...read('Status', secrets.read),
      ...enter('Status'),
    ]);
  });

  test('no token, and nothing that makes one, stands in the template', () => {
    for (const [, { Properties }] of ofType(templateOf(context), 'AWS::SecretsManager::Secret')) {
      expect(Object.keys(Properties)).toEqual(['Description']);
    }
    expect(JSON.stringify(templateOf(context))).not.toMatch(/resolve:secretsmanager|INFLUX_TOKEN"/);
  });
});

describe('a database that is set', () => {
  test.each([
    ['made', 'https://influx.example.org:8086', 'ENI', 'battery1'],
    ['given', 'https://influx.example.org', 'Anna & co', 'boats'],
  ] as const)('(%s) is what its functions are told', (which, url, org, bucket) => {
    const variables = functionVariables(templateOf(DATABASES[which]));
    for (const name of [...WRITERS, ...READERS]) {
      expect(variables.get(name)).toMatchObject({ INFLUX_URL: url, INFLUX_ORG: org, INFLUX_BUCKET: bucket });
    }
  });

  test('has secrets of the stack where none are given, which say how they are filled', () => {
    const template = templateOf(DATABASES.made);
    const descriptions = ofType(template, 'AWS::SecretsManager::Secret').map(([, { Properties }]) =>
      textOf(Properties['Description']),
    );
    expect(descriptions).toHaveLength(2);
    const outputs = [template.Outputs['InfluxWriteSecretArn'], template.Outputs['InfluxReadSecretArn']];
    for (const words of [...descriptions, ...outputs.map((output) => textOf(output?.['Description']))])
      expect(words).toContain('aws secretsmanager put-secret-value --secret-id');
    const { write, read } = secretsOf(template);
    expect(outputs.map((output) => textOf(output?.['Value']))).toEqual([write, read]);
    expect(write).not.toBe(read);
  });

  test('has the secrets that are given, and the stack makes none', () => {
    for (const context of [DATABASES.given, DATABASES.vpcGiven]) {
      const template = templateOf(context);
      expect(ofType(template, 'AWS::SecretsManager::Secret')).toEqual([]);
      expect(secretsOf(template)).toEqual({ write: WRITE_SECRET, read: READ_SECRET });
      expect(Object.keys(template.Outputs).filter((name) => name.includes('Secret'))).toEqual([]);
    }
  });

  test('and none: the template warns that nothing will be stored', () => {
    const warnings = (context: Context): readonly string[] =>
      noticesOf(context).filter((notice) => notice.startsWith('warning '));
    expect(warnings(COMBINATIONS[0] ?? {})).toEqual([
      expect.stringMatching(/^warning No database is set \(-c influxUrl/),
    ]);
    expect(warnings(DATABASES.given)).toEqual([]);
  });
});

test('whatever is set, nothing is looked up: synthesis needs no credentials', () => {
  const missing = [...folders.values()].map((folder) => {
    const manifest: { readonly missing?: unknown } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    return manifest.missing;
  });
  expect(missing).toEqual(COMBINATIONS.map(() => undefined));
  expect(existsSync(join(ROOT, 'cdk.context.json'))).toBe(false);
});

describe('a VPC', () => {
  const made = (): Template => templateOf(DATABASES.vpcMade);
  const endpoints = (template: Template) => ofType(template, 'AWS::EC2::VPCEndpoint');

  test('with nothing in it gets doors to Secrets Manager and SQS for our functions alone, and one to S3', () => {
    const found = endpoints(made()).map(([, { Properties }]) => ({
      type: textOf(Properties['VpcEndpointType']),
      service: textOf(Properties['ServiceName']),
      privateDns: Properties['PrivateDnsEnabled'],
      where: Properties['SubnetIds'] ?? Properties['RouteTableIds'],
    }));
    const service = (name: string): string => `com.amazonaws.\${AWS::Region}.${name}`;
    expect(found).toEqual([
      { type: 'Interface', service: service('secretsmanager'), privateDns: false, where: SUBNETS },
      { type: 'Interface', service: service('sqs'), privateDns: false, where: SUBNETS },
      { type: 'Gateway', service: service('s3'), privateDns: undefined, where: ['rtb-0123456789abcdef0'] },
    ]);
  });

  test.each([
    ['direct', made, FAILURE_QUEUES, []],
    [
      'buffered',
      () => templateOf(BUFFERED_IN_VPC),
      [...FAILURE_QUEUES, DEAD_MESSAGES],
      [{ actions: COUNT, resources: TAKE_MESSAGES.resources }],
    ],
  ] as const)(
    'lets through its doors only what our functions ask for, in %s mode',
    (_, templateMade, queues, counted) => {
      const template = templateMade();
      const { read, write } = secretsOf(template);
      const through = allowed(template).filter(({ id }) => template.Resources[id]?.Type === 'AWS::EC2::VPCEndpoint');
      expect(through.map(({ actions, resources }) => ({ actions, resources: resources.toSorted() }))).toEqual([
        { actions: ['secretsmanager:GetSecretValue'], resources: [read, write].toSorted() },
        { actions: DRAIN, resources: queues.toSorted() },
        ...counted,
      ]);
    },
  );

  test('has doors that the functions are told of by name, for the public names lead elsewhere', () => {
    const [secretsManager, sqs] = endpoints(made()).map(([id]) => id);
    const nameOfDoor = (id: string | undefined): unknown => ({
      'Fn::Join': [
        '',
        [
          'https://',
          {
            'Fn::Select': [1, { 'Fn::Split': [':', { 'Fn::Select': [0, { 'Fn::GetAtt': [id, 'DnsEntries'] }] }] }],
          },
        ],
      ],
    });
    for (const name of [...WRITERS, ...READERS]) {
      expect(functionVariables(made()).get(name)).toMatchObject({
        AWS_ENDPOINT_URL_SECRETS_MANAGER: nameOfDoor(secretsManager),
        AWS_ENDPOINT_URL_SQS: nameOfDoor(sqs),
      });
    }
  });

  test('lets the functions out to the database and to the doors, and to the doors nobody else', () => {
    const groups = ofType(made(), 'AWS::EC2::SecurityGroup');
    const [functions, doors] = groups;
    const out = functions?.[1].Properties['SecurityGroupEgress'];
    expect(
      JSON.parse(JSON.stringify(out)).map((rule: { FromPort: number; ToPort: number }) => [rule.FromPort, rule.ToPort]),
    ).toEqual([
      [443, 443],
      [8086, 8086],
    ]);
    const groupId = { 'Fn::GetAtt': [functions?.[0], 'GroupId'] };
    expect(doors?.[1].Properties['SecurityGroupIngress']).toMatchObject([
      { FromPort: 443, ToPort: 443, SourceSecurityGroupId: groupId },
    ]);
    expect(groups).toHaveLength(2);
    expect(made().Outputs['FunctionsSecurityGroupId']?.['Value']).toEqual(groupId);
    expect(ofType(made(), 'AWS::Lambda::Function')[0]?.[1].Properties['VpcConfig']).toEqual({
      SubnetIds: SUBNETS,
      SecurityGroupIds: [groupId],
    });
  });

  test("keeps the rights on network interfaces Lambda's own: a function's code is denied them", () => {
    for (const [id, { Properties }] of ofType(made(), 'AWS::IAM::Role')) {
      const text = JSON.stringify(Properties);
      if (!text.includes('ec2:')) continue;
      const denial = { Action: JOIN_VPC, Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } }, Effect: 'Deny' };
      expect([id, text]).toEqual([id, expect.stringContaining(JSON.stringify({ ...denial, Resource: '*' }))]);
    }
  });

  test('that has all is left as it is', () => {
    const template = templateOf(DATABASES.vpcGiven);
    const types = new Set(Object.values(template.Resources).map(({ Type }) => Type));
    expect([...types].filter((type) => type.startsWith('AWS::EC2'))).toEqual([]);
    const [writer] = ofType(template, 'AWS::Lambda::Function');
    expect(writer?.[1].Properties['VpcConfig']).toEqual({
      SubnetIds: [SUBNETS[0]],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    });
    expect(
      Object.keys(functionVariables(template).get('Writer') ?? {}).filter((key) => key.startsWith('AWS_')),
    ).toEqual([]);
  });
});

/** The secrets that the functions are told of. */
function secretsOf(template: Template): { readonly write: string; readonly read: string } {
  const variables = functionVariables(template);
  const of = (name: string): string => textOf(variables.get(name)?.['INFLUX_TOKEN_SECRET'] ?? '');
  return { write: of('Writer'), read: of('Read') };
}
