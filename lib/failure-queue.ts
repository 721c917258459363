/** A queue for what could not be stored, until somebody looks: a reading in it is not lost. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export type FailureQueueProps = {
  /** Whether to refuse who comes without TLS. */
  readonly tlsOnly: boolean;
  /** Whether what is in it outlives the stack. */
  readonly isKept: boolean;
};

/** What a redrive asks of the queue. */
export const DRAIN_ACTIONS = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
] as const;

export class FailureQueue extends Queue {
  constructor(scope: Construct, id: string, { tlsOnly, isKept }: FailureQueueProps) {
    super(scope, id, {
      // The most that SQS keeps.
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: tlsOnly,
      // A stack that could not be made leaves none behind: there is nothing in it yet.
      removalPolicy: isKept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
  }

  /** The right to put something in, and no other. */
  sendStatement(): PolicyStatement {
    return new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queueArn] });
  }

  /** The right to take out what is in it, and to count it. */
  drainStatement(): PolicyStatement {
    return new PolicyStatement({ actions: [...DRAIN_ACTIONS], resources: [this.queueArn] });
  }
}
