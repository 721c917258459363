/** With ingest=buffered: a queue between the topic rules and the writer, who is handed its messages by the batch. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnEventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { type DeadLetterQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { FailureQueue, FailureQueueProps } from './failure-queue.ts';

export type IngestBufferProps = FailureQueueProps & {
  /** What the writer did not live through so often. */
  readonly dead: FailureQueue;
};

/** Of the writer behind a queue: a whole batch, of which single lines may have to be found out. */
export const BUFFERED_WRITER_TIMEOUT = Duration.seconds(30);

// Six times the function's timeout, as AWS asks for: a batch that is still being written is never handed out again.
const VISIBILITY = Duration.seconds(6 * BUFFERED_WRITER_TIMEOUT.toSeconds());
// An outage of 50 hours goes by in the queue itself. What crashes the writer tries as often: the DLQ is for the rest.
const MAX_RECEIVES = 1000;
const RETENTION = Duration.days(10);
// Measured: a thousand points in one request are written 500 times as fast as one by one, a hundred 107 times. Ten thousand
// would gain little: an event has 6 MB, and the bad lines of a batch are looked for by 64 requests at most.
const BATCH_MESSAGES = 1000;
// The least with which Lambda makes batches of more than ten; what a reading waits for others at most.
const BATCH_WINDOW = Duration.seconds(1);
/** The least that Lambda takes. Two writers of batches are more than a small InfluxDB keeps up with. */
export const LEAST_CONCURRENCY = 2;

export class IngestBuffer extends Queue {
  constructor(scope: Construct, id: string, { tlsOnly, isKept, dead }: IngestBufferProps) {
    const deadLetterQueue: DeadLetterQueue = { queue: dead, maxReceiveCount: MAX_RECEIVES };
    super(scope, id, {
      retentionPeriod: RETENTION,
      visibilityTimeout: VISIBILITY,
      deadLetterQueue,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: tlsOnly,
      // As of the failure queues: what waits in it was acknowledged.
      removalPolicy: isKept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
  }

  /** The right to put something in, and no other. */
  sendStatement(): PolicyStatement {
    return new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queueArn] });
  }

  /** What Lambda does in the name of the function that it hands the messages to. */
  receiveStatement(): PolicyStatement {
    const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
    return new PolicyStatement({ actions, resources: [this.queueArn] });
  }

  feed(writer: IFunction, maximumConcurrency = LEAST_CONCURRENCY): void {
    new CfnEventSourceMapping(this, 'Feed', {
      eventSourceArn: this.queueArn,
      functionName: writer.functionArn,
      batchSize: BATCH_MESSAGES,
      maximumBatchingWindowInSeconds: BATCH_WINDOW.toSeconds(),
      // Reserved concurrency would let Lambda receive what it then throttles, and count it as tried.
      scalingConfig: { maximumConcurrency },
      functionResponseTypes: ['ReportBatchItemFailures'],
    });
  }
}
