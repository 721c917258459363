/** The synthesized template, read into what the local runtime emulates: routes, functions, rules, queues and schedules. */
import { join } from 'node:path';
import { type Names, resolveIntrinsics } from './intrinsics.ts';
import { QUEUES_EMULATED, readQueues, type TemplateQueues } from './template-queues.ts';
import { broken, type Properties, type Resource, recordOf, textOf, textsOf } from './template-resource.ts';
import { readSchedules, SCHEDULES_EMULATED, type TemplateSchedule } from './template-schedules.ts';
import { ownName, readSignIn, SIGN_IN_EMULATED, type TemplateSignIn } from './template-sign-in.ts';

export type TemplateFunction = {
  readonly logicalId: string;
  readonly modulePath: string;
  readonly handlerName: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly env: Readonly<Record<string, string>>;
  readonly arn: string;
};

export type TemplateRoute = {
  /** `POST /charge`, or `$default`. */
  readonly routeKey: string;
  readonly functionId: string;
  readonly authorization: string;
  /** Of the JWT authorizer, when the authorization is one. */
  readonly authorizerId?: string;
  /** Of which a token needs one; none: any token of the authorizer will do. */
  readonly scopes?: readonly string[];
};

export type TemplateRule = {
  readonly name: string;
  readonly sql: string;
  readonly sqlVersion: string;
  readonly functionIds: readonly string[];
  /** Those it fills. */
  readonly queueIds: readonly string[];
};

/** What devices may do at the broker, by the name that is attached to their certificates. */
export type TemplatePolicy = { readonly name: string; readonly document: unknown };

/** How the asynchronous invocations of a function are retried. */
export type TemplateRetries = {
  readonly retries: number;
  readonly maxAgeMs: number;
  readonly onFailureQueueId: string | undefined;
};

export type LocalTemplate = TemplateQueues & {
  readonly functions: readonly TemplateFunction[];
  readonly routes: readonly TemplateRoute[];
  readonly rules: readonly TemplateRule[];
  readonly devicePolicies: readonly TemplatePolicy[];
  readonly retriesByFunctionId: ReadonlyMap<string, TemplateRetries>;
  readonly schedules: readonly TemplateSchedule[];
  readonly signIn: TemplateSignIn;
  /** First level of every topic, as the functions are told. */
  readonly topicRoot: string;
  /** `Type.Property` of what is in the template and not emulated. */
  readonly notEmulated: readonly string[];
};

export type TemplateSource = {
  readonly template: unknown;
  /** `*.assets.json` of the same synthesis. */
  readonly assets: unknown;
  readonly folder: string;
  readonly queueUrl: (logicalId: string) => string;
};

export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
/** In front of `topic/…`, as in the ARNs that the template's policies name. */
export const IOT_ARN_PREFIX = `arn:aws:iot:${REGION}:${ACCOUNT}:`;

// Lambda's and API Gateway's own values where the template has none.
const DEFAULT_RETRIES = 2;
const DEFAULT_MAX_AGE_S = 21_600;
const DEFAULT_TIMEOUT_S = 3;
const DEFAULT_MEMORY_MB = 128;
const DEFAULT_TOPIC_ROOT = 'battery';

/** Types and properties that this runtime emulates. */
const EMULATED: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['Name', 'ProtocolType', 'Description'],
  'AWS::ApiGatewayV2::Route': [
    'ApiId',
    'RouteKey',
    'Target',
    'AuthorizationType',
    'AuthorizerId',
    'AuthorizationScopes',
  ],
  'AWS::ApiGatewayV2::Integration': ['ApiId', 'IntegrationType', 'IntegrationUri', 'PayloadFormatVersion'],
  'AWS::ApiGatewayV2::Stage': ['ApiId', 'StageName', 'AutoDeploy'],
  'AWS::Lambda::Function': ['Code', 'Handler', 'MemorySize', 'Timeout', 'Environment', 'Description'],
  'AWS::Lambda::EventInvokeConfig': [
    'FunctionName',
    'Qualifier',
    'MaximumRetryAttempts',
    'MaximumEventAgeInSeconds',
    'DestinationConfig',
  ],
  'AWS::IoT::TopicRule': ['RuleName', 'TopicRulePayload'],
  'AWS::IoT::TopicRule.TopicRulePayload': ['Sql', 'AwsIotSqlVersion', 'Actions', 'RuleDisabled'],
  ...QUEUES_EMULATED,
  ...SCHEDULES_EMULATED,
  // By --device-auth.
  'AWS::IoT::Policy': ['PolicyName', 'PolicyDocument'],
  'AWS::CDK::Metadata': ['Analytics'],
  ...SIGN_IN_EMULATED,
};

