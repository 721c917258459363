import { describe, expect, test } from '@jest/globals';
import { type LocalTemplate, readTemplate } from '../../local/template.ts';
import { assets, RESOURCES } from './template-resources.ts';

const OUTPUTS = {
  PageClientId: { Value: { Ref: 'PageClient' } },
  CliClientId: { Value: 'somewhere-else' },
  MachineClientId: { Value: { Ref: 'MachineClient' } },
};

function read(resources: object, files: unknown = assets): LocalTemplate {
  const template = { Resources: resources, Outputs: OUTPUTS };
  return readTemplate({ template, assets: files, folder: '/out', queueUrl: (id) => `http://127.0.0.1:1/0/${id}` });
}

function refusal(resources: object, files: unknown = assets): string {
  try {
    read(resources, files);
    return 'read';
  } catch (error) {
    expect(error).toMatchObject({ code: 'setting-invalid', retry: false });
    return String(Object(error).message);
  }
}

/** The stack with one resource's properties changed. */
function changed(id: keyof typeof RESOURCES, properties: object): object {
  const { Type, Properties } = RESOURCES[id];
  return { ...RESOURCES, [id]: { Type, Properties: { ...Properties, ...properties } } };
}

describe('template', () => {
  test('its functions have their bundle, limits and variables, with Lambda’s own where none are said', () => {
    expect(read(RESOURCES).functions).toEqual([
      {
        logicalId: 'Writer',
        modulePath: '/out/asset.abc123/index.js',
        handlerName: 'handler',
        timeoutMs: 10_000,
        memoryMb: 256,
        env: { TOPIC_ROOT: 'battery', FAILURE_QUEUE_URL: 'http://127.0.0.1:1/0/Failures', N: '5' },
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:Writer',
      },
      {
        logicalId: 'Bare',
        modulePath: '/out/asset.abc123/read.js',
        handlerName: 'main',
        timeoutMs: 3_000,
        memoryMb: 128,
        env: {},
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:Bare',
      },
    ]);
  });

  test('its routes have their function and whether they are authorized', () => {
    expect(read(RESOURCES).routes).toEqual([
      { routeKey: 'POST /charge', functionId: 'Bare', authorization: 'AWS_IAM' },
      { routeKey: 'GET /health', functionId: 'Bare', authorization: 'NONE' },
      {
        routeKey: 'GET /livedata',
        functionId: 'Bare',
        authorization: 'JWT',
        authorizerId: 'Authorizer',
        scopes: ['battery/read'],
      },
    ]);
  });

  test('its sign-in has the authorizer, the clients with Cognito’s own values where none are said, and who is who', () => {
    expect(read(RESOURCES).signIn).toEqual({
      authorizers: [
        {
          logicalId: 'Authorizer',
          issuer: 'https://cognito-idp.us-east-1.example/Pool',
          audience: ['PageClient'],
          header: 'authorization',
        },
      ],
      clients: [
        {
          id: 'PageClient',
          redirects: ['https://page.example/'],
          logouts: ['https://page.example/'],
          scopes: ['openid', 'battery/read'],
          flows: ['code'],
          hasSecret: false,
          accessMinutes: 15,
          refreshMinutes: 43_200,
        },
        {
          id: 'MachineClient',
          redirects: [],
          logouts: [],
          scopes: [],
          flows: ['client_credentials'],
          hasSecret: true,
          accessMinutes: 60,
          refreshMinutes: 43_200,
        },
      ],
      clientIds: { page: 'PageClient', commandLine: 'somewhere-else', machine: 'MachineClient' },
    });
  });

  test('an integration by the invocation address of API Gateway is the same function', () => {
    const uri = [
      '',
      ['arn:aws:apigateway:r:lambda:path/2015-03-31/functions/', { 'Fn::GetAtt': ['Writer', 'Arn'] }, '/invocations'],
    ];
    const { routes } = read(changed('Integration', { IntegrationUri: { 'Fn::Join': uri } }));
    expect(routes[0]?.functionId).toBe('Writer');
  });

  test('its rules have their SQL and their functions', () => {
    expect(read(RESOURCES).rules).toEqual([
      {
        name: 'amphora_charge',
        sql: "SELECT topic() AS topic FROM 'battery/charge'",
        sqlVersion: '2016-03-23',
        functionIds: ['Writer'],
        queueIds: [],
      },
    ]);
  });

  test('a rule that is switched off calls nothing', () => {
    const { TopicRulePayload } = RESOURCES.Rule.Properties;
    const { rules } = read(changed('Rule', { TopicRulePayload: { ...TopicRulePayload, RuleDisabled: true } }));
    expect(rules[0]?.functionIds).toEqual([]);
  });

  test('its queues have their dead letters, and who polls them, with the services’ own values where none are said', () => {
    const { TopicRulePayload } = RESOURCES.Rule.Properties;
    const RoleArn = 'arn:aws:iam::1:role/r';
    const buffered = {
      ...changed('Rule', {
        TopicRulePayload: {
          ...TopicRulePayload,
          Actions: [{ Sqs: { QueueUrl: { Ref: 'Buffer' }, RoleArn, UseBase64: false } }],
        },
      }),
      Buffer: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          VisibilityTimeout: 180,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 1000 },
        },
      },
      Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
      Feed: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Buffer', 'Arn'] },
          FunctionName: { 'Fn::GetAtt': ['Writer', 'Arn'] },
          BatchSize: 1000,
          MaximumBatchingWindowInSeconds: 1,
          ScalingConfig: { MaximumConcurrency: 3 },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
      },
      Bare2: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, FunctionName: { Ref: 'Bare' } },
      },
      Off: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: 'arn:aws:sqs:r:1:Gone', FunctionName: { Ref: 'Bare' }, Enabled: false },
      },
    };
    const { rules, queues, mappings, notEmulated } = read(buffered);
    expect(rules[0]).toMatchObject({ functionIds: [], queueIds: ['Buffer'] });
    expect(queues).toEqual(
      expect.arrayContaining([
        { name: 'Buffer', visibilityMs: 180_000, redrive: { deadLetterQueue: 'Dead', maxReceiveCount: 1000 } },
        { name: 'Dead', visibilityMs: 30_000 },
      ]),
    );
    expect(mappings).toEqual([
      {
        queueId: 'Buffer',
        functionId: 'Writer',
        settings: { batchSize: 1000, windowMs: 1000, maxConcurrency: 3, reportsItemFailures: true },
      },
      {
        queueId: 'Dead',
        functionId: 'Bare',
        settings: { batchSize: 10, windowMs: 0, maxConcurrency: 5, reportsItemFailures: false },
      },
    ]);
    expect(notEmulated).toEqual(read(RESOURCES).notEmulated);
    const { Buffer: _, ...without } = buffered;
    expect(refusal(without)).toContain('an event source mapping polls Buffer, which is no queue of the template');
  });

  test('its retries have the destination, with Lambda’s own where none are said', () => {
    expect([...read(RESOURCES).retriesByFunctionId]).toEqual([
      ['Writer', { retries: 1, maxAgeMs: 60_000, onFailureQueueId: 'Failures' }],
    ]);
    const bare = {
      ...RESOURCES,
      Retries: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: { FunctionName: { Ref: 'Bare' } } },
    };
    expect([...read(bare).retriesByFunctionId]).toEqual([
      ['Bare', { retries: 2, maxAgeMs: 21_600_000, onFailureQueueId: undefined }],
    ]);
  });

  test('what is not emulated is told once, by type and property', () => {
    const bucket = { Type: 'AWS::S3::Bucket', Properties: {} };
    const { notEmulated } = read({ ...RESOURCES, Site: bucket, Site2: bucket });
    expect(notEmulated).toEqual([
      'IAM.Role',
      'IoT.TopicRule.ErrorAction',
      'Lambda.Function.Role',
      'Lambda.Function.Runtime',
      'S3.Bucket',
    ]);
  });

  test('a function that no route and no rule calls is none of this runtime’s', () => {
    const own = {
      Type: 'AWS::Lambda::Function',
      Properties: { Code: { S3Key: 'elsewhere.zip' }, Handler: 'index.py' },
    };
    expect(read({ ...RESOURCES, OfCdk: own }).functions.map(({ logicalId }) => logicalId)).toEqual(['Writer', 'Bare']);
  });

  test('a template without anything has nothing', () => {
    expect(read({})).toMatchObject({
      functions: [],
      routes: [],
      rules: [],
      queues: [],
      schedules: [],
      notEmulated: [],
    });
    expect(read({}).signIn).toMatchObject({ authorizers: [], clients: [] });
  });
});

