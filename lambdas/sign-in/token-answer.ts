/** What a token endpoint (RFC 6749, section 5) said. Nothing of a token ever stands in a reason. */

export type Tokens = {
  readonly accessToken: string;
  readonly expiresInS: number;
  /** With a new one the old one may be dead. */
  readonly refreshToken?: string;
};

export type TokenAnswer =
  | { readonly kind: 'granted'; readonly tokens: Tokens }
  /** `error` is the code of RFC 6749 or 7009, as in `invalid_grant`. */
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

type Answered = { readonly status: number; readonly body: string };

const TOKEN = /^[\x21-\x7e]{1,16000}$/;
const ERROR_CODE = /^[a-z_]{1,40}$/;

export function tokenAnswer(answer: Answered): TokenAnswer {
  if (answer.status !== 200) return refusal(answer);
  const { access_token: accessToken, expires_in: expiresInS, refresh_token: refreshToken } = membersOf(answer.body);
  const isGranted = isToken(accessToken) && Number.isInteger(expiresInS) && Number(expiresInS) > 0;
  if (!isGranted || (refreshToken !== undefined && !isToken(refreshToken)))
    return { kind: 'unavailable', reason: 'it answered 200 without tokens' };
  const tokens = { accessToken, expiresInS: Number(expiresInS) };
  return { kind: 'granted', tokens: refreshToken === undefined ? tokens : { ...tokens, refreshToken } };
}

/** Undefined: revoked. */
export function revocationFault(answer: Answered): Exclude<TokenAnswer, { readonly kind: 'granted' }> | undefined {
  return answer.status === 200 ? undefined : refusal(answer);
}

function refusal({ status, body }: Answered): Exclude<TokenAnswer, { readonly kind: 'granted' }> {
  const { error } = membersOf(body);
  // Too many requests, and what is no answer of a token endpoint, say nothing of the token.
  const isRefusal = status >= 400 && status < 500 && status !== 408 && status !== 429 && isErrorCode(error);
  return isRefusal ? { kind: 'refused', error } : { kind: 'unavailable', reason: `it answered ${status}` };
}

const isToken = (value: unknown): value is string => typeof value === 'string' && TOKEN.test(value);
const isErrorCode = (value: unknown): value is string => typeof value === 'string' && ERROR_CODE.test(value);

function membersOf(json: string): Readonly<Record<string, unknown>> {
  try {
    return { ...Object(JSON.parse(json)) };
  } catch {
    // No JSON has no members; the status says the rest.
    return {};
  }
}