export function readTemplate(source: TemplateSource): LocalTemplate {
  const localNames = names(source);
  const resources = resourcesOf(source.template, localNames);
  const ofType = (type: string): readonly Resource[] => resources.filter((resource) => resource.type === type);
  const integrations = new Map(ofType('AWS::ApiGatewayV2::Integration').map((one) => [one.logicalId, one.properties]));
  const routes = ofType('AWS::ApiGatewayV2::Route').map((one) => routeOf(one, integrations));
  const rules = ofType('AWS::IoT::TopicRule').map(ruleOf);
  const queues = readQueues(resources);
  const schedules = readSchedules(resources, idOfArn);
  // Others are CDK's own, which work at a deploy.
  const called = new Set([
    ...[...routes, ...queues.mappings].map(({ functionId }) => functionId),
    ...[...rules, ...schedules].flatMap(({ functionIds }) => functionIds),
  ]);
  const functions = ofType('AWS::Lambda::Function')
    .filter(({ logicalId }) => called.has(logicalId))
    .map((one) => functionOf(one, source));
  return {
    functions,
    routes,
    rules,
    devicePolicies: ofType('AWS::IoT::Policy').map(policyOf),
    retriesByFunctionId: new Map(ofType('AWS::Lambda::EventInvokeConfig').map(retriesOf)),
    ...queues,
    schedules,
    signIn: readSignIn(resources, outputsOf(source.template, localNames)),
    topicRoot: functions.find(({ env }) => env['TOPIC_ROOT'] !== undefined)?.env['TOPIC_ROOT'] ?? DEFAULT_TOPIC_ROOT,
    notEmulated: notEmulated(resources),
  };
}

// Every reference resolves to a local name from which the logical id can be read back.
function names({ queueUrl, template }: TemplateSource): Names {
  const types = new Map(resourceEntries(template).map(([id, { Type }]) => [id, String(Type)]));
  const own = new Map(
    resourceEntries(template).map(([id, { Type, Properties: given }]) => [id, ownName(Type, recordOf(given))]),
  );
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Region': REGION,
    'AWS::AccountId': ACCOUNT,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': 'local',
    'AWS::NoValue': '',
  };
  return {
    ref: (id) => pseudo[id] ?? own.get(id) ?? (types.get(id) === 'AWS::SQS::Queue' ? queueUrl(id) : id),
    attribute: (id, attribute) => (attribute === 'Arn' ? arnOf(types.get(id) ?? '', id) : `${id}.${attribute}`),
  };
}

