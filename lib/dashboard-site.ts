/** The private bucket that holds the dashboard's built files. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export type DashboardSiteProps = {
  /** Whether to refuse who comes without TLS. */
  readonly tlsOnly: boolean;
  /** Whether the bucket outlives the stack. */
  readonly isKept: boolean;
};

export class DashboardSite extends Construct {
  readonly bucketName: string;

  constructor(scope: Construct, id: string, { tlsOnly, isKept }: DashboardSiteProps) {
    super(scope, id);
    const bucket = new Bucket(this, 'Files', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: tlsOnly,
      // It holds only what `npm run bundle` builds again at any time. Retained all the same: emptying it with the stack takes
      // a function of CDK's with rights of its own, and a bucket that is not empty makes the stack's deletion fail.
      removalPolicy: isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.bucketName = bucket.bucketName;
  }
}
