/** The private bucket that holds the dashboard's built files. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export class DashboardSite extends Construct {
  readonly bucketName: string;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const bucket = new Bucket(this, 'Files', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      // It holds only what `npm run bundle` builds again at any time. Retained all the same: emptying it with the stack takes
      // a function of CDK's with rights of its own, and a bucket that is not empty makes the stack's deletion fail.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.bucketName = bucket.bucketName;
  }
}
