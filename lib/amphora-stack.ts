/** The one page that names every resource. */
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnEventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { demoTopic, ruleFilters, telemetryTopic } from '../lambdas/telemetry/topics.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { apiFunctions, type MakeFunction } from './api-functions.ts';
import { BudgetAlarm } from './budget-alarm.ts';
import { bundleFolder } from './bundles.ts';
import { DashboardSite } from './dashboard-site.ts';
import { DevicePolicies } from './device-policy.ts';
import { FailureQueue, type FailureQueueProps } from './failure-queue.ts';
import { HttpApi } from './http-api.ts';
import { BUFFERED_WRITER_TIMEOUT, IngestBuffer } from './ingest-buffer.ts';
import { LossAlarms } from './loss-alarms.ts';
import { METRICS_NAMESPACE, type Watched } from './loss-detectors.ts';
import { MetricsDashboard } from './metrics-dashboard.ts';
import { NodeFunction } from './node-function.ts';
import { QuarantineBucket } from './quarantine-bucket.ts';
import { RedriveSchedule } from './redrive-schedule.ts';
import type { Settings } from './settings.ts';
import { SignIn } from './sign-in.ts';
import { type BuiltSite, SiteDeployment } from './site-deployment.ts';
import { SiteDistribution } from './site-distribution.ts';
import { tellWhatToKnow } from './stack-notices.ts';
import { StoreAccess } from './store-access.ts';
import { TelemetryRule } from './telemetry-rule.ts';

export type AmphoraStackProps = {
  readonly settings: Settings;
  /** The repository's root, where the bundled functions are. */
  readonly root: string;
  /** The page's files. */
  readonly built: BuiltSite;
};

export class AmphoraStack extends Stack {
  constructor(scope: Construct, { settings, root, built }: AmphoraStackProps) {
    super(scope, settings.stackName, {
      description: 'Amphora: battery telemetry in over HTTP and MQTT, stored, shown live',
      // One more step before all goes: `npm run destroy` takes it.
      terminationProtection: settings.stage === 'aws',
    });
    const { topicRoot, logRetentionDays, database, stage } = settings;
    // An emulator speaks plain HTTP, and is thrown away.
    const isOnAws = stage === 'aws';
    const isKept = isOnAws && settings.removalPolicy === 'retain';
    tellWhatToKnow(this, settings);

    // What could not be stored, with its reason.
    const quarantine = new QuarantineBucket(this, 'Quarantine', {
      isOnAws,
      isKept,
      expiresAfterDays: settings.quarantineDays,
    });
    // What the writer failed on, and what the rules could not hand to it. Two queues, as their records differ.
    const unwritten = new FailureQueue(this, 'UnwrittenReadings', { tlsOnly: isOnAws, isKept });
    const undelivered = new FailureQueue(this, 'UndeliveredMessages', { tlsOnly: isOnAws, isKept });

    // In buffered mode, where messages wait for the writer, and where those end that it did not live through.
    const buffered = settings.ingest === 'buffered' ? bufferOf(this, { tlsOnly: isOnAws, isKept }) : undefined;

    const failureQueues = [unwritten, undelivered, ...(buffered === undefined ? [] : [buffered.dead])];

    const storeAccess =
      database === undefined
        ? undefined
        : new StoreAccess(this, 'Database', {
            database,
            failureQueueArns: failureQueues.map(({ queueArn }) => queueArn),
            countedQueueArns: buffered === undefined ? [] : [buffered.queue.queueArn],
          });

    const nodeFunction: MakeFunction = (id, name, { store, ...props }) => {
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
      // Short, so that a dead database does not fill the account's concurrency with waiting writers. Behind a queue they are few.
      timeout: buffered === undefined ? Duration.seconds(10) : BUFFERED_WRITER_TIMEOUT,
      environment: { TOPIC_ROOT: topicRoot, QUARANTINE_BUCKET: quarantine.bucketName },
      mayDo: [
        // Lambda puts what it failed on into its queue with its own role.
        unwritten.sendStatement(),
        quarantine.putStatement(),
        ...(buffered === undefined ? [] : [buffered.queue.receiveStatement()]),
      ],
      ...(settings.writerConcurrency === undefined || buffered !== undefined
        ? {}
        : { reservedConcurrentExecutions: settings.writerConcurrency }),
    });
    buffered?.queue.feed(writer, settings.writerConcurrency);
    // In both modes: what was handed over directly before a change of mode is still tried again.
    const writerRetries = new CfnEventInvokeConfig(this, 'WriterRetries', {
      functionName: writer.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      // A throttled message waits as long as Lambda lets it.
      maximumEventAgeInSeconds: Duration.hours(6).toSeconds(),
      destinationConfig: { onFailure: { destination: unwritten.queueArn } },
    });

