import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { siteFolder } from '../../lib/built-site.ts';
import { CONFIG_FILE, SITE_HEADERS, siteFile, siteFiles } from '../../lib/site-files.ts';
import { assetFiles, CASES, type Synthesized, synthesizedCombinations } from './all-templates.ts';
import { ofType, ROOT, SYNTHESIS_TIMEOUT_MS, type Template, type Tree, textOf } from './templates.ts';

let all: readonly Synthesized[] = [];
beforeAll(async () => {
  all = await synthesizedCombinations();
}, SYNTHESIS_TIMEOUT_MS);

const NONE: Template = { Resources: {}, Outputs: {} };
const one = (template: Template, type: string): Tree => {
  const [first, ...others] = ofType(template, type);
  expect([type, others]).toEqual([type, []]);
  return first?.[1].Properties ?? {};
};

describe.each(CASES)('$title', ({ i, settings }) => {
  const template = (): Template => all[i]?.template ?? NONE;
  const isOnAws = settings.stage === 'aws';

  test('the bucket is private, encrypted, over TLS only, and goes with the stack, files and all', () => {
    const bucket = ofType(template(), 'AWS::S3::Bucket').find(([id]) => id.startsWith('SiteFiles'));
    expect(bucket?.[1].Properties['PublicAccessBlockConfiguration']).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(JSON.stringify(bucket?.[1].Properties['BucketEncryption'])).toContain('AES256');
    expect(bucket?.[1].DeletionPolicy).toBe('Delete');
    const policies = JSON.stringify(ofType(template(), 'AWS::S3::BucketPolicy'));
    expect(policies.includes('"aws:SecureTransport":"false"')).toBe(isOnAws);
    const emptied = ofType(template(), 'Custom::S3AutoDeleteObjects').map(([, { Properties }]) =>
      textOf(Properties['BucketName']),
    );
    expect(emptied.includes('${SiteFiles975A43CF}')).toBe(isOnAws);
  });

  if (!isOnAws) {
    test('an emulator gets its files from a script, and has no CloudFront', () => {
      const types = Object.values(template().Resources).map(({ Type }) => Type);
      expect(types.filter((type) => /CloudFront|Custom::|Budgets|LayerVersion/.test(type))).toEqual([]);
      expect(textOf(template().Outputs['PageUrl']?.['Value'] ?? '')).toBe(
        settings.signIn === undefined ? '' : `${settings.signIn.emulatorUrl}/\${SiteFiles975A43CF}/index.html`,
      );
      expect(Object.keys(template().Outputs)).not.toContain('DistributionId');
    });
    return;
  }

  const distribution = (): Tree => one(template(), 'AWS::CloudFront::Distribution')['DistributionConfig'] ?? {};

  test('only CloudFront reads the bucket, and only for this distribution', () => {
    const policies = ofType(template(), 'AWS::S3::BucketPolicy').filter(([name]) => name.startsWith('SiteFiles'));
    expect(policies).toHaveLength(1);
    const policy = JSON.stringify(policies);
    const [id] = ofType(template(), 'AWS::CloudFront::Distribution')[0] ?? [];
    expect(policy).toContain('"Principal":{"Service":"cloudfront.amazonaws.com"}');
    expect(policy).toMatch(new RegExp(`"AWS:SourceArn":.*:distribution/",\\{"Ref":"${id}"\\}`));
    expect(one(template(), 'AWS::CloudFront::OriginAccessControl')['OriginAccessControlConfig']).toMatchObject({
      SigningBehavior: 'always',
      SigningProtocol: 'sigv4',
    });
  });

  test('page and API are at one address, and an error of the API stays what it is', () => {
    const { DefaultCacheBehavior, CacheBehaviors, ...rest } = distribution();
    const [api, ...others] = [CacheBehaviors].flat();
    expect(others).toEqual([]);
    expect(api).toMatchObject({
      PathPattern: '/api/*',
      ViewerProtocolPolicy: 'https-only',
      // Managed policies: CachingDisabled, and AllViewerExceptHostHeader, which hands Authorization on.
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    });
    expect([api?.['AllowedMethods']].flat()).toEqual(expect.arrayContaining(['GET', 'POST', 'DELETE']));
    expect(DefaultCacheBehavior).toMatchObject({
      AllowedMethods: ['GET', 'HEAD'],
      ViewerProtocolPolicy: 'redirect-to-https',
    });
    expect(rest).toMatchObject({ DefaultRootObject: 'index.html', HttpVersion: 'http2and3', Enabled: true });
    // Neither kept for the next caller, nor another answer in their place.
    expect(rest['CustomErrorResponses']).toEqual(
      [404, 405, 414, 500, 501, 502, 503, 504].map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })),
    );
    expect(JSON.stringify(template())).not.toMatch(/Access-Control-Allow|CorsConfig/);
    const apiOrigin = [rest['Origins']].flat().find((origin) => origin?.['CustomOriginConfig'] !== undefined);
    expect(apiOrigin?.['CustomOriginConfig']).toMatchObject({ OriginProtocolPolicy: 'https-only' });
    expect(textOf(apiOrigin?.['DomainName'])).toMatch(/^\$\{HttpApi.*\}\.execute-api\.\$\{AWS::Region\}/);
  });

  test('every answer has the headers of the local page, and says that it is always TLS', () => {
    const id = ofType(template(), 'AWS::CloudFront::ResponseHeadersPolicy')[0]?.[0];
    const { DefaultCacheBehavior, CacheBehaviors } = distribution();
    for (const behaviour of [DefaultCacheBehavior, CacheBehaviors].flat())
      expect(behaviour?.['ResponseHeadersPolicyId']).toEqual({ Ref: id });
    const policy = one(template(), 'AWS::CloudFront::ResponseHeadersPolicy')['ResponseHeadersPolicyConfig'];
    const security = policy?.['SecurityHeadersConfig'];
    const custom = [policy?.['CustomHeadersConfig']?.['Items'] ?? []].flat();
    expect({
      'content-security-policy': security?.['ContentSecurityPolicy']?.['ContentSecurityPolicy'],
      'x-content-type-options': security?.['ContentTypeOptions'] === undefined ? '' : 'nosniff',
      'referrer-policy': security?.['ReferrerPolicy']?.['ReferrerPolicy'],
      ...Object.fromEntries(custom.map((item) => [textOf(item?.['Header']), item?.['Value']])),
    }).toEqual(SITE_HEADERS);
    expect(security?.['StrictTransportSecurity']).toEqual({
      AccessControlMaxAgeSec: 31_536_000,
      IncludeSubdomains: false,
      Override: true,
    });
  });

  test('an own name has its certificate and no TLS older than 1.2, and a web ACL stands before all', () => {
    const { domain, webAclArn } = settings.site;
    const { Aliases, ViewerCertificate, WebACLId } = distribution();
    expect(Aliases).toEqual(domain === undefined ? undefined : [domain.name]);
    const certificate = {
      AcmCertificateArn: domain?.certificateArn,
      MinimumProtocolVersion: 'TLSv1.2_2021',
      SslSupportMethod: 'sni-only',
    };
    expect(ViewerCertificate).toEqual(domain === undefined ? undefined : certificate);
    expect(WebACLId).toBe(webAclArn);
    const page = textOf(template().Outputs['PageUrl']?.['Value'] ?? '');
    expect(page).toMatch(
      domain === undefined ? /^https:\/\/\$\{Edge.*\.DomainName\}\/$/ : /^https:\/\/battery\.example\.org\/$/,
    );
    expect('DistributionHost' in template().Outputs).toBe(domain !== undefined);
  });

  test('CloudFront’s names, which all regions of an account share, have the region in them', () => {
    const names = [
      one(template(), 'AWS::CloudFront::OriginAccessControl')['OriginAccessControlConfig']?.['Name'],
      one(template(), 'AWS::CloudFront::ResponseHeadersPolicy')['ResponseHeadersPolicyConfig']?.['Name'],
      ...ofType(template(), 'AWS::CloudFront::Function').map(([, { Properties }]) => Properties['Name']),
    ].map(textOf);
    expect(names.filter((name) => !name.includes('${AWS::Region}'))).toEqual([]);
    // The longest region's name has 14 characters; the two first may have 64.
    for (const name of names.slice(0, 2))
      expect(name.replace('${AWS::Region}', 'x'.repeat(14)).length).toBeLessThan(65);
  });

  test('its files come in two parts by the one list: the assets for good, then what names them, asked again', async () => {
    const files = [...(await siteFiles(siteFolder(ROOT))), siteFile(CONFIG_FILE)];
    const paths = (kept: RegExp): readonly string[] =>
      files.filter(({ cacheControl }) => kept.test(cacheControl)).map(({ path }) => path);
    const [assets, pages, ...others] = ofType(template(), 'Custom::CDKBucketDeployment');
    expect(others).toEqual([]);
    expect(assets?.[1].Properties).toMatchObject({
      Exclude: ['*'],
      Include: paths(/immutable/),
      SystemMetadata: { 'cache-control': 'public, max-age=31536000, immutable' },
      Prune: false,
    });
    expect(pages?.[1].Properties).toMatchObject({
      Exclude: ['*'],
      Include: paths(/^no-cache$/),
      SystemMetadata: { 'cache-control': 'no-cache' },
      Prune: false,
      DistributionPaths: ['/', ...paths(/^no-cache$/).map((path) => `/${path}`)],
    });
    expect(pages?.[1].DependsOn).toContain(assets?.[0]);
    expect(paths(/^no-cache$/)).toEqual(expect.arrayContaining(['index.html', 'docs.html', CONFIG_FILE]));
    expect(paths(/immutable/).length).toBeGreaterThan(1);
    expect(files.map(({ path }) => path).filter((path) => /[*?[\]]/.test(path))).toEqual([]);
    // By these endings the AWS CLI, which is told no type, finds the one that a browser wants.
    expect(files.map(({ path }) => extname(path)).filter((end) => !/^\.(html|js|css|svg|json)$/.test(end))).toEqual([]);
  });

  test('config.json says where the API is and where people sign in', () => {
    const [, pages] = ofType(template(), 'Custom::CDKBucketDeployment');
    const { SourceObjectKeys, SourceMarkers } = pages?.[1].Properties ?? {};
    const [, hash = ''] = [SourceObjectKeys].flat().map((key) => textOf(key).replace(/\.zip$/, ''));
    const folder = all[i]?.folder ?? '';
    expect(assetFiles(folder, hash)).toEqual([CONFIG_FILE]);
    const [, markers = {}] = [SourceMarkers].flat();
    const text = Object.entries(markers ?? {}).reduce(
      (filled, [marker, value]) => filled.replaceAll(marker, textOf(value)),
      readFileSync(join(folder, `asset.${hash}`, CONFIG_FILE), 'utf8'),
    );
    const output = (name: string): string => textOf(template().Outputs[name]?.['Value'] ?? '');
    expect(JSON.parse(text)).toEqual({
      apiUrl: '/api',
      minPollSeconds: 5,
      local: false,
      topicRoot: settings.topicRoot,
      signIn: {
        url: output('SignInUrl'),
        clientId: output('PageClientId'),
        cliClientId: output('CliClientId'),
        scope: 'openid battery/read',
        redirectUri: output('PageUrl'),
      },
    });
  });

  test('a file is never taken away while a page that names it may be open, and all are when the bucket goes', () => {
    const uploads = ofType(template(), 'Custom::CDKBucketDeployment');
    const emptier = ofType(template(), 'Custom::S3AutoDeleteObjects').find(([id]) => id.startsWith('SiteFiles'));
    for (const [, { Properties }] of uploads) expect(Properties['RetainOnDelete']).toBeUndefined();
    // Deleted in the other order: after the last upload, before the bucket.
    expect(uploads[0]?.[1].DependsOn).toContain(emptier?.[0]);
    expect(emptier?.[1].Properties['BucketName']).toEqual({ Ref: 'SiteFiles975A43CF' });
  });
});

test('what a synthesis keeps of the AWS CLI is where it lies, not its 22 MB', () => {
  const { Resources } = all[0]?.template ?? NONE;
  const layer = Object.values(Resources).find(({ Type }) => Type === 'AWS::Lambda::LayerVersion');
  const hash = textOf(layer?.Properties['Content']?.['S3Key']).replace(/\.zip$/, '');
  const manifest: { readonly files: Readonly<Record<string, { readonly source: { readonly path: string } }>> } =
    JSON.parse(readFileSync(join(all[0]?.folder ?? '', 'Amphora.assets.json'), 'utf8'));
  expect(manifest.files[hash]?.source.path).toMatch(/node_modules.*asset-awscli-v1.*layer\.zip$/);
});
