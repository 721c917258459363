/** Who signs people in: the user pool's endpoints for tokens, asked as the page's client, which has no secret. */
import { revocationFault, type TokenAnswer, tokenAnswer } from '../sign-in/token-answer.ts';
import { type BoundedAnswer, boundedRequest } from './bounded-request.ts';
import { env } from './env.ts';
import { messageOf } from './log.ts';

export type SignInService = {
  /** The page's whole address. */
  readonly pageUrl: string;
  readonly exchange: (code: string, codeVerifier: string) => Promise<TokenAnswer>;
  readonly refresh: (refreshToken: string) => Promise<TokenAnswer>;
  /** Undefined: done. */
  readonly revoke: (refreshToken: string) => Promise<Exclude<TokenAnswer, { readonly kind: 'granted' }> | undefined>;
};

// One try, well before the function's own end (10 s): who waits is a person before a page.
const TIMEOUT_MS = 5_000;

/** Undefined where nobody signs in. */
export function signInService(): SignInService | undefined {
  const [url, clientId, pageUrl] = [env.signInUrl(), env.signInClientId(), env.pageUrl()];
  if (url === undefined || clientId === undefined || pageUrl === undefined) return undefined;
  const ask = (path: string, form: Readonly<Record<string, string>>): Promise<BoundedAnswer> =>
    boundedRequest({
      method: 'POST',
      url: new URL(`${url}${path}`),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({ client_id: clientId, ...form }).toString(),
      timeoutMs: TIMEOUT_MS,
    });
  const token = async (form: Readonly<Record<string, string>>): Promise<TokenAnswer> => {
    try {
      return tokenAnswer(await ask('/oauth2/token', form));
    } catch (error) {
      return noAnswer(error);
    }
  };
  return {
    pageUrl,
    exchange: (code, codeVerifier) =>
      token({ grant_type: 'authorization_code', redirect_uri: pageUrl, code, code_verifier: codeVerifier }),
    refresh: (refreshToken) => token({ grant_type: 'refresh_token', refresh_token: refreshToken }),
    revoke: async (refreshToken) => {
      try {
        return revocationFault(await ask('/oauth2/revoke', { token: refreshToken }));
      } catch (error) {
        return noAnswer(error);
      }
    },
  };
}

const noAnswer = (error: unknown): Extract<TokenAnswer, { readonly kind: 'unavailable' }> => ({
  kind: 'unavailable',
  reason: messageOf(error),
  isFinal: false,
});
