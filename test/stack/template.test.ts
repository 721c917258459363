import { beforeAll, describe, expect, test } from '@jest/globals';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { readSettings, type Settings } from '../../lib/settings.ts';
import { COMBINATIONS, type Context, synthesisOf } from './combinations.ts';
import {
  allowed,
  functionVariables,
  ofType,
  ownFunctions,
  SYNTHESIS_TIMEOUT_MS,
  synthesizeAll,
  type Template,
  textOf,
} from './templates.ts';

const BUFFER = 'BufferedMessages6D066B4A';

let templates: readonly Template[] = [];
beforeAll(async () => {
  templates = await synthesizeAll(COMBINATIONS.map(synthesisOf));
}, SYNTHESIS_TIMEOUT_MS);

describe.each(COMBINATIONS.map((context, i) => ({ i, context, title: JSON.stringify(context) })))(
  '$title',
  (combination) => {
    const template = (): Template => templates[combination.i] ?? { Resources: {}, Outputs: {} };
    const settings = settingsOf(combination.context);

    test('every route of the table is deployed, and one fallback, and nothing else', () => {
      const keys = ofType(template(), 'AWS::ApiGatewayV2::Route').map(([, route]) =>
        textOf(route.Properties['RouteKey']),
      );
      expect(keys.toSorted()).toEqual(
        [...ROUTES.map(({ method, path }) => `${method} ${path}`), '$default'].toSorted(),
      );
    });

    test('every route calls a function with payload 2.0, which API Gateway may call', () => {
      const integrations = new Map(ofType(template(), 'AWS::ApiGatewayV2::Integration'));
      for (const [, { Properties }] of ofType(template(), 'AWS::ApiGatewayV2::Route')) {
        const id = textOf(Properties['Target']).replace(/^integrations\/\$\{(.*)\}$/, '$1');
        const integration = integrations.get(id)?.Properties;
        expect(integration).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
        expect(functionsCallableBy(template(), 'apigateway.amazonaws.com')).toContain(
          textOf(integration?.['IntegrationUri']),
        );
      }
    });

    test('requests are bounded and each is logged as one JSON line, for as long as the setting says', () => {
      const [stage] = ofType(template(), 'AWS::ApiGatewayV2::Stage');
      const { DefaultRouteSettings, AccessLogSettings } = stage?.[1].Properties ?? {};
      expect(DefaultRouteSettings).toEqual({
        ThrottlingRateLimit: settings.apiRateLimit,
        ThrottlingBurstLimit: settings.apiBurstLimit,
      });
      expect(Object.keys(JSON.parse(textOf(AccessLogSettings?.['Format'])))).toEqual(
        expect.arrayContaining(['requestId', 'at', 'ip', 'method', 'route', 'status', 'responseMs']),
      );
      const logGroup = textOf(AccessLogSettings?.['DestinationArn']).replace(/^\$\{(.*)\.Arn\}$/, '$1');
      expect(template().Resources[logGroup]?.Properties['RetentionInDays']).toBe(settings.logRetentionDays);
    });

    test('there is a function for each name of the route table, and the writer', () => {
      expect(ownFunctions(template())).toHaveLength(new Set(ROUTES.map((route) => route.function)).size + 1);
    });

    test('every function is Node 24 on arm64 with 256 MB, ends before API Gateway gives up, and logs to its own group', () => {
      const logGroups = new Set<string>();
      const roles = new Set<string>();
      for (const [id, { Properties }] of ownFunctions(template())) {
        expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 256 });
        // No route calls the writer; the redrive ends by itself where a route did.
        if (id !== writer(template()).id && !id.startsWith('Redrive'))
          expect(Number(Properties['Timeout'])).toBeLessThan(29);
        const logGroup = textOf(Properties['LoggingConfig']?.['LogGroup']).slice(2, -1);
        expect(template().Resources[logGroup]?.Properties['RetentionInDays']).toBe(settings.logRetentionDays);
        logGroups.add(logGroup);
        roles.add(textOf(Properties['Role']));
      }
      expect(logGroups.size).toBe(ownFunctions(template()).length);
      expect(roles.size).toBe(logGroups.size);
    });

    test('the writer has 10 s, or 30 s behind a queue, the bucket for what cannot be stored, and as many at once as the setting allows', () => {
      const { Properties } = writer(template());
      const isDirect = settings.ingest === 'direct';
      const { QUARANTINE_BUCKET, TOPIC_ROOT } = Properties['Environment']?.['Variables'] ?? {};
      expect(Number(Properties['Timeout'])).toBe(isDirect ? 10 : 30);
      expect(TOPIC_ROOT).toBe(settings.topicRoot);
      expect(template().Resources[textOf(QUARANTINE_BUCKET).slice(2, -1)]?.Type).toBe('AWS::S3::Bucket');
      expect(Properties['ReservedConcurrentExecutions']).toBe(isDirect ? settings.writerConcurrency : undefined);
    });

    test('a failing writer is tried twice more, for six hours at most, then the message is in its queue', () => {
      const [queue] = ofType(template(), 'AWS::SQS::Queue').find(([id]) => id.startsWith('UnwrittenReadings')) ?? [];
      expect(invokeConfigOf(template(), writer(template()).id)).toEqual([
        {
          FunctionName: { Ref: writer(template()).id },
          Qualifier: '$LATEST',
          MaximumRetryAttempts: 2,
          MaximumEventAgeInSeconds: 21_600,
          DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queue, 'Arn'] } } },
        },
      ]);
    });

    test('the rules listen to the three filters of the topic root, under names that start with the stack', () => {
      const rules = ofType(template(), 'AWS::IoT::TopicRule').map(([, { Properties }]) => Properties);
      const prefix = settings.stackName.replaceAll('-', '_');
      expect(rules.map((rule) => rule['RuleName'])).toEqual(
        ['charge', 'discharge', 'telemetry'].map((name) => `${prefix}_${name}`),
      );
      for (const rule of rules) expect(textOf(rule['RuleName'])).toMatch(/^[A-Za-z0-9_]{1,128}$/);
      const envelope =
        "SELECT encode(*, 'base64') AS payload, topic() AS topic, clientid() AS clientId, principal() AS principal, timestamp() AS receivedAt, traceid() AS traceId";
      expect(rules.map((rule) => rule['TopicRulePayload']?.['Sql'])).toEqual(
        ['charge', 'discharge', '+/telemetry'].map((filter) => `${envelope} FROM '${settings.topicRoot}/${filter}'`),
      );
    });

    test('every rule speaks SQL 2016-03-23, calls the writer or fills its queue only, and hands what it cannot deliver to a queue', () => {
      for (const [, { Properties }] of ofType(template(), 'AWS::IoT::TopicRule')) {
        const payload = Properties['TopicRulePayload'];
        expect(payload).toMatchObject({ AwsIotSqlVersion: '2016-03-23', RuleDisabled: false });
        const [action, ...others] = [payload?.['Actions'] ?? []].flat();
        expect(others).toEqual([]);
        if (settings.ingest === 'direct')
          expect(action).toEqual({ Lambda: { FunctionArn: { 'Fn::GetAtt': [writer(template()).id, 'Arn'] } } });
        else {
          expect(action?.['Sqs']).toMatchObject({ QueueUrl: { Ref: BUFFER }, UseBase64: false });
          expect(sendsTo(template(), action?.['Sqs'])).toBe(BUFFER);
        }
        const errors = sendsTo(template(), payload?.['ErrorAction']?.['Sqs']);
        expect(template().Resources[errors]?.Type).toBe('AWS::SQS::Queue');
        expect(errors).not.toBe(BUFFER);
      }
    });

    test("a rule that calls the writer comes after its permission and after the settings of the writer's retries", () => {
      for (const [, { DependsOn = [], Properties }] of ofType(template(), 'AWS::IoT::TopicRule')) {
        if (settings.ingest === 'buffered') {
          expect(DependsOn).toEqual([]);
          continue;
        }
        const before = DependsOn.map((id) => template().Resources[id]);
        expect(before.map((resource) => resource?.Type)).toContain('AWS::Lambda::EventInvokeConfig');
        const permission = before.find((resource) => resource?.Type === 'AWS::Lambda::Permission')?.Properties;
        expect(permission).toMatchObject({ Principal: 'iot.amazonaws.com', SourceAccount: { Ref: 'AWS::AccountId' } });
        const arn = textOf(permission?.['SourceArn']);
        expect(arn).toBe(
          `arn:\${AWS::Partition}:iot:\${AWS::Region}:\${AWS::AccountId}:rule/${textOf(Properties['RuleName'])}`,
        );
      }
    });

    test('a queue feeds the writer by the batch in buffered mode, and none does in direct mode', () => {
      const mappings = ofType(template(), 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => Properties);
      if (settings.ingest === 'direct') {
        expect(mappings).toEqual([]);
        return;
      }
      expect(mappings).toEqual([
        {
          EventSourceArn: { 'Fn::GetAtt': [BUFFER, 'Arn'] },
          FunctionName: { 'Fn::GetAtt': [writer(template()).id, 'Arn'] },
          BatchSize: 1000,
          MaximumBatchingWindowInSeconds: 1,
          ScalingConfig: { MaximumConcurrency: settings.writerConcurrency ?? 2 },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
      ]);
      const role = textOf(writer(template()).Properties['Role']).replace(/^\$\{(.*)\.Arn\}$/, '$1');
      expect(allowed(template())).toContainEqual({
        id: role,
        actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        resources: [`\${${BUFFER}.Arn}`],
      });
    });

    test('nothing stateful has a physical name, so that it can be replaced and deployed twice', () => {
      const names = Object.values(template().Resources).flatMap(({ Type, Properties }) =>
        ['QueueName', 'BucketName', 'LogGroupName', 'FunctionName', 'RoleName', 'TableName']
          .filter((name) => typeof Properties[name] === 'string')
          .map((name) => `${Type} ${name}`),
      );
      expect(names).toEqual([]);
    });

    test('a function may write to its own log and to no other', () => {
      for (const [, { Properties }] of ofType(template(), 'AWS::Lambda::Function')) {
        const role = textOf(Properties['Role']).replace(/^\$\{(.*)\.Arn\}$/, '$1');
        const log = `\${${textOf(Properties['LoggingConfig']?.['LogGroup']).slice(2, -1)}.Arn}`;
        const [first, ...others] = allowed(template()).filter((statement) => statement.id === role);
        expect(first).toEqual({ id: role, actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [log] });
        expect(JSON.stringify(others)).not.toContain('logs:');
      }
    });

    test('every function counts for this stack', () => {
      for (const variables of functionVariables(template()).values()) {
        expect(variables).toMatchObject({ METRICS_NAMESPACE: 'Amphora', STACK_NAME: settings.stackName });
      }
    });
  },
);

