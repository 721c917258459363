/** The sign-in service's `/oauth2/token` and `/oauth2/revoke`: Cognito's, or that of ./amphora start --auth. */

import { decodeJwt } from 'jose/jwt/decode';
import {
  type GrantedTokens,
  revocationFault,
  type TokenAnswer,
  type TokenReply,
  tokenAnswer,
} from '../../lambdas/sign-in/token-answer.ts';
import { networkReason } from '../address.ts';
import { boundedText } from '../bounded-text.ts';
import { printable, shortened } from '../printable.ts';

const PATIENCE_MS = 15_000;
const SECOND_MS = 1000;
// Three tokens, each of which a header must carry.
const MAX_ANSWER_BYTES = 65_536;
const MAX_NAME = 80;

export type TokenClient = {
  /** What `/oauth2/token` is under. */
  readonly url: string;
  readonly clientId: string;
  /** Of a machine client; the command line's own client is public. */
  readonly secret?: string;
};

/** What came, with what the access token says of itself. */
export type ReadTokens = {
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

export type NoTokens = Exclude<TokenAnswer, { readonly kind: 'granted' }>;
type Unavailable = Extract<TokenAnswer, { readonly kind: 'unavailable' }>;

/** `form`: the grant, as in RFC 6749. The client is added. */
export async function askForTokens(
  client: TokenClient,
  form: Readonly<Record<string, string>>,
): Promise<({ readonly kind: 'tokens' } & ReadTokens) | NoTokens> {
  const reply = await post(client, 'token', form);
  if ('kind' in reply) return reply;
  const answer = tokenAnswer(reply);
  return answer.kind === 'granted' ? readTokens(client, answer.tokens) : answer;
}

/** Undefined when the refresh token is dead now, else why that is not known. */
export async function revoke(client: TokenClient, refreshToken: string): Promise<Unrevoked | undefined> {
  const reply = await post(client, 'revoke', { token: refreshToken });
  const fault = 'kind' in reply ? reply : revocationFault(reply);
  if (fault === undefined) return undefined;
  if (fault.kind === 'unavailable') return { reason: fault.reason, isMissing: fault.isFinal };
  // RFC 7009, 2.2: an unknown token is answered 200. Cognito says invalid_grant of one that it does not take any more.
  return fault.error === 'invalid_grant' ? undefined : { reason: fault.error, isMissing: false };
}

export type Unrevoked = {
  readonly reason: string;
  /** What answers does not answer as a sign-in service that ends logins. */
  readonly isMissing: boolean;
};

async function post(
  { url, clientId, secret }: TokenClient,
  path: 'token' | 'revoke',
  form: Readonly<Record<string, string>>,
): Promise<TokenReply | Unavailable> {
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
    const body = await boundedText(response, MAX_ANSWER_BYTES);
    return body === undefined
      ? { kind: 'unavailable', reason: `more than ${MAX_ANSWER_BYTES} bytes`, isFinal: true }
      : { status: response.status, body };
  } catch (error) {
    return { kind: 'unavailable', reason: networkReason(error), isFinal: false };
  }
}

const MAX_SCOPE = 1_000;

function readTokens(
  { clientId }: TokenClient,
  { accessToken, expiresInS, refreshToken, idToken }: GrantedTokens,
): ({ readonly kind: 'tokens' } & ReadTokens) | Unavailable {
  const foreign = (reason: string): Unavailable => ({ kind: 'unavailable', reason, isFinal: true });
  const claims = claimsOf(accessToken);
  if (claims === undefined) return foreign('an access token that is no JWT');
  const { iss, iat, scope, client_id: issuedTo, token_use: use } = claims;
  // What is not for us is not shown to the API either.
  if (issuedTo !== clientId || (use !== undefined && use !== 'access'))
    return foreign('an access token of another client');
  return {
    kind: 'tokens',
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    lifetimeMs: expiresInS * SECOND_MS,
    issuer: typeof iss === 'string' ? iss : '',
    scope: typeof scope === 'string' ? shortened(printable(scope), MAX_SCOPE) : '',
    issuedAtMs: typeof iat === 'number' ? iat * SECOND_MS : undefined,
    user: userOf(idToken === undefined ? undefined : claimsOf(idToken), claims),
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
  return typeof name === 'string' ? shortened(printable(name), MAX_NAME) : undefined;
}
