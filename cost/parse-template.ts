/** The synthesized template, read into what is on the bill: how many of what, how big, how often. */

export type FunctionSize = { readonly memoryGb: number; readonly isArm: boolean; readonly isInVpc: boolean };

/** A queue before the writer. */
export type Buffer = { readonly batchMessages: number; readonly windowS: number };

export type BilledFunction = 'writer' | 'ingest' | 'livedata' | 'read' | 'status' | 'session' | 'redrive';

export type StackInventory = {
  readonly types: readonly string[];
  readonly functions: Readonly<Record<BilledFunction, FunctionSize>>;
  /** Of the one rule that a message meets. */
  readonly actionsPerMessage: number;
  readonly buffer: Buffer | undefined;
  /** Those that redrive looks into. */
  readonly failureQueues: number;
  readonly redrivesPerMonth: number;
  readonly secrets: number;
  /** Interface endpoints, each as often as it has zones. */
  readonly endpointZones: number;
  readonly alarmedMetrics: number;
  /** How many metrics each shows. */
  readonly dashboards: readonly number[];
  readonly machineClients: number;
  readonly logRetentionDays: number;
  /** Calls of functions at CloudFront for one request. */
  readonly edgeFunctionsPerRequest: number;
  readonly hasWebAcl: boolean;
};

export type TemplateResult =
  | { readonly ok: true; readonly inventory: StackInventory }
  | { readonly ok: false; readonly reason: string };

type Members = Readonly<Record<string, unknown>>;
type Resource = { readonly id: string; readonly type: string; readonly properties: Members };

export function parseTemplate(template: unknown): TemplateResult {
  const resources = Object.entries(membersOf(membersOf(template)['Resources'])).map(([id, resource]): Resource => {
    const { Type: type, Properties: properties } = membersOf(resource);
    return { id, type: String(type), properties: membersOf(properties) };
  });
  const ofType = (type: string): readonly Resource[] => resources.filter((one) => one.type === type);
  const functions = functionsOf(ofType);
  if (typeof functions === 'string') return { ok: false, reason: functions };
  const rules = ofType('AWS::IoT::TopicRule');
  const schedules = ofType('AWS::Events::Rule');
  // Whatever else is called by the clock would be missing in silence.
  const other = schedules.find(({ properties }) => !idsIn(properties['Targets']).includes(redriveId(ofType) ?? ''));
  if (other !== undefined)
    return { ok: false, reason: `its schedule ${other.id} calls something that has no price here` };
  const redrivesPerMonth = sum(
    schedules.map(({ properties }) => runsPerMonth(String(properties['ScheduleExpression']))),
  );
  if (!Number.isFinite(redrivesPerMonth)) return { ok: false, reason: 'the rhythm of its schedule is not understood' };
  const [mapping] = ofType('AWS::Lambda::EventSourceMapping');
  const [distribution] = ofType('AWS::CloudFront::Distribution').map(({ properties }) =>
    membersOf(properties['DistributionConfig']),
  );
  return {
    ok: true,
    inventory: {
      types: resources.map(({ type }) => type),
      functions,
      actionsPerMessage: Math.max(0, ...rules.map(actionsOf)),
      buffer: mapping === undefined ? undefined : bufferOf(mapping),
      failureQueues: ofType('AWS::SQS::Queue').length - (mapping === undefined ? 0 : 1),
      redrivesPerMonth,
      secrets: ofType('AWS::SecretsManager::Secret').length,
      endpointZones: sum(ofType('AWS::EC2::VPCEndpoint').map(zonesOf)),
      alarmedMetrics: sum(ofType('AWS::CloudWatch::Alarm').map(metricsOfAlarm)),
      dashboards: ofType('AWS::CloudWatch::Dashboard').map(metricsOfDashboard),
      machineClients: ofType('AWS::Cognito::UserPoolClient').filter(({ properties }) =>
        listOf(properties['AllowedOAuthFlows']).includes('client_credentials'),
      ).length,
      logRetentionDays: Math.max(
        0,
        ...ofType('AWS::Logs::LogGroup').map(({ properties }) => Number(properties['RetentionInDays'] ?? 0)),
      ),
      edgeFunctionsPerRequest: listOf(membersOf(distribution?.['DefaultCacheBehavior'])['FunctionAssociations']).length,
      hasWebAcl: distribution?.['WebACLId'] !== undefined,
    },
  };
}

type OfType = (type: string) => readonly Resource[];

