/** The bucket of what could not be stored: one object a message, private, until it is replayed, deleted or expires. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export type QuarantineBucketProps = {
  /** Whether it is on AWS: over TLS only, and emptied with the stack by a function of CDK's, unless it is kept. */
  readonly isOnAws: boolean;
  /** Whether what is in it outlives the stack. */
  readonly isKept: boolean;
  readonly expiresAfterDays: number;
};

/** Below it is every record; lambdas/quarantine-store/s3-quarantine.ts has the same. */
const PREFIX = 'quarantine/';
const RECORDS = `${PREFIX}*`;

export class QuarantineBucket extends Bucket {
  constructor(scope: Construct, id: string, { isOnAws, isKept, expiresAfterDays }: QuarantineBucketProps) {
    super(scope, id, {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: isOnAws,
      // Counted from the last attempt: each writes the object anew.
      lifecycleRules: [{ expiration: Duration.days(expiresAfterDays) }],
      // A stack that could not be made leaves none behind: there is nothing in it yet.
      removalPolicy: isKept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
      autoDeleteObjects: isOnAws && !isKept,
    });
  }

  // Where optional and undefined are told apart, as here, CDK's own Bucket is none of its IBucket but for this.
  override get isWebsite(): boolean {
    return false;
  }

  /** The right to put a record there, and to look whether it is there already. */
  putStatement(): PolicyStatement {
    return new PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject'], resources: [this.arnForObjects(RECORDS)] });
  }

  /** The right to see which records there are, and not what is in them. */
  countStatement(): PolicyStatement {
    return new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [this.bucketArn],
      conditions: { StringEquals: { 's3:prefix': PREFIX } },
    });
  }

  /** To put, list, show and delete. Who may not list is told 403 of a record that is not there, and not 404. */
  manageStatements(): PolicyStatement[] {
    return [
      new PolicyStatement({
        actions: ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'],
        resources: [this.arnForObjects(RECORDS)],
      }),
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucketArn] }),
    ];
  }
}
