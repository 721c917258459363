/**
 * One signed request to a service: one that speaks JSON (Secrets Manager), or S3. An SDK client is a hundred times the code,
 * in each function that asks for one thing.
 */
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { type BoundedAnswer, type BoundedRequest, boundedRequest } from './bounded-request.ts';
import { env } from './env.ts';

export type SignedRequest = Pick<BoundedRequest, 'method' | 'headers' | 'body' | 'maxAnswerBytes'> & {
  /** Default: two seconds. */
  readonly timeoutMs?: number;
  /** Its path in characters that need no escape. */
  readonly url: URL;
  /** As signatures name it. */
  readonly service: string;
  readonly region: string;
};

export type JsonRequest = Omit<SignedRequest, 'method' | 'headers'> & {
  /** As in `secretsmanager.GetSecretValue`. */
  readonly target: string;
  /** Of the service's JSON protocol. */
  readonly version: '1.0' | '1.1';
  readonly body: string;
};

export type ServiceAnswer = BoundedAnswer;

const TIMEOUT_MS = 2_000;

/** What the service answers, whatever its status; rejects where there is no answer in time. */
export async function signedRequest(request: SignedRequest): Promise<ServiceAnswer> {
  const { method, url, service, region, headers, body, timeoutMs = TIMEOUT_MS, maxAnswerBytes } = request;
  const signer = new SignatureV4({
    service,
    region,
    credentials: env.awsCredentials(),
    sha256: Hash.bind(null, 'sha256'),
  });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return boundedRequest({
    method,
    url,
    headers: signed.headers,
    timeoutMs,
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
    ...(body === undefined ? {} : { body }),
  });
}

/** The same to a service that speaks JSON. */
export function signedPost({ target, version, ...request }: JsonRequest): Promise<ServiceAnswer> {
  const headers = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
  return signedRequest({ ...request, method: 'POST', headers });
}

/** Whether the same may succeed a moment later. Throttling comes as 400, by its name. */
export const isPassing = ({ status, body }: ServiceAnswer): boolean =>
  status >= 500 || status === 429 || /Throttl/.test(errorType(body));

/** As in `com.amazonaws.secretsmanager#ResourceNotFoundException`, without what stands before the #. */
export const errorType = (body: string): string => textMember(body, '__type')?.split('#').at(-1) ?? '';

export function textMember(json: string, name: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null) return undefined;
    const member: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
    return typeof member === 'string' ? member : undefined;
  } catch {
    // No JSON has no members; the status says the rest.
    return undefined;
  }
}
