/**
 * A local sign-in that plays Cognito's part: the addresses of its managed login and of its token endpoint, the same checks of
 * a program's request, tokens with the same claims. People are those of users.json.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { SITE_HEADERS } from '../../lib/site-files.ts';
import { doorProblem, readBody, sendJson } from '../http-door.ts';
import type { LocalLog } from '../local-log.ts';
import { type AuthorizeRequest, readAuthorizeRequest, sentBack } from './authorize-request.ts';
import { openBrowserSessions } from './browser-sessions.ts';
import type { Client } from './client.ts';
import { openCodes } from './codes.ts';
import { passwordDoor } from './password-door.ts';
import { messagePage, SIGN_IN_FILES, signInPage } from './sign-in-page.ts';
import type { SignInStore } from './sign-in-store.ts';
import { type TokenAnswer, tokenEndpoint } from './token-endpoint.ts';
import type { Tokens } from './tokens.ts';
import type { LocalUsers } from './users.ts';

export type IssuerOptions = {
  /** Where this is, without a slash at its end. */
  readonly url: () => string;
  readonly clients: () => readonly Client[];
  /** The command that adds somebody, as it is typed. */
  readonly addCommand: string;
  readonly users: LocalUsers;
  readonly store: SignInStore;
  readonly tokens: Tokens;
  readonly nowMs: () => number;
  readonly log: LocalLog;
};

type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

const MAX_FORM_BYTES = 16 * 1024;

export function issuer(options: IssuerOptions): RequestListener {
  const { url, clients, users, tokens, nowMs, log } = options;
  const codes = openCodes(nowMs);
  const browsers = openBrowserSessions(nowMs);
  const passwords = passwordDoor({ users, nowMs, log });
  const endpoint = tokenEndpoint({ ...options, codes });

  async function answer(asked: Asked): Promise<void> {
    const { method, path, request, response } = asked;
    const problem = doorProblem(request);
    if (problem !== undefined) return sendJson(response, 403, { error: problem });
    const file = SIGN_IN_FILES.get(path);
    if (method === 'GET' && file !== undefined) return sendText(response, 200, file.type, file.text);
    switch (`${method} ${path}`) {
      case 'GET /.well-known/openid-configuration':
        return sendJson(response, 200, discovery(url()));
      case 'GET /.well-known/jwks.json':
        return sendJson(response, 200, tokens.keys);
      case 'GET /oauth2/authorize':
      case 'GET /login':
      case 'POST /login':
        return authorize(asked);
      case 'GET /logout':
        return logout(asked);
      case 'POST /oauth2/token':
        return withForm(asked, (form) => endpoint.token(form, request.headers.authorization));
      case 'POST /oauth2/revoke':
        return withForm(asked, async (form) => endpoint.revoke(form, request.headers.authorization));
      default:
        return sendPage(response, 404, messagePage('Nothing here', 'This is where the local Amphora signs people in.'));
    }
  }

  async function authorize(asked: Asked): Promise<void> {
    const { method, path, query, request, response } = asked;
    const read = readAuthorizeRequest(query, clients());
    if (read.kind === 'unsafe')
      return sendPage(response, 400, messagePage('This cannot go on', `Nobody was signed in: ${read.reason}.`));
    if (read.kind === 'refused') return redirect(response, read.redirectUri);
    if (method === 'POST') return signIn(read.request, asked);
    const session = browsers.of(request.headers.cookie);
    const isKnown = session !== undefined && users.byId(session.userId) !== undefined;
    if (path === '/login') return showForm(read.request, asked, { email: '' });
    return isKnown ? sendCode(response, read.request, session) : redirect(response, `/login?${query.toString()}`);
  }

  async function signIn(wanted: AuthorizeRequest, asked: Asked): Promise<void> {
    const { request, response } = asked;
    const form = await formOf(request);
    if (form === undefined) return sendJson(response, 400, { error: 'invalid_request' });
    const email = form.get('username') ?? '';
    const outcome = await passwords.knock(email, form.get('password') ?? '');
    if (outcome.kind === 'refused') return showForm(wanted, asked, { email, ...outcome });
    const session = { userId: outcome.user.id, authAtMs: nowMs() };
    log.info('signed-in', { user: outcome.user.id });
    sendCode(response, wanted, session, { 'set-cookie': browsers.begin(session) });
  }

  function sendCode(
    response: ServerResponse,
    { client, redirectUri, scope, challenge, state }: AuthorizeRequest,
    session: { readonly userId: string; readonly authAtMs: number },
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const code = codes.give({ clientId: client.id, redirectUri, challenge, scope, ...session });
    redirect(response, sentBack(redirectUri, { code, state }), headers);
  }

  function showForm(
    { client, redirectUri, scope, state }: AuthorizeRequest,
    { query, response }: Asked,
    { email, problem, waitS }: { readonly email: string; readonly problem?: string; readonly waitS?: number },
  ): void {
    const cancel = sentBack(redirectUri, { error: 'access_denied', error_description: 'Sign-in was cancelled', state });
    const mayWrite = scope.split(' ').includes('battery/write');
    const { origin } = new URL(redirectUri);
    const may = `may then read${mayWrite ? ' and write' : ''} your readings`;
    const html = signInPage({
      action: `/login?${query.toString()}`,
      cancel,
      program:
        client.redirects.length > 1
          ? `the command line, which waits at ${origin} and ${may}`
          : `the page at ${origin}, which ${may}`,
      email,
      addCommand: options.addCommand,
      ...(problem === undefined ? {} : { problem }),
    });
    const status = problem === undefined ? 200 : waitS === undefined ? 401 : 429;
    sendPage(response, status, html, {
      'content-security-policy': `${PAGE_CSP} 'self' ${origin}`,
      ...(waitS === undefined ? {} : { 'retry-after': String(waitS) }),
    });
  }

  function logout({ query, request, response }: Asked): void {
    const client = clients().find(({ id }) => id === query.get('client_id'));
    const target = query.get('logout_uri') ?? '';
    const cookie = { 'set-cookie': browsers.end(request.headers.cookie) };
    if (client?.logouts.includes(target) === true) return redirect(response, target, cookie);
    sendPage(
      response,
      400,
      messagePage('Signed out', 'This browser is signed out. The address to go back to is not known.'),
      cookie,
    );
  }

  return (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const asked = { method: request.method ?? 'GET', path, query: new URLSearchParams(query), request, response };
    answer(asked).catch((error: unknown) => {
      log.warn('request-failed', { path, reason: String(error) });
      if (!response.headersSent) sendJson(response, 500, { error: 'server_error' });
    });
  };
}

