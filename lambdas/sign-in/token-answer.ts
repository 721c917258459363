/** What a token endpoint (RFC 6749, section 5) said. Nothing of a token ever stands in a reason. */

export type GrantedTokens = {
  readonly accessToken: string;
  readonly expiresInS: number;
  /** With a new one the old one may be dead. */
  readonly refreshToken?: string;
  /** Of OpenID Connect: who signed in. */
  readonly idToken?: string;
};

export type TokenAnswer =
  | { readonly kind: 'granted'; readonly tokens: GrantedTokens }
  /** `error` is the code of RFC 6749 or 7009, as in `invalid_grant`. */
  | { readonly kind: 'refused'; readonly error: string }
  /** `isFinal`: asking again does not help, for this is no token endpoint. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly isFinal: boolean };

/** As it came over HTTP. */
export type TokenReply = { readonly status: number; readonly body: string };

const TOKEN = /^[\x21-\x7e]{1,16384}$/;
const ERROR_CODE = /^[a-z_]{1,40}$/;
// TokenValidityUnits of Cognito's API reference: access tokens live for a day at most.
const MAX_LIFETIME_S = 24 * 60 * 60;

export function tokenAnswer(reply: TokenReply): TokenAnswer {
  if (reply.status !== 200) return refusal(reply);
  const body = membersOf(reply.body);
  const { access_token: accessToken, expires_in: expiresInS, refresh_token: refreshToken, id_token: idToken } = body;
  if (!isToken(accessToken)) return foreign('no access token in its answer');
  if (refreshToken !== undefined && !isToken(refreshToken)) return foreign('a refresh token that is none');
  const isTime = typeof expiresInS === 'number' && Number.isInteger(expiresInS) && expiresInS > 0;
  if (!isTime || expiresInS > MAX_LIFETIME_S) return foreign('an access token without its lifetime');
  const others = { ...(refreshToken === undefined ? {} : { refreshToken }), ...(isToken(idToken) ? { idToken } : {}) };
  return { kind: 'granted', tokens: { accessToken, expiresInS, ...others } };
}

/** Undefined: revoked. */
export function revocationFault(reply: TokenReply): Exclude<TokenAnswer, { readonly kind: 'granted' }> | undefined {
  return reply.status === 200 ? undefined : refusal(reply);
}

function refusal({ status, body }: TokenReply): Exclude<TokenAnswer, { readonly kind: 'granted' }> {
  const { error } = membersOf(body);
  // Too late and too many requests say nothing of the token, whatever else stands there.
  const isPassing = status === 408 || status === 429 || status >= 500;
  return !isPassing && status >= 400 && isErrorCode(error)
    ? { kind: 'refused', error }
    : { kind: 'unavailable', reason: `status ${status}`, isFinal: !isPassing };
}

const foreign = (reason: string): TokenAnswer => ({ kind: 'unavailable', reason, isFinal: true });

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
