/** What went wrong with a question to AWS, as a sentence with the next step. */
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';

/**
 * Runs a question to AWS; what fails becomes an AmphoraError with a sentence and the next step. `what` completes "AWS could
 * not …".
 */
export async function asked<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof AmphoraError) throw cause;
    const { reason, next, retry, isHere } = awsProblem(cause);
    const sentence = isHere === true ? `${reason}: ${next}` : `AWS could not ${what}: ${reason}; ${next}`;
    throw new AmphoraError('setting-invalid', sentence, { retry, cause });
  }
}

/** AWS's own name of what went wrong (`ResourceNotFoundException`), also of an error that `asked` threw; '' without one. */
export function awsErrorName(error: unknown): string {
  return shapeOf(error instanceof AmphoraError ? error.cause : error).name;
}

/** AWS's own words. */
export function awsErrorMessage(error: unknown): string {
  return shapeOf(error instanceof AmphoraError ? error.cause : error).message;
}

/** Whether AWS says that what was asked about is not there. CloudFormation has no name of its own for it. */
export function isNotFound(error: unknown): boolean {
  const { name, message } = shapeOf(error instanceof AmphoraError ? error.cause : error);
  return NOT_FOUND.test(name) || (name === 'ValidationError' && message.includes('does not exist'));
}

type Problem = {
  readonly reason: string;
  readonly next: string;
  readonly retry: boolean;
  /** Nobody was asked. */
  readonly isHere?: true;
};

const AGAIN = 'then type the same again';
const SIGN_IN = `sign in (aws sso login, or aws configure), or name a profile in AWS_PROFILE, ${AGAIN}`;

const NOT_FOUND = /NotFound|^NoSuch|NonExistent|DoesNotExist/;
const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError)$/;
const EXPIRED = /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|RequestExpired)$/;
const UNKNOWN_KEY =
  /^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|AuthFailure|IncompleteSignature)/;
const WRONG_SIGNATURE = /^(SignatureDoesNotMatch|InvalidSignatureException|RequestTimeTooSkewed)$/;
const DENIED = /AccessDenied|UnauthorizedOperation|^(Forbidden|ForbiddenException|UnauthorizedException)$/;
const THROTTLED = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceeded/;
// IoT: "A limit has been exceeded." Cognito: "exceeds the limit for a requested AWS resource".
const QUOTA = /^LimitExceeded(Exception)?$/;
// Cognito alone has the one name for both.
const TOO_FAST = /^(Attempt limit exceeded|Rate exceeded)/i;
// An opt-in region answers with the name for an unknown key too.
const REGION_HINT = 'or the region is one that this account has not switched on';

function awsProblem(error: unknown): Problem {
  const { name, message, code, hostname } = shapeOf(error);
  const problem = (reason: string, next: string, retry = false): Problem => ({ reason, next, retry });
  if (NO_CREDENTIALS.test(name)) return credentialsProblem(message);
  if (message.startsWith('Region is missing') || message.includes('region=""'))
    return problem('no region is named', 'give --region (as in --region eu-central-1), or set AWS_REGION');
  if (message.startsWith('Region not accepted'))
    return problem('the region is not written as one', 'give one such as --region eu-central-1');
  if (EXPIRED.test(name) || /token.*expired/i.test(message)) return problem('the credentials have expired', SIGN_IN);
  if (WRONG_SIGNATURE.test(name)) return signatureProblem(message);
  if (UNKNOWN_KEY.test(name)) return problem(`it does not know these credentials, ${REGION_HINT}`, SIGN_IN);
  if (DENIED.test(name))
    return problem(
      `these credentials may not do that (${oneLine(message)})`,
      'ask the owner of the account for the right',
    );
  if (QUOTA.test(name) && !TOO_FAST.test(message))
    return problem(
      `a quota of the account is used up (${oneLine(message)})`,
      'remove what is not needed, or ask for more (Service Quotas in the console)',
    );
  if (THROTTLED.test(name) || QUOTA.test(name))
    return problem('it asks for fewer questions', 'wait a minute and type the same again', true);
  if (NOT_FOUND.test(name)) return problem(oneLine(message), 'check the name, the region and the account');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return problem(
      `there is no host ${hostname ?? 'of that name'}, or this machine has no way to the internet`,
      'check the region and the network',
      true,
    );
  if (code === 'ECONNREFUSED')
    return problem(
      `nothing answers at its address (${oneLine(message) || code})`,
      'check AWS_ENDPOINT_URL and the network',
      true,
    );
  if (code !== undefined || /Timeout|NetworkingError/.test(name))
    return problem(`no answer came (${code ?? oneLine(message)})`, 'check the network, and type the same again', true);
  return problem(oneLine(message) || name || 'it gave no reason', 'mend that and type the same again');
}

function credentialsProblem(message: string): Problem {
  const profile = process.env['AWS_PROFILE'] ?? '';
  if (/expired|sso login/i.test(message)) return { reason: 'the sign-in has expired', next: SIGN_IN, retry: false };
  if (profile !== '') {
    const next = `check the name (aws configure list-profiles), ${AGAIN}`;
    return { reason: `profile '${profile}' gives no credentials`, next, retry: false };
  }
  return { reason: 'there are no AWS credentials here', next: SIGN_IN, retry: false, isHere: true };
}

// "Signature expired: 20260101T… is now earlier than …", "Signature not yet current: …", "The difference between the request
// time and the current time is too large".
function signatureProblem(message: string): Problem {
  if (/expired|not yet current|too large|skewed/i.test(message)) {
    return {
      reason: "this machine's clock is wrong",
      next: `set it (timedatectl set-ntp true), ${AGAIN}`,
      retry: false,
    };
  }
  return { reason: 'the secret access key does not fit its key id', next: SIGN_IN, retry: false };
}

type Shape = {
  readonly name: string;
  readonly message: string;
  /** Of the socket. */
  readonly code: string | undefined;
  readonly hostname: string | undefined;
};

const SOCKET_CODE =
  /\bE(NOTFOUND|AI_AGAIN|CONNREFUSED|CONNRESET|TIMEDOUT|PIPE|HOSTUNREACH|NETUNREACH)\b|\bsocket hang up\b/;

// By their members: an error of another realm is no `instanceof Error`.
function shapeOf(error: unknown): Shape {
  const text = (key: string): string | undefined => {
    if (typeof error !== 'object' || error === null) return undefined;
    const value: unknown = Reflect.get(error, key);
    return typeof value === 'string' ? value : undefined;
  };
  const message = text('message') ?? String(error);
  // The SDK wraps what it does not take for an Error, and leaves only the words.
  const code = /^E[A-Z_]+$/.exec(text('code') ?? '')?.[0] ?? SOCKET_CODE.exec(message)?.[0];
  const hostname = text('hostname') ?? /getaddrinfo \w+ (\S+)/.exec(message)?.[1];
  return { name: text('name') ?? '', message, code, hostname };
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
