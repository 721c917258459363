/** The page and the API at one address, so that no page of another origin has to be let in: CloudFront before both. */
import { join } from 'node:path';
import { Aws, Duration, Names } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  type BehaviorOptions,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { SITE_HEADERS } from './site-files.ts';
import type { SiteSettings } from './site-settings.ts';

const KEPT_ERRORS = [404, 405, 414, 500, 501, 502, 503, 504];

// CloudFront takes 64 characters; the longest region's name has 14.
const MAX_NAME = 40;

export type SiteDistributionProps = {
  readonly bucket: IBucket;
  /** The API's own host name. */
  readonly apiHost: string;
  readonly settings: SiteSettings;
};

export class SiteDistribution extends Construct {
  readonly distribution: Distribution;
  /** With a slash at its end: the address that a browser shows. */
  readonly pageUrl: string;

  constructor(scope: Construct, id: string, { bucket, apiHost, settings }: SiteDistributionProps) {
    super(scope, id);
    const { domain, webAclArn } = settings;
    const responseHeadersPolicy = this.headers();
    this.distribution = new Distribution(this, 'Distribution', {
      comment: 'Amphora: the page, and its API below /api',
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        ...this.behaviour('PageRequest', 'page-request.js'),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        origin: S3BucketOrigin.withOriginAccessControl(bucket, {
          originAccessControl: new S3OriginAccessControl(this, 'Access', {
            originAccessControlName: this.name('files'),
          }),
        }),
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy,
      },
      // Without a page of their own, which would take the place of the API's errors. Unless it is told so, CloudFront keeps
      // what it always keeps of errors for ten seconds, for all callers and queries alike ("How CloudFront processes HTTP 4xx
      // and 5xx status codes from your origin").
      errorResponses: KEPT_ERRORS.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      additionalBehaviors: {
        '/api/*': {
          ...this.behaviour('ApiRequest', 'api-request.js'),
          // Refused: a script that was led on would send its token readable each time, and nobody would notice.
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          origin: new HttpOrigin(apiHost, {
            protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
            originSslProtocols: [OriginSslPolicy.TLS_V1_2],
          }),
          allowedMethods: AllowedMethods.ALLOW_ALL,
          // With caching off, Authorization is among "all viewer headers" ("Configure CloudFront to forward the Authorization
          // header" in its developer guide); Host must not be, for by it API Gateway finds the API.
          cachePolicy: CachePolicy.CACHING_DISABLED,
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
          responseHeadersPolicy,
        },
      },
      ...(domain === undefined
        ? {}
        : {
            domainNames: [domain.name],
            certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
            // At CloudFront's own name it is CloudFront that decides, and TLS 1.0 is taken too.
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
          }),
      ...(webAclArn === undefined ? {} : { webAclId: webAclArn }),
    });
    this.pageUrl = `https://${domain?.name ?? this.distribution.distributionDomainName}/`;
  }

  /** CloudFront's names are of the account, all regions together: CDK's own would let a second region's stack fail. */
  private name(what: string): string {
    return `${Names.uniqueResourceName(this, { maxLength: MAX_NAME })}-${Aws.REGION}-${what}`;
  }

  private behaviour(id: string, file: string): Omit<BehaviorOptions, 'origin'> {
    const edgeFunction = new EdgeFunction(this, id, {
      code: FunctionCode.fromFile({ filePath: join(import.meta.dirname, 'edge', file) }),
      runtime: FunctionRuntime.JS_2_0,
    });
    return {
      compress: true,
      functionAssociations: [{ function: edgeFunction, eventType: FunctionEventType.VIEWER_REQUEST }],
    };
  }

  private headers(): ResponseHeadersPolicy {
    const {
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': _nosniff,
      'referrer-policy': _noReferrer,
      ...others
    } = SITE_HEADERS;
    const override = true;
    return new ResponseHeadersPolicy(this, 'Headers', {
      responseHeadersPolicyName: this.name('headers'),
      comment: 'Amphora: nothing from elsewhere runs, nothing frames the page, always TLS',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy, override },
        contentTypeOptions: { override },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override },
        // Without the names below it: of an own domain those are somebody's other hosts, which may have no TLS.
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: false, override },
      },
      customHeadersBehavior: {
        customHeaders: Object.entries(others).map(([header, value]) => ({ header, value, override })),
      },
    });
  }
}
