/** The functions behind the routes of the HTTP API, each with what it may do. */
import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { FunctionName } from '../lambdas/api/routes.ts';
import type { FailureQueue } from './failure-queue.ts';
import type { HttpFunctionName } from './http-api.ts';
import type { NodeFunction, NodeFunctionProps } from './node-function.ts';
import type { QuarantineBucket } from './quarantine-bucket.ts';
import type { Access } from './store-access.ts';

/** A function of the stack, by the rights that it asks for besides its log. */
export type MakeFunction = (
  id: string,
  name: FunctionName,
  props: Omit<NodeFunctionProps, 'codeFolder' | 'logRetentionDays'> & { readonly store?: Access },
) => NodeFunction;

export type FailureQueues = {
  /** What the writer failed on. */
  readonly unwritten: FailureQueue;
  /** What the rules could not hand over. */
  readonly undelivered: FailureQueue;
  /** In buffered mode: what the writer did not live through. */
  readonly dead: FailureQueue | undefined;
};

export type ApiFunctionsProps = {
  readonly topicRoot: string;
  readonly mayPublish: PolicyStatement;
  readonly quarantine: QuarantineBucket;
  readonly failures: FailureQueues;
  /** In buffered mode: what waits for the writer. */
  readonly buffer: IQueue | undefined;
  readonly sessionEnvironment: Readonly<Record<string, string>>;
};

export function apiFunctions(make: MakeFunction, props: ApiFunctionsProps): Record<HttpFunctionName, NodeFunction> {
  const { topicRoot, mayPublish, quarantine, failures, buffer, sessionEnvironment } = props;
  const { unwritten, undelivered, dead } = failures;
  const failureQueues = [unwritten, undelivered, ...(dead === undefined ? [] : [dead])];
  const queueUrls = {
    UNWRITTEN_READINGS_URL: unwritten.queueUrl,
    UNDELIVERED_MESSAGES_URL: undelivered.queueUrl,
    ...(dead === undefined ? {} : { DEAD_MESSAGES_URL: dead.queueUrl }),
  };
  const ofWriter = { TOPIC_ROOT: topicRoot, QUARANTINE_BUCKET: quarantine.bucketName };
  return {
    ingest: make('Ingest', 'ingest', {
      description: 'POST /charge, /discharge and /batteries/{id}/telemetry to their topics',
      // Longer than its tries to publish take at worst, so that a silent broker is answered with 503.
      timeout: Duration.seconds(25),
      environment: { TOPIC_ROOT: topicRoot },
      mayDo: [mayPublish],
    }),
    'direct-write': make('DirectWrite', 'direct-write', {
      description: 'POST /writeCharge and /writeDischarge to the store',
      store: 'write',
      timeout: Duration.seconds(10),
    }),
    livedata: make('Livedata', 'livedata', {
      description: 'GET /livedata',
      store: 'read',
      timeout: Duration.seconds(10),
    }),
    read: make('Read', 'read', {
      description: 'GET /read and /batteries',
      store: 'read',
      timeout: Duration.seconds(25),
    }),
    audit: make('Audit', 'audit', {
      description: 'GET /audit',
      store: 'read',
      // It ends a part of a long range in time by itself, and says where the next one begins.
      timeout: Duration.seconds(25),
    }),
    health: make('Health', 'health', {
      description: 'GET /health',
      timeout: Duration.seconds(5),
    }),
    session: make('Session', 'session', {
      description: 'POST /session, /session/refresh and DELETE /session',
      timeout: Duration.seconds(10),
      environment: sessionEnvironment,
    }),
    quarantine: make('QuarantineApi', 'quarantine', {
      description: 'GET /quarantine, and replay and delete of what is in it',
      store: 'write',
      timeout: Duration.seconds(25),
      environment: ofWriter,
      mayDo: quarantine.manageStatements(),
    }),
    redrive: make('Redrive', 'redrive', {
      description: 'What waits in the failure queues to the store: by itself, and GET and POST /redrive',
      store: 'write',
      // Lambda's longest. It ends by itself before, and goes on with the next run.
      timeout: Duration.minutes(15),
      environment: {
        ...ofWriter,
        ...queueUrls,
      },
      mayDo: [quarantine.putStatement(), ...failureQueues.map((queue) => queue.drainStatement())],
    }),
    status: make('Status', 'status', {
      description: 'GET /status',
      store: 'read',
      // It gives up on whoever is silent after 2.5 s.
      timeout: Duration.seconds(10),
      environment: {
        QUARANTINE_BUCKET: quarantine.bucketName,
        ...queueUrls,
        ...(buffer === undefined ? {} : { BUFFERED_MESSAGES_URL: buffer.queueUrl }),
      },
      mayDo: [
        countStatement([...failureQueues, ...(buffer === undefined ? [] : [buffer])]),
        quarantine.countStatement(),
      ],
    }),
    fallback: make('Fallback', 'fallback', {
      description: 'GET /swagger.json, and 404 or 405 for what no route answers',
      timeout: Duration.seconds(5),
    }),
  };
}

/** The right to ask how many messages are in these. */
function countStatement(queues: readonly IQueue[]): PolicyStatement {
  return new PolicyStatement({
    actions: ['sqs:GetQueueAttributes'],
    resources: queues.map(({ queueArn }) => queueArn),
  });
}