describe('a template that cannot be run', () => {
  test('names the route that leads nowhere', () => {
    expect(refusal(changed('Route', { Target: 'integrations/Gone' }))).toContain(
      'route POST /charge has no integration',
    );
    expect(refusal(changed('OpenRoute', { Target: undefined }))).toContain('route GET /health has no integration');
  });

  test.each([
    ['of another type', { AuthorizerType: 'REQUEST' }, "is of type 'REQUEST', and only JWT is emulated"],
    ['that looks into the address', { IdentitySource: ['$request.querystring.token'] }, 'only one header is emulated'],
    ['that looks into two headers', { IdentitySource: ['$request.header.A', '$request.header.B'] }, 'only one header'],
  ])('names the authorizer %s', (_, properties, sentence) => {
    const told = refusal(changed('Authorizer', properties));
    expect(told).toContain('authorizer Authorizer ');
    expect(told).toContain(sentence);
  });

  test.each([
    ['republishing', { Republish: { Topic: 'x' } }, 'has an action other than Lambda and SQS'],
    ['base64', { Sqs: { QueueUrl: { Ref: 'Failures' }, UseBase64: true } }, 'fills a queue in base64'],
  ])('names the rule with an action of %s, even beside one that is known', (_, action, fault) => {
    const { TopicRulePayload } = RESOURCES.Rule.Properties;
    const Actions = [...TopicRulePayload.Actions, action];
    expect(refusal(changed('Rule', { TopicRulePayload: { ...TopicRulePayload, Actions } }))).toContain(
      `rule amphora_charge ${fault}`,
    );
  });

  test.each([[{}], [{ files: {} }], [null], [{ files: { abc123: { source: {} } } }]])(
    'names the code that is not among the assets %j',
    (files) => {
      expect(refusal(RESOURCES, files)).toContain('the code of asset abc123.zip is not in the synthesized assets');
    },
  );
});