function arnOf(type: string, logicalId: string): string {
  const service = type.split('::')[1]?.toLowerCase() ?? 'local';
  const kind = type === 'AWS::Lambda::Function' ? 'function:' : '';
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${kind}${logicalId}`;
}

function idOfArn(arn: unknown): string {
  return (
    String(arn)
      .replace(/\/invocations$/, '')
      .split(':')
      .at(-1) ?? ''
  );
}

function resourceEntries(template: unknown): readonly (readonly [string, Properties])[] {
  return Object.entries(recordOf(recordOf(template)['Resources'])).map(([id, resource]) => [id, recordOf(resource)]);
}

function resourcesOf(template: unknown, localNames: Names): readonly Resource[] {
  return resourceEntries(template).map(([logicalId, resource]) => ({
    logicalId,
    type: String(resource['Type']),
    properties: recordOf(resolveIntrinsics(resource['Properties'] ?? {}, localNames)),
  }));
}

function outputsOf(template: unknown, localNames: Names): ReadonlyMap<string, string> {
  const outputs = Object.entries(recordOf(recordOf(template)['Outputs']));
  return new Map(
    outputs.map(([name, output]) => [name, String(resolveIntrinsics(recordOf(output)['Value'], localNames))]),
  );
}

function functionOf({ logicalId, properties }: Resource, { assets, folder }: TemplateSource): TemplateFunction {
  const [file = '', handlerName = ''] = String(properties['Handler']).split('.');
  const variables = recordOf(recordOf(properties['Environment'])['Variables']);
  return {
    logicalId,
    modulePath: join(folder, assetFolder(assets, String(recordOf(properties['Code'])['S3Key'])), `${file}.js`),
    handlerName,
    timeoutMs: Number(properties['Timeout'] ?? DEFAULT_TIMEOUT_S) * 1000,
    memoryMb: Number(properties['MemorySize'] ?? DEFAULT_MEMORY_MB),
    env: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
    arn: arnOf('AWS::Lambda::Function', logicalId),
  };
}

function assetFolder(assets: unknown, s3Key: string): string {
  const file = recordOf(recordOf(recordOf(assets)['files'])[s3Key.replace(/\.zip$/, '')]);
  const path = recordOf(file['source'])['path'];
  if (typeof path === 'string') return path;
  throw broken(`the code of asset ${s3Key} is not in the synthesized assets`);
}

function routeOf({ properties }: Resource, integrations: ReadonlyMap<string, Properties>): TemplateRoute {
  const target = String(properties['Target']).replace('integrations/', '');
  const integration = integrations.get(target);
  if (integration === undefined) throw broken(`route ${String(properties['RouteKey'])} has no integration`);
  return {
    routeKey: String(properties['RouteKey']),
    functionId: idOfArn(integration['IntegrationUri']),
    authorization: textOf(properties['AuthorizationType'], 'NONE'),
    ...('AuthorizerId' in properties ? { authorizerId: String(properties['AuthorizerId']) } : {}),
    ...('AuthorizationScopes' in properties ? { scopes: textsOf(properties['AuthorizationScopes']) } : {}),
  };
}

function ruleOf({ properties, logicalId }: Resource): TemplateRule {
  const payload = recordOf(properties['TopicRulePayload']);
  const actions = Array.isArray(payload['Actions']) ? payload['Actions'].map(recordOf) : [];
  const functionIds = actions.flatMap((action) =>
    'Lambda' in action ? [idOfArn(recordOf(action['Lambda'])['FunctionArn'])] : [],
  );
  const queueIds = actions.flatMap((action) => ('Sqs' in action ? [queueOfAction(recordOf(action['Sqs']))] : []));
  const name = textOf(properties['RuleName'], logicalId);
  if (functionIds.length + queueIds.length !== actions.length)
    throw broken(`rule ${name} has an action other than Lambda and SQS, which is not emulated`);
  if (queueIds.includes(undefined)) throw broken(`rule ${name} fills a queue in base64, which is not emulated`);
  const isOff = payload['RuleDisabled'] === true;
  return {
    name,
    sql: String(payload['Sql']),
    sqlVersion: textOf(payload['AwsIotSqlVersion'], ''),
    functionIds: isOff ? [] : functionIds,
    queueIds: isOff ? [] : queueIds.filter((id) => id !== undefined),
  };
}

// The address of a queue ends in its name, as its own `Ref` does here.
const queueOfAction = ({ QueueUrl, UseBase64 }: Properties): string | undefined =>
  UseBase64 === true ? undefined : String(QueueUrl).split('/').at(-1);

function policyOf({ properties, logicalId }: Resource): TemplatePolicy {
  return { name: textOf(properties['PolicyName'], logicalId), document: properties['PolicyDocument'] };
}

function retriesOf({ properties }: Resource): readonly [string, TemplateRetries] {
  const onFailure = recordOf(recordOf(properties['DestinationConfig'])['OnFailure'])['Destination'];
  return [
    idOfArn(properties['FunctionName']),
    {
      retries: Number(properties['MaximumRetryAttempts'] ?? DEFAULT_RETRIES),
      maxAgeMs: Number(properties['MaximumEventAgeInSeconds'] ?? DEFAULT_MAX_AGE_S) * 1000,
      onFailureQueueId: onFailure === undefined ? undefined : idOfArn(onFailure),
    },
  ];
}

function notEmulated(resources: readonly Resource[]): readonly string[] {
  const found = resources.flatMap(({ type, properties }) => {
    const emulated = EMULATED[type];
    if (emulated === undefined) return [type];
    return Object.entries(properties).flatMap(([key, value]) => {
      const members = EMULATED[`${type}.${key}`];
      if (!emulated.includes(key)) return [`${type}.${key}`];
      return Object.keys(members === undefined ? {} : recordOf(value)).flatMap((member) =>
        members?.includes(member) ? [] : [`${type}.${member}`],
      );
    });
  });
  return [...new Set(found)].map((name) => name.replace(/^AWS::/, '').replaceAll('::', '.')).sort();
}
