/** A page, its API and its sign-in service in one server of the test's process; each can be told to answer otherwise. */

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as bodyOf } from 'node:stream/consumers';
import { CALLBACK_PORTS, redirectUriAt } from '../../cli/sign-in/callback.ts';

export const CLIENT = 'command-line-client';
export const PAGE_CLIENT = 'page-client';
export const MACHINE = { id: 'machine-client', secret: 'a+b/c=secret' } as const;

export type Answer = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Asked = {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
};

export type SignInPeer = {
  readonly pageUrl: string;
  readonly apiUrl: string;
  /** What came to `/oauth2/…` and to the API by POST. */
  readonly asked: readonly Asked[];
  /** The form fields of every question of one grant. */
  readonly grants: (type: string) => readonly Asked['form'][];
  /** As a browser: asks this address, and gives the one that it is sent on to. */
  readonly browse: (address: string) => Promise<string>;
  readonly isAlive: (refreshToken: string) => boolean;
  readonly settings: Settings;
  readonly close: () => Promise<void>;
};

type Settings = {
  /** Instead of its own answers, for every question to this path. */
  readonly instead: Map<string, Answer>;
  /** Undefined: an empty answer. */
  config: Readonly<Record<string, unknown>> | undefined;
  lifetimeS: number;
  /** Of the service's clock against this machine's. */
  clockAheadS: number;
  issuer: string;
  isRotating: boolean;
  /** The name of an error that `/oauth2/authorize` sends back. */
  refusal: Readonly<Record<string, string>> | undefined;
  claims: Readonly<Record<string, unknown>>;
};

const LOGIN = 'openid battery/read battery/write';

