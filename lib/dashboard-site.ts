/** The private bucket that holds the dashboard's built files, and on AWS the address at which people see them. */
import { CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export type DashboardSiteProps = {
  /** Whether it is on AWS: over TLS only, and emptied with the stack by a function of CDK's. */
  readonly isOnAws: boolean;
  readonly logRetentionDays: number;
};

export class DashboardSite extends Construct {
  readonly bucket: SiteBucket;

  constructor(scope: Construct, id: string, { isOnAws, logRetentionDays }: DashboardSiteProps) {
    super(scope, id);
    // It holds only what `npm run bundle` builds again at any time.
    this.bucket = new SiteBucket(this, 'Files', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: isOnAws,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: isOnAws,
    });
    if (isOnAws) this.tidyEmptier(logRetentionDays);
  }

  /**
   * The function that empties the bucket before it is deleted. As CDK makes it, its log group would be made by its first run
   * and left behind for ever, and its role could write to every log of the account.
   */
  private tidyEmptier(retention: number): void {
    const emptier = Stack.of(this).node.findChild('Custom::S3AutoDeleteObjectsCustomResourceProvider');
    const [role, handler] = [emptier.node.findChild('Role'), emptier.node.findChild('Handler')];
    if (!(role instanceof CfnResource && handler instanceof CfnResource))
      throw new Error("CDK's function that empties a bucket is made otherwise than it was: see DashboardSite");
    const logGroup = new LogGroup(this, 'EmptierLogs', { retention, removalPolicy: RemovalPolicy.DESTROY });
    handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroup.logGroupName });
    role.addPropertyDeletionOverride('ManagedPolicyArns');
    role.addPropertyOverride('Policies', [
      {
        PolicyName: 'own',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              Resource: logGroup.logGroupArn,
            },
          ],
        },
      },
    ]);
  }
}

// Where optional and undefined are told apart, as here, CDK's own Bucket is none of its IBucket but for this.
class SiteBucket extends Bucket {
  override get isWebsite(): boolean {
    return false;
  }
}