/** Each by what calls it: the routes, the rules or the queue, the schedule. A sentence if one is missing. */
function functionsOf(ofType: OfType): StackInventory['functions'] | string {
  const all = new Map(ofType('AWS::Lambda::Function').map((one) => [one.id, one]));
  const sizeOf = (called: unknown): FunctionSize | undefined => {
    const one = idsIn(called).flatMap((id) => all.get(id) ?? [])[0];
    return one === undefined ? undefined : functionSize(one);
  };
  const behind = (routeKey: string): FunctionSize | undefined => sizeOf(integrationUri(ofType, routeKey));
  const callers = [...ofType('AWS::Lambda::EventSourceMapping'), ...ofType('AWS::IoT::TopicRule')];
  const found = {
    writer: sizeOf(callers.map(({ properties }) => properties)),
    ingest: behind('POST /batteries/{id}/telemetry'),
    livedata: behind('GET /livedata'),
    read: behind('GET /read'),
    status: behind('GET /status'),
    session: behind('POST /session/refresh'),
    redrive: behind(REDRIVE_ROUTE),
  };
  const { writer, ingest, livedata, read, status, session, redrive } = found;
  if (!writer || !ingest || !livedata || !read || !status || !session || !redrive) {
    const missing = Object.entries(found).flatMap(([name, size]) => (size === undefined ? [name] : []));
    return `no ${missing.join(', ')} is in it`;
  }
  return { writer, ingest, livedata, read, status, session, redrive };
}

const REDRIVE_ROUTE = 'POST /redrive';

const redriveId = (ofType: OfType): string | undefined => {
  const ids = idsIn(integrationUri(ofType, REDRIVE_ROUTE));
  return ofType('AWS::Lambda::Function').find(({ id }) => ids.includes(id))?.id;
};

function integrationUri(ofType: OfType, routeKey: string): unknown {
  const route = ofType('AWS::ApiGatewayV2::Route').find(({ properties }) => properties['RouteKey'] === routeKey);
  const ids = idsIn(route?.properties['Target']);
  return ofType('AWS::ApiGatewayV2::Integration').find(({ id }) => ids.includes(id))?.properties['IntegrationUri'];
}

// Lambda's own values where the template has none.
const DEFAULT_MEMORY_MIB = 128;

function functionSize({ properties }: Resource): FunctionSize {
  return {
    memoryGb: Number(properties['MemorySize'] ?? DEFAULT_MEMORY_MIB) / 1024,
    isArm: listOf(properties['Architectures']).includes('arm64'),
    isInVpc: properties['VpcConfig'] !== undefined,
  };
}

function bufferOf({ properties }: Resource): Buffer {
  return {
    batchMessages: Number(properties['BatchSize'] ?? 10),
    windowS: Number(properties['MaximumBatchingWindowInSeconds'] ?? 0),
  };
}

const actionsOf = ({ properties }: Resource): number =>
  listOf(membersOf(properties['TopicRulePayload'])['Actions']).length;

const zonesOf = ({ properties }: Resource): number =>
  properties['VpcEndpointType'] === 'Interface' ? listOf(properties['SubnetIds']).length : 0;

/** Billed is each metric of a sum, and not the sum. */
function metricsOfAlarm({ properties }: Resource): number {
  if (properties['Metrics'] === undefined) return 1;
  return listOf(properties['Metrics']).filter((one) => membersOf(one)['MetricStat'] !== undefined).length;
}

// The body is JSON in pieces, between which CloudFormation puts names: each line of a graph says once how it is counted.
const metricsOfDashboard = ({ properties }: Resource): number =>
  [...JSON.stringify(properties['DashboardBody'] ?? '').matchAll(/\\"stat\\":/g)].length;

const MINUTES_PER_MONTH = 730 * 60;
const MINUTES = { minute: 1, minutes: 1, hour: 60, hours: 60, day: 1440, days: 1440 } as const;

function runsPerMonth(expression: string): number {
  const [, every, unit] = /^rate\((\d+) (\w+)\)$/.exec(expression) ?? [];
  const [, minutes] = Object.entries(MINUTES).find(([name]) => name === unit) ?? [];
  return MINUTES_PER_MONTH / (Number(every) * (minutes ?? Number.NaN));
}

/** What is referred to anywhere in a value. */
function idsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  return Object.entries(membersOf(value)).flatMap(([key, member]) => {
    if (key === 'Ref') return [String(member)];
    if (key === 'Fn::GetAtt') return [String(listOf(member)[0])];
    return idsIn(member);
  });
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