export async function signInPeer(): Promise<SignInPeer> {
  const codes = new Map<string, URLSearchParams>();
  const refreshTokens = new Set<string>();
  const asked: Asked[] = [];
  const settings: Settings = {
    instead: new Map(),
    config: undefined,
    lifetimeS: 900,
    clockAheadS: 0,
    issuer: 'https://issuer.example/pool',
    isRotating: false,
    refusal: undefined,
    claims: {},
  };

  const jwt = (claims: Readonly<Record<string, unknown>>): string => {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const iat = Math.floor(Date.now() / 1000) + settings.clockAheadS;
    const times = { iss: settings.issuer, iat, exp: iat + settings.lifetimeS, jti: randomUUID() };
    return `${part({ alg: 'RS256', kid: 'k' })}.${part({ ...times, ...claims, ...settings.claims })}.c2ln`;
  };
  const tokens = (clientId: string, scope: string, more: Readonly<Record<string, string>>): Answer => ({
    status: 200,
    body: {
      access_token: jwt({ client_id: clientId, token_use: 'access', username: 'u-1', scope }),
      token_type: 'Bearer',
      expires_in: settings.lifetimeS,
      ...more,
    },
  });
  const newRefreshToken = (): string => {
    const token = randomUUID();
    refreshTokens.add(token);
    return token;
  };
  const refused = (error: string): Answer => ({ status: 400, body: { error } });

  const byCode = (form: Asked['form']): Answer => {
    const request = codes.get(form['code'] ?? '');
    codes.delete(form['code'] ?? '');
    const challenge = createHash('sha256')
      .update(form['code_verifier'] ?? '')
      .digest('base64url');
    const isRight =
      request?.get('redirect_uri') === form['redirect_uri'] &&
      request?.get('client_id') === form['client_id'] &&
      request?.get('code_challenge') === challenge;
    return isRight
      ? tokens(CLIENT, LOGIN, { refresh_token: newRefreshToken(), id_token: jwt({ email: 'ada@example.org' }) })
      : refused('invalid_grant');
  };
  const byRefreshToken = ({ refresh_token: token = '', client_id: clientId }: Asked['form']): Answer => {
    if (!refreshTokens.has(token) || clientId !== CLIENT) return refused('invalid_grant');
    if (!settings.isRotating) return tokens(CLIENT, LOGIN, {});
    refreshTokens.delete(token);
    return tokens(CLIENT, LOGIN, { refresh_token: newRefreshToken() });
  };
  const byCredentials = ({ authorization }: Asked): Answer =>
    authorization === `Basic ${Buffer.from(`${MACHINE.id}:${MACHINE.secret}`).toString('base64')}`
      ? tokens(MACHINE.id, 'battery/read battery/write', {})
      : { status: 400, body: { error: 'invalid_client' } };

  /** As Cognito: on to the form for an address that is registered, to a page of its own for every other. */
  const authorizePage = (query: URLSearchParams): Answer => {
    const isKnown = query.get('redirect_uri') === `${url}/` && query.get('response_type') === 'code';
    const location = isKnown ? `/login?${query.toString()}` : '/error?error=redirect_mismatch';
    return { status: 302, headers: { location } };
  };
  const authorize = (query: URLSearchParams): Answer => {
    if (query.get('client_id') === PAGE_CLIENT) return authorizePage(query);
    const redirect = query.get('redirect_uri') ?? '';
    const isOurs = CALLBACK_PORTS.some((port) => redirect === redirectUriAt(port, url));
    const isKnown = isOurs && query.get('client_id') === CLIENT;
    const isWhole = query.get('response_type') === 'code' && query.get('code_challenge_method') === 'S256';
    if (!isKnown || !isWhole || query.get('scope') !== LOGIN) return { status: 400, body: 'bad request' };
    const code = randomUUID();
    codes.set(code, query);
    const answer = settings.refusal ?? { code };
    const location = `${redirect}?${new URLSearchParams({ ...answer, state: query.get('state') ?? '' }).toString()}`;
    return { status: 302, headers: { location } };
  };

  const answerOf = (one: Asked, query: URLSearchParams): Answer => {
    switch (`${one.path} ${one.form['grant_type'] ?? ''}`.trim()) {
      case '/config.json':
        return { status: 200, body: settings.config };
      case '/oauth2/authorize':
        return authorize(query);
      case '/oauth2/token authorization_code':
        return byCode(one.form);
      case '/oauth2/token refresh_token':
        return byRefreshToken(one.form);
      case '/oauth2/token client_credentials':
        return byCredentials(one);
      case '/oauth2/revoke':
        refreshTokens.delete(one.form['token'] ?? '');
        return { status: 200 };
      case '/api/health':
        return { status: 200, body: { status: 'ok' } };
      case '/api/batteries/boat/telemetry':
        return one.authorization === undefined
          ? { status: 401, body: { message: 'Unauthorized' } }
          : { status: 202, body: { accepted: 2, rejected: [] } };
      default:
        return { status: 404, body: { message: 'Not Found' } };
    }
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://peer');
    const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
    const one = { path, form, authorization: request.headers.authorization };
    if (request.method === 'POST') asked.push(one);
    const { status, body, headers } = settings.instead.get(path) ?? answerOf(one, searchParams);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

  const server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  settings.config = {
    apiUrl: '/api',
    minPollSeconds: 5,
    local: false,
    topicRoot: 'battery',
    signIn: { url, clientId: PAGE_CLIENT, cliClientId: CLIENT, scope: 'openid battery/read', redirectUri: `${url}/` },
  };
  return {
    pageUrl: `${url}/`,
    apiUrl: `${url}/api`,
    asked,
    grants: (type) => asked.map(({ form }) => form).filter((form) => form['grant_type'] === type),
    browse: async (to) => (await fetch(to, { redirect: 'manual' })).headers.get('location') ?? '',
    isAlive: (refreshToken) => refreshTokens.has(refreshToken),
    settings,
    close: async () => {
      const closed = once(server, 'close');
      server.closeAllConnections();
      server.close();
      await closed;
    },
  };
}
