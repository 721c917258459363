/**
 * The site's files into their bucket, in two parts: the hashed assets first, for good; then what names them, asked again
 * each time. A deploy that stops in between shows the old page, whose assets are all still there.
 */
import { RemovalPolicy } from 'aws-cdk-lib';
import type { Distribution } from 'aws-cdk-lib/aws-cloudfront';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { BucketDeployment, CacheControl, type ISource, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { CONFIG_FILE, type SiteFile, siteFile } from './site-files.ts';

export type BuiltSite = {
  /** Where the site was built. */
  readonly folder: string;
  /** All that is in it. */
  readonly files: readonly SiteFile[];
};

export type SiteDeploymentProps = {
  readonly site: BuiltSite;
  /** What config.json says; its values may be known only when the stack is deployed. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly bucket: IBucket;
  readonly distribution: Distribution;
  readonly logRetentionDays: number;
};

export class SiteDeployment extends Construct {
  constructor(scope: Construct, id: string, props: SiteDeploymentProps) {
    super(scope, id);
    const { site, config, bucket, distribution } = props;
    const sources = new Construct(this, 'Sources');
    const built = new Asset(sources, 'Site', { path: site.folder });
    const files = [...site.files, siteFile(CONFIG_FILE)];
    const keptAs = (cacheControl: string): string[] =>
      files.filter((file) => file.cacheControl === cacheControl).map(({ path }) => path);

    const uploads = new Construct(this, 'Uploads');
    // Of what is made below here only the AWS CLI is an asset, 22 MB that would be copied into every synthesis: it is read
    // from where the package lies. The sources are bound elsewhere, and copied.
    uploads.node.setContext(DISABLE_ASSET_STAGING_CONTEXT, true);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = uploadRole(this, { logGroup, assets: built.bucket, bucket, distribution });
    const upload = (id: string, cacheControl: string, sources: readonly ISource[], paths: readonly string[] = []) =>
      new BucketDeployment(uploads, id, {
        sources: [...sources],
        destinationBucket: bucket,
        exclude: ['*'],
        include: keptAs(cacheControl),
        // Either part would remove the other's files; and a page that is open still asks for the assets of its own day.
        prune: false,
        cacheControl: [CacheControl.fromString(cacheControl)],
        role: role.withoutPolicyUpdates(),
        logGroup,
        ...(paths.length === 0 ? {} : { distribution, distributionPaths: [...paths] }),
      });

    const builtSite: ISource = { bind: () => ({ bucket: built.bucket, zipObjectKey: built.s3ObjectKey }) };
    const configuration: ISource = {
      bind: (_, context) => Source.jsonData(CONFIG_FILE, config).bind(sources, context),
    };
    const assets = upload('Assets', siteFile('assets/').cacheControl, [builtSite]);
    const { cacheControl } = siteFile(CONFIG_FILE);
    const changed = ['/', ...keptAs(cacheControl).map((path) => `/${path}`)];
    const pages = upload('Pages', cacheControl, [builtSite, configuration], changed);
    pages.node.addDependency(assets);
    // Both use one function, which has the first one's AWS CLI.
    pages.node.tryRemoveChild('AwsCliLayer');
    // Emptied after the last upload is gone, whichever way a deploy ends.
    assets.node.addDependency(bucket);
  }
}

type UploadRoleProps = {
  readonly logGroup: LogGroup;
  /** Where `cdk` puts what it uploads. */
  readonly assets: IBucket;
  readonly bucket: IBucket;
  readonly distribution: Distribution;
};

/** What `aws s3 sync` and an invalidation need; the rights that CDK would give go to every distribution of the account. */
function uploadRole(scope: Construct, { logGroup, assets, bucket, distribution }: UploadRoleProps): Role {
  const may = (actions: string[], resource: string) => new PolicyStatement({ actions, resources: [resource] });
  const statements = [
    may(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn),
    // Of all of them: the two names change with each deploy, and a right that was given a moment ago may not count yet.
    may(['s3:GetObject'], assets.arnForObjects('*')),
    may(['s3:ListBucket'], bucket.bucketArn),
    may(['s3:PutObject'], bucket.arnForObjects('*')),
    may(['cloudfront:CreateInvalidation', 'cloudfront:GetInvalidation'], distribution.distributionArn),
  ];
  return new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: { own: new PolicyDocument({ statements }) },
  });
}