    const filters = ruleFilters(topicRoot);
    const toWriter = {
      errors: undelivered,
      to:
        buffered === undefined
          ? ({ kind: 'function', writer, writerRetries } as const)
          : ({ kind: 'queue', buffer: buffered.queue } as const),
    };
    const rules = [
      new TelemetryRule(this, 'ChargeRule', { name: 'charge', topicFilter: filters.charge, ...toWriter }),
      new TelemetryRule(this, 'DischargeRule', { name: 'discharge', topicFilter: filters.discharge, ...toWriter }),
      new TelemetryRule(this, 'TelemetryRule', { name: 'telemetry', topicFilter: filters.telemetry, ...toWriter }),
    ];

    const devices = new DevicePolicies(this, 'Devices', { topicRoot });

    const api = new HttpApi(this, 'Http', {
      rateLimit: settings.apiRateLimit,
      burstLimit: settings.apiBurstLimit,
      logRetentionDays,
    });
    const files = new DashboardSite(this, 'Site', { isOnAws, logRetentionDays });
    const site = isOnAws
      ? new SiteDistribution(this, 'Edge', { bucket: files.bucket, apiHost: api.host, settings: settings.site })
      : undefined;
    const pageUrl = site?.pageUrl ?? emulatedPage(settings, files.bucket);
    const signIn =
      settings.signIn === undefined || pageUrl === undefined
        ? undefined
        : new SignIn(this, 'SignIn', { settings: settings.signIn, pageUrl, isKept });

    const behindRoutes = api.addRoutes({
      tokens: signIn,
      functions: apiFunctions(nodeFunction, {
        topicRoot,
        mayPublish: publishTelemetry(this, topicRoot),
        quarantine,
        failures: { unwritten, undelivered, dead: buffered?.dead },
        buffer: buffered?.queue,
        sessionEnvironment: signIn?.sessionEnvironment ?? {},
      }),
    });
    new RedriveSchedule(this, 'RedriveSchedule', behindRoutes.redrive);

    if (site !== undefined)
      new SiteDeployment(this, 'SiteFiles', {
        site: built,
        config: { ...PAGE_CONFIG, topicRoot, signIn: signIn?.pageConfig },
        bucket: files.bucket,
        distribution: site.distribution,
        logRetentionDays,
      });
    if (settings.budget !== undefined) new BudgetAlarm(this, 'Bill', settings.budget);

