/** The sign-in service's `/oauth2/token` and `/oauth2/revoke`: Cognito's, or that of ./amphora start --auth. */

import { decodeJwt } from 'jose';
import { networkReason } from '../address.ts';
import { jsonMembers } from '../json-members.ts';

const PATIENCE_MS = 15_000;
const SECOND_MS = 1000;
const MAX_LIFETIME_S = 24 * 3600;
// It becomes an HTTP header, and a line on stdout.
const TOKEN = /^[\x21-\x7e]{1,16384}$/;

export type Client = {
  /** What `/oauth2/token` is under. */
  readonly url: string;
  readonly clientId: string;
  /** Of a machine client; the command line's own client is public. */
  readonly secret?: string;
};

export type Tokens = {
  readonly accessToken: string;
  /** Absent when the one there is stays valid, as it does with Cognito, or when there is none (a machine client). */
  readonly refreshToken?: string;
  readonly lifetimeMs: number;
  readonly issuer: string;
  readonly scope: string;
  /** When it was issued, by the service's clock. */
  readonly issuedAtMs: number | undefined;
  /** Who signed in, for people. */
  readonly user: string | undefined;
};

export type TokenAnswer =
  | ({ readonly kind: 'tokens' } & Tokens)
  /** Understood and refused: RFC 6749's word for why. */
  | { readonly kind: 'refused'; readonly error: string }
  /** No answer, or one of somebody else; asking again may help where it is not `isFinal`. */
  | { readonly kind: 'no-answer'; readonly reason: string; readonly isFinal: boolean };

/** `form`: the grant, as in RFC 6749. The client is added. */
export async function askForTokens(client: Client, form: Readonly<Record<string, string>>): Promise<TokenAnswer> {
  const answer = await post(client, 'token', form);
  if (answer.kind !== 'answer') return answer;
  const { status, body } = answer;
  if (status === 200) return tokensOf(client, body);
  const error = body['error'];
  if (status >= 400 && status < 500 && status !== 429 && typeof error === 'string' && /^[a-z_]{1,40}$/.test(error))
    return { kind: 'refused', error };
  return { kind: 'no-answer', reason: `status ${status}`, isFinal: status !== 429 && status < 500 };
}

/** Undefined when the refresh token is dead now, else why that is not known. */
export async function revoke(client: Client, refreshToken: string): Promise<string | undefined> {
  const answer = await post(client, 'revoke', { token: refreshToken });
  if (answer.kind !== 'answer') return answer.reason;
  const { status, body } = answer;
  // RFC 7009, 2.2: an unknown token is answered 200 too. Cognito says invalid_grant of one that it does not take any more.
  const isDead = status === 200 || (status === 400 && body['error'] === 'invalid_grant');
  return isDead
    ? undefined
    : `status ${status}${typeof body['error'] === 'string' ? `, ${wordOf(body['error'])}` : ''}`;
}

const wordOf = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 80);

type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Readonly<Record<string, unknown>> }
  | Extract<TokenAnswer, { readonly kind: 'no-answer' }>;

async function post(
  { url, clientId, secret }: Client,
  path: 'token' | 'revoke',
  form: Readonly<Record<string, string>>,
): Promise<Answer> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const basic = Buffer.from(`${clientId}:${secret ?? ''}`).toString('base64');
  try {
    const response = await fetch(`${url}/oauth2/${path}`, {
      method: 'POST',
      headers: secret === undefined ? headers : { ...headers, authorization: `Basic ${basic}` },
      body: new URLSearchParams({ ...form, client_id: clientId }).toString(),
      // Followed, it would carry a code or a token to another address.
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { kind: 'answer', status: response.status, body: jsonMembers(await response.text()) };
  } catch (error) {
    return { kind: 'no-answer', reason: networkReason(error), isFinal: false };
  }
}

function tokensOf(client: Client, body: Readonly<Record<string, unknown>>): TokenAnswer {
  const foreign = (reason: string): TokenAnswer => ({ kind: 'no-answer', reason, isFinal: true });
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: lifetimeS, id_token: idToken } = body;
  if (typeof accessToken !== 'string' || !TOKEN.test(accessToken)) return foreign('no access token in its answer');
  if (refreshToken !== undefined && (typeof refreshToken !== 'string' || !TOKEN.test(refreshToken)))
    return foreign('a refresh token that is none');
  const isTime = typeof lifetimeS === 'number' && lifetimeS > 0 && lifetimeS <= MAX_LIFETIME_S;
  if (!isTime) return foreign('an access token without its lifetime');
  const claims = claimsOf(accessToken);
  if (claims === undefined) return foreign('an access token that is no JWT');
  const { iss, iat, scope, client_id: issuedTo, token_use: use } = claims;
  // What is not for us is not shown to the API either.
  if (issuedTo !== client.clientId || (use !== undefined && use !== 'access'))
    return foreign('an access token of another client');
  return {
    kind: 'tokens',
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    lifetimeMs: lifetimeS * SECOND_MS,
    issuer: typeof iss === 'string' ? iss : '',
    scope: typeof scope === 'string' ? scope : '',
    issuedAtMs: typeof iat === 'number' ? iat * SECOND_MS : undefined,
    user: userOf(typeof idToken === 'string' ? claimsOf(idToken) : undefined, claims),
  };
}

type Claims = ReturnType<typeof decodeJwt>;

/** Unverified: who verifies a token is the API. It came from the service itself, over TLS (OpenID Connect Core, 3.1.3.7). */
function claimsOf(token: string): Claims | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

function userOf(id: Claims | undefined, access: Claims): string | undefined {
  const name = [id?.['email'], access['username']].find((one) => typeof one === 'string' && one !== '');
  return typeof name === 'string' ? wordOf(name) : undefined;
}
