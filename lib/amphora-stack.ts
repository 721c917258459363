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
import { NodeFunction, type NodeFunctionProps } from './node-function.ts';
import type { Settings } from './settings.ts';
import { TelemetryRule } from './telemetry-rule.ts';

export type AmphoraStackProps = {
  readonly settings: Settings;
  /** The repository's root, where the bundled functions are. */
  readonly root: string;
};

export class AmphoraStack extends Stack {
  constructor(scope: Construct, { settings, root }: AmphoraStackProps) {
    super(scope, settings.stackName, {
      description: 'Amphora: battery telemetry in over HTTP and MQTT, stored, shown live',
    });
    const { topicRoot, logRetentionDays } = settings;
    warnOfWhatIsMissing(this, settings);

    const nodeFunction = (
      id: string,
      name: FunctionName,
      props: Omit<NodeFunctionProps, 'codeFolder' | 'logRetentionDays'>,
    ) =>
      new NodeFunction(this, id, { codeFolder: bundleFolder(root, settings.store, name), logRetentionDays, ...props });

    // What could not be stored. Two queues, as their records differ: the writer's own, and those of the rules.
    const unwritten = new FailureQueue(this, 'UnwrittenReadings');
    const undelivered = new FailureQueue(this, 'UndeliveredMessages');

    const writer = nodeFunction('Writer', 'writer', {
      description: 'Messages of the topic rules to the store',
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
          timeout: Duration.seconds(10),
        }),
        livedata: nodeFunction('Livedata', 'livedata', {
          description: 'GET /livedata',
          timeout: Duration.seconds(10),
        }),
        read: nodeFunction('Read', 'read', {
          description: 'GET /read and /batteries',
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
      rateLimit: settings.apiRateLimit,
      burstLimit: settings.apiBurstLimit,
      logRetentionDays,
    });

    const site = new DashboardSite(this, 'Site');

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Address of the HTTP API' });
    new CfnOutput(this, 'SiteBucketName', { value: site.bucketName, description: "Bucket for the dashboard's files" });
  }
}

/** What the rules listen to, and nothing else. In a policy `*` stands for the battery's id, as `+` does in a filter. */
function publishTelemetry(stack: Stack, topicRoot: string): PolicyStatement {
  const topics = [demoTopic(topicRoot, 'charge'), demoTopic(topicRoot, 'discharge'), telemetryTopic(topicRoot, '*')];
  const arn = (resourceName: string): string => stack.formatArn({ service: 'iot', resource: 'topic', resourceName });
  return new PolicyStatement({ actions: ['iot:Publish'], resources: topics.map(arn) });
}

function warnOfWhatIsMissing(stack: Stack, { store }: Settings): void {
  const warnings = {
    influxdb:
      "This version's functions have no InfluxDB adapter yet: deployed, they store nothing, and messages end in a failure queue.",
    sqlite:
      'Store sqlite is for the local runtime: deployed, the functions have no disk that lasts, and store nothing.',
  } satisfies Record<Settings['store'], string>;
  Annotations.of(stack).addWarningV2(`amphora:store-${store}`, warnings[store]);
}