    const output = (name: string, value: string | undefined, description: string): void => {
      if (value !== undefined) new CfnOutput(this, name, { value, description });
    };
    output('PageUrl', pageUrl, 'Address of the page; scripts find the API below it, at api/');
    output('ApiUrl', api.url, "The HTTP API's own address, which no web ACL stands before");
    output('SiteBucketName', files.bucket.bucketName, "Bucket for the dashboard's files");
    output('DistributionId', site?.distribution.distributionId, 'CloudFront distribution of page and API');
    if (settings.site.domain !== undefined)
      output(
        'DistributionHost',
        site?.distribution.distributionDomainName,
        'What the name of setting domain has to lead to (CNAME)',
      );
    output('UserPoolId', signIn?.userPoolId, 'Cognito user pool of the people');
    output('SignInUrl', signIn?.url, 'Base of /oauth2/authorize, /oauth2/token, /oauth2/revoke and /logout');
    output('PageClientId', signIn?.clients.page, "Client of the page's sign-in");
    output('CliClientId', signIn?.clients.cli, 'Client of ./amphora login');
    output('MachineClientId', signIn?.clients.machine, 'Client of scripts, with a secret that Cognito keeps');
    output('DevicePolicyName', devices.deviceName, "IoT policy of every device's certificate");
    output('DemoTopicsPolicyName', devices.demoTopicsName, "IoT policy that also allows the original demo's topics");
    output('TopicRoot', topicRoot, 'First level of every topic');
    output('QuarantineBucketName', quarantine.bucketName, 'Bucket of what could not be stored, with its reason');
    output('UnwrittenReadingsUrl', unwritten.queueUrl, 'Queue of what the writer failed on to the end');
    output('UndeliveredMessagesUrl', undelivered.queueUrl, 'Queue of what the rules could not hand over');
    output('BufferedMessagesUrl', buffered?.queue.queueUrl, 'Queue of what waits for the writer');
    output(
      'DeadMessagesUrl',
      buffered?.dead.queueUrl,
      'Queue of what was handed to the writer a thousand times in vain',
    );

    if (settings.alarms === undefined) return;
    const watched: Watched = {
      stackName: settings.stackName,
      ruleNames: rules.map(({ ruleName }) => ruleName),
      writer: writer.functionName,
      takers: [behindRoutes.ingest.functionName, behindRoutes['direct-write'].functionName],
      redrive: behindRoutes.redrive.functionName,
      failureQueues: failureQueues.map(({ queueName }) => queueName),
      ...(buffered === undefined ? {} : { bufferQueue: buffered.queue.queueName }),
    };
    const { topicArn } = new AlarmTopic(this, 'AlarmTopic', { email: settings.alarms.email, tlsOnly: isOnAws });
    const { arns } = new LossAlarms(this, 'Alarms', { watched, topicArn, isOnAws });
    const metrics = new MetricsDashboard(this, 'Metrics', { watched, apiId: api.id, alarmArns: arns });
    output('AlarmTopicArn', topicArn, 'SNS topic of the alarms, to which whoever wants to be told subscribes');
    output('MetricsDashboardUrl', metrics.url, 'What came in, what became of it, and the alarms, in CloudWatch');
  }
}

/** What the page is told besides where people sign in. Below the page's own address, so that nothing is cross-origin. */
const PAGE_CONFIG = {
  apiUrl: '/api',
  // A page left open for a month asks 350 000 times, for $1.31; one that is watched day and night 1.7 million times, for $6.41
  // (./amphora cost).
  minPollSeconds: 5,
  local: false,
};

/** A bucket of the emulator has no index document and no HTTPS, so the page's address names its file. */
function emulatedPage({ signIn }: Settings, bucket: IBucket): string | undefined {
  return signIn?.emulatorUrl === undefined ? undefined : `${signIn.emulatorUrl}/${bucket.bucketName}/index.html`;
}

function bufferOf(
  stack: Stack,
  props: FailureQueueProps,
): { readonly queue: IngestBuffer; readonly dead: FailureQueue } {
  const dead = new FailureQueue(stack, 'DeadMessages', props);
  return { dead, queue: new IngestBuffer(stack, 'BufferedMessages', { ...props, dead }) };
}

/** What the rules listen to, and nothing else. In a policy `*` stands for the battery's id, as `+` does in a filter. */
function publishTelemetry(stack: Stack, topicRoot: string): PolicyStatement {
  const topics = [demoTopic(topicRoot, 'charge'), demoTopic(topicRoot, 'discharge'), telemetryTopic(topicRoot, '*')];
  const arn = (resourceName: string): string => stack.formatArn({ service: 'iot', resource: 'topic', resourceName });
  return new PolicyStatement({ actions: ['iot:Publish'], resources: topics.map(arn) });
}
