/** The page's own name, and the firewall before it, as settings of the stack. */
import type { ContextReader } from './context-reader.ts';

export type OwnDomain = {
  /** As in battery.example.org. */
  readonly name: string;
  /** Of a certificate for it. */
  readonly certificateArn: string;
};

export type SiteSettings = {
  /** Default: the page is at an address that CloudFront makes up. */
  readonly domain?: OwnDomain;
  /** A web ACL of AWS WAF. Default: none, as it costs by the month. */
  readonly webAclArn?: string;
};

export const SITE_KEYS = ['domain', 'certificateArn', 'webAclArn'] as const;

export function readSite(reader: ContextReader, stage: string): SiteSettings {
  const [first] = SITE_KEYS.filter(reader.isGiven);
  if (first === undefined) return {};
  if (stage === 'emulator')
    return problem(reader, `setting ${first} is for AWS, but stage is emulator, which has no CloudFront`);
  if (reader.isGiven('domain') !== reader.isGiven('certificateArn'))
    return problem(
      reader,
      reader.isGiven('domain')
        ? "setting domain needs certificateArn, a certificate for it in us-east-1, where CloudFront's have to be"
        : 'setting certificateArn is of use only together with domain, the name that it is for',
    );
  const name = reader.read('domain', '', domainName, 'a name such as battery.example.org, in lower case');
  const certificateArn = reader.read('certificateArn', '', certificate, CERTIFICATE_WANTED);
  const webAclArn = reader.read('webAclArn', '', webAcl, WEB_ACL_WANTED);
  return {
    ...(name === '' ? {} : { domain: { name, certificateArn } }),
    ...(webAclArn === '' ? {} : { webAclArn }),
  };
}

function problem(reader: ContextReader, sentence: string): SiteSettings {
  reader.problems.push(sentence);
  return {};
}

const domainName = (text: string): string | undefined =>
  text.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/.test(text) ? text : undefined;

// "Requirements for using SSL/TLS certificates with CloudFront": of another region they are refused, minutes into the deploy.
const CERTIFICATE_WANTED =
  'the ARN of a certificate in us-east-1, such as arn:aws:acm:us-east-1:123456789012:certificate/…';
const certificate = (text: string): string | undefined =>
  /^arn:aws:acm:us-east-1:[0-9]{12}:certificate\/[0-9a-z-]{1,64}$/.test(text) ? text : undefined;

// WAF's own: an ACL for CloudFront is global, and global ones are in us-east-1.
const WEB_ACL_WANTED =
  'the ARN of a global web ACL (scope CLOUDFRONT), such as arn:aws:wafv2:us-east-1:123456789012:global/webacl/NAME/ID';
const webAcl = (text: string): string | undefined =>
  /^arn:aws:wafv2:us-east-1:[0-9]{12}:global\/webacl\/[\w-]{1,128}\/[0-9a-f-]{36}$/.test(text) ? text : undefined;