test("the local runtime's template is the deployed one, but for the code of the functions", () => {
  const [deployed, local] = templates.map((template) =>
    JSON.stringify(template).replaceAll(/[0-9a-f]{64}\.zip/g, '<code>.zip'),
  );
  expect(local).toBe(deployed);
});

test('two stacks of two names and roots share no rule name and no topic', () => {
  const [first, , second] = templates.map((template) =>
    ofType(template, 'AWS::IoT::TopicRule').map(([, { Properties }]) => [
      Properties['RuleName'],
      textOf(Properties['TopicRulePayload']?.['Sql']).split('FROM')[1],
    ]),
  );
  expect(first).toHaveLength(3);
  expect(second?.flat().filter((name) => first?.flat().includes(name))).toEqual([]);
});

function settingsOf(context: Context): Settings {
  const read = readSettings(context);
  if (!read.ok) throw new Error(read.reason);
  return read.settings;
}

function writer(template: Template): { readonly id: string; readonly Properties: Template['Outputs'] } {
  const found = ofType(template, 'AWS::Lambda::Function').find(([id]) => id.startsWith('Writer'));
  return { id: found?.[0] ?? '', Properties: found?.[1].Properties ?? {} };
}

function invokeConfigOf(template: Template, functionId: string): readonly Template['Outputs'][] {
  return ofType(template, 'AWS::Lambda::EventInvokeConfig')
    .map(([, { Properties }]) => Properties)
    .filter(({ FunctionName }) => textOf(FunctionName) === `\${${functionId}}`);
}

function functionsCallableBy(template: Template, principal: string): readonly string[] {
  return ofType(template, 'AWS::Lambda::Permission')
    .filter(
      ([, { Properties }]) => textOf(Properties['Principal']) === principal && Properties['SourceArn'] !== undefined,
    )
    .map(([, { Properties }]) => textOf(Properties['FunctionName']));
}

/** The queue that an action of a rule fills, by the one right of its role. */
function sendsTo(template: Template, action: Template['Outputs'] | undefined): string {
  const queue = textOf(action?.['QueueUrl']).slice(2, -1);
  const role = textOf(action?.['RoleArn']).replace(/^\$\{(.*)\.Arn\}$/, '$1');
  const may = allowed(template).filter(({ id }) => id === role);
  expect(may).toEqual([{ id: role, actions: ['sqs:SendMessage'], resources: [`\${${queue}.Arn}`] }]);
  return queue;
}
