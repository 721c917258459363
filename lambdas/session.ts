/**
 * POST /session, POST /session/refresh and DELETE /session: the page's session. The refresh token is in a cookie that no
 * script can read; the page gets the short-lived access token alone, and keeps it in its memory.
 */
import { env } from './aws/env.ts';
import { type HttpAnswer, type HttpRequest, httpHandler, json, refuse } from './aws/http.ts';
import { log } from './aws/log.ts';
import { type SignInService, signInService } from './aws/sign-in-service.ts';
import { AmphoraError } from './failures/amphora-error.ts';
import { parseJson } from './json/parse-json.ts';
import { parseCodeForm } from './sign-in/code-form.ts';
import { CLEARED_COOKIE, refreshTokenIn, sessionCookie } from './sign-in/session-cookie.ts';
import type { GrantedTokens } from './sign-in/token-answer.ts';

function session(request: HttpRequest): Promise<HttpAnswer> | HttpAnswer {
  const service = signInService();
  if (service === undefined) return refuse(404, 'this stack has no sign-in');
  if (request.method === 'DELETE') return signOut(request, service);
  return request.path.endsWith('/refresh') ? refresh(request, service) : signIn(request, service);
}

async function signIn({ body }: HttpRequest, service: SignInService): Promise<HttpAnswer> {
  const parsed = parseJson(body);
  if (!parsed.ok) return json(400, { message: parsed.reason });
  const form = parseCodeForm(parsed.value);
  if (!form.ok) return refuse(400, form.reason);
  const answer = await service.exchange(form.code, form.codeVerifier);
  switch (answer.kind) {
    case 'granted':
      return signedIn(answer.tokens, true);
    case 'refused':
      return answer.error === 'invalid_grant'
        ? refuse(401, 'the code was used already, is too old, or was not given to this page; sign in again')
        : refuse(400, `the sign-in service refused the code (${answer.error}); sign in again`);
    case 'unavailable':
      throw unavailable(answer.reason);
  }
}

async function refresh({ cookies }: HttpRequest, service: SignInService): Promise<HttpAnswer> {
  const refreshToken = refreshTokenIn(cookies);
  if (refreshToken === undefined) return refuse(401, 'nobody is signed in here; sign in');
  const answer = await service.refresh(refreshToken);
  switch (answer.kind) {
    case 'granted':
      return signedIn(answer.tokens, false);
    case 'refused':
      // Its cookie stays, and is of no use: this answer may come after another tab has signed in, whose cookie it would take.
      return refuse(401, 'the session has ended; sign in again');
    case 'unavailable':
      throw unavailable(answer.reason);
  }
}

// The cookie goes in any case: who signs out at a page is signed out there.
async function signOut({ cookies }: HttpRequest, service: SignInService): Promise<HttpAnswer> {
  const refreshToken = refreshTokenIn(cookies);
  if (refreshToken === undefined) return signedOut('nobody was signed in here');
  const fault = await service.revoke(refreshToken);
  if (fault === undefined) return signedOut();
  const why = fault.kind === 'refused' ? fault.error : fault.reason;
  log.warn('session-not-revoked', { reason: why });
  return signedOut(
    `the sign-in service did not end the session (${why}); until it does, or for 30 days, a copy of it is good`,
  );
}

function signedOut(reason?: string): HttpAnswer {
  const body = reason === undefined ? { revoked: true } : { revoked: false, reason };
  return withCookie(json(200, body), CLEARED_COOKIE);
}

function signedIn({ accessToken, expiresInS, refreshToken }: GrantedTokens, isNew: boolean): HttpAnswer {
  const answer = json(200, { accessToken, expiresInS });
  // Refreshed without a new refresh token, the one in the cookie goes on.
  if (refreshToken === undefined && !isNew) return answer;
  const cookie = sessionCookie(refreshToken ?? '');
  if (cookie === undefined) throw unavailable('it gave no refresh token that a cookie can carry');
  return withCookie(answer, cookie);
}

const withCookie = (answer: HttpAnswer, cookie: string): HttpAnswer => ({ ...answer, cookies: [cookie] });

const unavailable = (reason: string): AmphoraError =>
  new AmphoraError('sign-in-unavailable', `the sign-in service cannot be asked: ${reason}; try again`, { retry: true });

// The other two take no body, and look at none.
const takesJson = ({ method, path }: HttpRequest): boolean => method === 'POST' && path === '/session';

export const handler = httpHandler(session, { takesJson, onlyFrom: env.pageUrl });
