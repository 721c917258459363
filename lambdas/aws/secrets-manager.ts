/** The text of one secret. */
import { AmphoraError } from '../failures/amphora-error.ts';
import { env } from './env.ts';
import { messageOf } from './log.ts';
import { errorType, isPassing, type ServiceAnswer, signedPost, textMember } from './signed-request.ts';

const ATTEMPTS = 2;

/** Throws 'secret-unavailable', to be tried again, with a sentence that names the secret and what to do. */
export async function secretText(arn: string): Promise<string> {
  const url = new URL(secretsEndpoint(arn));
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === ATTEMPTS;
    try {
      const answer = await getSecretValue(url, arn);
      if (answer.status === 200) return textMember(answer.body, 'SecretString') ?? '';
      if (isLast || !isPassing(answer)) throw refusal(arn, answer.status, errorType(answer.body));
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

function getSecretValue(url: URL, arn: string): Promise<ServiceAnswer> {
  const region = arn.split(':')[3] ?? '';
  const body = JSON.stringify({ SecretId: arn });
  return signedPost({
    url,
    service: 'secretsmanager',
    region,
    target: 'secretsmanager.GetSecretValue',
    version: '1.1',
    body,
  });
}

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