// A browser lets a form's answer lead only where the form may go: to this address, and to the program's.
const PAGE_CSP =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action";

async function formOf(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const body = await readBody(request, MAX_FORM_BYTES);
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '');
  return body !== undefined && isForm ? new URLSearchParams(body.toString('utf8')) : undefined;
}

async function withForm(
  { request, response }: Asked,
  work: (form: URLSearchParams) => Promise<TokenAnswer>,
): Promise<void> {
  const form = await formOf(request);
  if (form === undefined) return sendJson(response, 400, { error: 'invalid_request' });
  const { status, body } = await work(form);
  if (body === undefined) return void response.writeHead(status, { 'content-length': 0 }).end();
  sendJson(response, status, body, { pragma: 'no-cache' });
}

function sendPage(
  response: ServerResponse,
  status: number,
  html: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendText(response, status, 'text/html; charset=utf-8', html, {
    'content-security-policy': `${PAGE_CSP} 'none'`,
    ...headers,
  });
}

function sendText(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    ...SITE_HEADERS,
    // With no-referrer the form's own Origin would be `null`, and be refused.
    'referrer-policy': 'same-origin',
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(bytes);
}

function redirect(response: ServerResponse, location: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(302, { location, 'content-length': 0, 'cache-control': 'no-store', ...headers }).end();
}

function discovery(url: string): Readonly<Record<string, unknown>> {
  return {
    issuer: url,
    authorization_endpoint: `${url}/oauth2/authorize`,
    token_endpoint: `${url}/oauth2/token`,
    revocation_endpoint: `${url}/oauth2/revoke`,
    end_session_endpoint: `${url}/logout`,
    jwks_uri: `${url}/.well-known/jwks.json`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
  };
}
