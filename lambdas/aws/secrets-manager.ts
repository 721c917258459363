/**
 * The text of one secret, by one signed request. The SDK's client for it is 297 kB and 25 ms of a cold start more, in each
 * function that reaches the database.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { AmphoraError } from '../failures/amphora-error.ts';
import { env } from './env.ts';
import { messageOf } from './log.ts';

type Answer = { readonly status: number; readonly body: string };

const ATTEMPTS = 2;
const ATTEMPT_TIMEOUT_MS = 2_000;

/** Throws 'secret-unavailable', to be tried again, with a sentence that names the secret and what to do. */
export async function secretText(arn: string, nowMs: () => number): Promise<string> {
  const url = new URL(secretsEndpoint(arn));
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === ATTEMPTS;
    try {
      const { status, body } = await getSecretValue(url, arn, new Date(nowMs()));
      if (status === 200) return textMember(body, 'SecretString') ?? '';
      const type = errorType(body);
      if (isLast || !isPassing(status, type)) throw refusal(arn, status, type);
    } catch (cause) {
      if (cause instanceof AmphoraError) throw cause;
      if (isLast) throw noAnswer(arn, url, cause);
    }
  }
}

export function secretUnavailable(arn: string, why: string, remedy: string, cause?: unknown): AmphoraError {
  return new AmphoraError(
    'secret-unavailable',
    `the database's token could not be read from secret '${nameOf(arn)}': ${why}; ${remedy}`,
    { retry: true, cause },
  );
}

/** From a file, for what is typed stays in the shell's history. */
export function howToFill(arn: string): string {
  return `put the token in with aws secretsmanager put-secret-value --secret-id ${nameOf(arn)} --secret-string file://FILE`;
}

/** What the environment says, as the SDK reads it; else the one of the secret's own region. */
export function secretsEndpoint(arn: string): string {
  const [, partition, , region] = arn.split(':');
  return (
    env.secretsEndpoint() ?? `https://secretsmanager.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}`
  );
}

// Without the six characters that Secrets Manager adds: its own command line takes this name.
function nameOf(arn: string): string {
  return (arn.split(':secret:')[1] ?? arn).replace(/-[A-Za-z0-9]{6}$/, '');
}

async function getSecretValue(url: URL, arn: string, signedAt: Date): Promise<Answer> {
  const signer = new SignatureV4({
    service: 'secretsmanager',
    region: arn.split(':')[3] ?? '',
    credentials: env.awsCredentials(),
    sha256: Hash.bind(null, 'sha256'),
  });
  const { headers, body } = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: {
        host: url.host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'secretsmanager.GetSecretValue',
      },
      body: JSON.stringify({ SecretId: arn }),
    },
    { signingDate: signedAt },
  );
  return post(url, headers, String(body));
}

function post(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<Answer> {
  const request = url.protocol === 'http:' ? httpRequest : httpsRequest;
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, signal }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

// Throttling comes as 400, by its name.
const isPassing = (status: number, type: string): boolean => status >= 500 || status === 429 || /Throttl/.test(type);

function refusal(arn: string, status: number, type: string): AmphoraError {
  if (type === 'ResourceNotFoundException')
    return secretUnavailable(arn, 'there is none, or it has no value yet', howToFill(arn));
  if (type.startsWith('AccessDenied'))
    return secretUnavailable(arn, 'the function has not the right', 'deploy the stack again, with this secret');
  const why = `Secrets Manager answered ${status}${type === '' ? '' : ` ${type}`}`;
  return secretUnavailable(arn, why, `look at it with aws secretsmanager describe-secret --secret-id ${nameOf(arn)}`);
}

function noAnswer(arn: string, url: URL, cause: unknown): AmphoraError {
  const why = `Secrets Manager does not answer at ${url.origin} (${messageOf(cause)})`;
  return secretUnavailable(arn, why, 'a function in a VPC needs an endpoint for it, which lets it in', cause);
}

// As in `com.amazonaws.secretsmanager#ResourceNotFoundException`, or without what stands before the #.
const errorType = (body: string): string => textMember(body, '__type')?.split('#').at(-1) ?? '';

function textMember(json: string, name: string): string | undefined {
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
