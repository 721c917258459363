/** The one page that names every resource. */
import { Annotations, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { FunctionName } from '../lambdas/api/routes.ts';
import { demoTopic, ruleFilters, telemetryTopic } from '../lambdas/telemetry/topics.ts';
import { bundleFolder } from './bundles.ts';
import { DashboardSite } from './dashboard-site.ts';
import { FailureQueue } from './failure-queue.ts';
import { HttpApi } from './http-api.ts';
import { monthlyCost } from './monthly-cost.ts';
import { NodeFunction, type NodeFunctionProps } from './node-function.ts';
import type { Settings } from './settings.ts';
import { type Access, StoreAccess } from './store-access.ts';
import { TelemetryRule } from './telemetry-rule.ts';

export type AmphoraStackProps = {
  readonly settings: Settings;
  /** The repository's root, where the bundled functions are. */
  readonly root: string;
};

/** Where CloudWatch shows what the functions count. */
const METRICS_NAMESPACE = 'Amphora';

export class AmphoraStack extends Stack {
  constructor(scope: Construct, { settings, root }: AmphoraStackProps) {
    super(scope, settings.stackName, {
      description: 'Amphora: battery telemetry in over HTTP and MQTT, stored, shown live',
    });
    const { topicRoot, logRetentionDays, database } = settings;
    // An emulator speaks plain HTTP, has nobody to sign in with, and is thrown away.
    const isEmulator = settings.stage === 'emulator';
    const tlsOnly = !isEmulator;
    tellWhatToKnow(this, settings);

    // What could not be stored. Two queues, as their records differ: the writer's own, and those of the rules.
    const unwritten = new FailureQueue(this, 'UnwrittenReadings', { tlsOnly });
    const undelivered = new FailureQueue(this, 'UndeliveredMessages', { tlsOnly });

    const storeAccess =
      database === undefined
        ? undefined
        : new StoreAccess(this, 'Database', { database, failureQueueArn: unwritten.queueArn });

    const nodeFunction = (
      id: string,
      name: FunctionName,
      { store, ...props }: Omit<NodeFunctionProps, 'codeFolder' | 'logRetentionDays'> & { readonly store?: Access },
    ) => {
      const reach = store === undefined ? undefined : storeAccess?.reach(store);
      return new NodeFunction(this, id, {
        codeFolder: bundleFolder(root, settings.store, name),
        logRetentionDays,
        ...props,
        ...(reach?.network === undefined ? {} : { network: reach.network }),
        environment: {
          METRICS_NAMESPACE,
          STACK_NAME: settings.stackName,
          ...props.environment,
          ...reach?.environment,
        },
        mayDo: [...(props.mayDo ?? []), ...(reach?.mayDo ?? [])],
      });
    };

    const writer = nodeFunction('Writer', 'writer', {
      description: 'Messages of the topic rules to the store',
      store: 'write',
      // Short, so that a dead database does not fill the account's concurrency with waiting writers.
      timeout: Duration.seconds(10),
      environment: { TOPIC_ROOT: topicRoot, FAILURE_QUEUE_URL: unwritten.queueUrl },
      mayDo: [unwritten.sendStatement()],
      ...(settings.writerConcurrency === undefined ? {} : { reservedConcurrentExecutions: settings.writerConcurrency }),
    });
    const writerRetries = new CfnEventInvokeConfig(this, 'WriterRetries', {
      functionName: writer.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      // A throttled message waits as long as Lambda lets it.
      maximumEventAgeInSeconds: Duration.hours(6).toSeconds(),
      destinationConfig: { onFailure: { destination: unwritten.queueArn } },
    });

    const filters = ruleFilters(topicRoot);
    const toWriter = { writer, writerRetries, errors: undelivered };
    new TelemetryRule(this, 'ChargeRule', { name: 'charge', topicFilter: filters.charge, ...toWriter });
    new TelemetryRule(this, 'DischargeRule', { name: 'discharge', topicFilter: filters.discharge, ...toWriter });
    new TelemetryRule(this, 'TelemetryRule', { name: 'telemetry', topicFilter: filters.telemetry, ...toWriter });

    const api = new HttpApi(this, 'Http', {
      functions: {
        ingest: nodeFunction('Ingest', 'ingest', {
          description: 'POST /charge, /discharge and /batteries/{id}/telemetry to their topics',
          // Longer than its tries to publish take at worst, so that a silent broker is answered with 503.
          timeout: Duration.seconds(25),
          environment: { TOPIC_ROOT: topicRoot },
          mayDo: [publishTelemetry(this, topicRoot)],
        }),
        'direct-write': nodeFunction('DirectWrite', 'direct-write', {
          description: 'POST /writeCharge and /writeDischarge to the store',
          store: 'write',
          timeout: Duration.seconds(10),
        }),
        livedata: nodeFunction('Livedata', 'livedata', {
          description: 'GET /livedata',
          store: 'read',
          timeout: Duration.seconds(10),
        }),
        read: nodeFunction('Read', 'read', {
          description: 'GET /read and /batteries',
          store: 'read',
          timeout: Duration.seconds(25),
        }),
        health: nodeFunction('Health', 'health', {
          description: 'GET /health',
          timeout: Duration.seconds(5),
        }),
        fallback: nodeFunction('Fallback', 'fallback', {
          description: 'GET /swagger.json, and 404 or 405 for what no route answers',
          timeout: Duration.seconds(5),
        }),
      },
      isOpen: isEmulator,
      rateLimit: settings.apiRateLimit,
      burstLimit: settings.apiBurstLimit,
      logRetentionDays,
    });

    const site = new DashboardSite(this, 'Site', { tlsOnly, isKept: !isEmulator });

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Address of the HTTP API' });
    new CfnOutput(this, 'SiteBucketName', { value: site.bucketName, description: "Bucket for the dashboard's files" });
    new CfnOutput(this, 'UnwrittenReadingsUrl', {
      value: unwritten.queueUrl,
      description: 'Queue of what the writer could not store',
    });
    new CfnOutput(this, 'UndeliveredMessagesUrl', {
      value: undelivered.queueUrl,
      description: 'Queue of what the rules could not hand to the writer',
    });
  }
}

/** What the rules listen to, and nothing else. In a policy `*` stands for the battery's id, as `+` does in a filter. */
function publishTelemetry(stack: Stack, topicRoot: string): PolicyStatement {
  const topics = [demoTopic(topicRoot, 'charge'), demoTopic(topicRoot, 'discharge'), telemetryTopic(topicRoot, '*')];
  const arn = (resourceName: string): string => stack.formatArn({ service: 'iot', resource: 'topic', resourceName });
  return new PolicyStatement({ actions: ['iot:Publish'], resources: topics.map(arn) });
}

function tellWhatToKnow(stack: Stack, { store, stage, database }: Settings): void {
  const tell = Annotations.of(stack);
  if (stage === 'emulator')
    tell.addWarningV2(
      'amphora:stage-emulator',
      'STAGE EMULATOR: EVERY ROUTE IS OPEN TO WHOEVER REACHES IT, and the queues and the bucket take plain HTTP. Never deploy this to AWS.',
    );
  if (store === 'sqlite')
    tell.addWarningV2(
      'amphora:store-sqlite',
      'Store sqlite is for the local runtime: deployed, the functions have no disk that lasts, and store nothing.',
    );
  if (store === 'influxdb' && database === undefined)
    tell.addWarningV2(
      'amphora:no-database',
      'No database is set (-c influxUrl=…): deployed, the functions answer that the setting is missing, and messages end in a failure queue.',
    );
  const cost = database === undefined || stage === 'emulator' ? undefined : monthlyCost(database);
  if (cost !== undefined) tell.addInfoV2('amphora:monthly-cost', cost);
}
