/**
 * The page with its API and its sign-in at their wire, for what the real ones do not do when asked: to be away for one
 * answer, to refuse what they issued. Everything else is as they do it. The sign-in page signs in whoever comes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Listening, listenOnLoopback } from '../../local/listen.ts';
import { openSite } from '../../local/site.ts';
import { buildSite } from '../../scripts/build-site.ts';
import { type Asked, type Told, tokenOf } from './session-peer.ts';

const COOKIE = '__Host-amphora-session';
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict';

export type Wire = {
  readonly url: string;
  readonly signInUrl: string;
  readonly asked: readonly Asked[];
  /** How long the access tokens live that are issued from now on. */
  lifeS: number;
  /** What a route answers in place of its own, until told otherwise; undefined closes the connection. */
  readonly instead: Map<string, Told | undefined>;
  /** The API takes this token no longer. */
  readonly refuse: (token: string) => void;
  /** How often a token was refused. */
  readonly refused: () => number;
  /** The session of this browser is over at the sign-in service. */
  readonly endSessions: () => void;
  readonly close: () => Promise<void>;
};

type World = { readonly sessions: Set<string>; readonly tokens: Set<string>; issued: number; refused: number };

export async function startWire(): Promise<Wire> {
  const folder = await mkdtemp(join(tmpdir(), 'amphora-wire-'));
  await buildSite(folder);
  const world: World = { sessions: new Set(), tokens: new Set(), issued: 0, refused: 0 };
  const asked: Asked[] = [];
  const signIn = await listenOnLoopback(() => createServer(signInPage), 0, '');
  const signInUrl = `http://localhost:${signIn.port}`;
  const pages: { site?: ReturnType<typeof openSite> } = {};
  const http: Listening = await listenOnLoopback(
    () => createServer((request, response) => void serve(request, response)),
    0,
    '',
  );
  const url = `http://localhost:${http.port}`;
  pages.site = openSite(folder, {
    apiUrl: '/api',
    minPollSeconds: 1,
    local: false,
    topicRoot: 'battery',
    signIn: {
      url: signInUrl,
      clientId: 'page',
      cliClientId: 'cli',
      scope: 'openid battery/read',
      redirectUri: `${url}/`,
    },
  });
  const wire: Wire = {
    url,
    signInUrl,
    asked,
    lifeS: 900,
    instead: new Map(),
    refuse: (token) => void world.tokens.delete(token),
    refused: () => world.refused,
    endSessions: () => world.sessions.clear(),
    close: async () => {
      await Promise.all([http.close(), signIn.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', url).pathname;
    if (!path.startsWith('/api/')) {
      if (!(await pages.site?.serve(path, response))) response.writeHead(404).end();
      return;
    }
    const one: Asked = { route: `${request.method} ${path.slice('/api'.length)}`, token: tokenOf(request) };
    asked.push(one);
    if (wire.instead.has(one.route)) {
      const told = wire.instead.get(one.route);
      return told === undefined ? void response.destroy() : send(response, told);
    }
    send(response, one.route.includes('/session') ? session(one, request, response) : readings(one, request));
  }

  function session({ route }: Asked, request: IncomingMessage, response: ServerResponse): Told {
    if (request.headers.origin !== url) return { status: 403, body: { error: 'not from this page' } };
    const cookie = new RegExp(`${COOKIE}=([^;]*)`).exec(request.headers.cookie ?? '')?.[1] ?? '';
    const isKnown = world.sessions.has(cookie);
    if (route === 'DELETE /session') {
      world.sessions.delete(cookie);
      response.setHeader('set-cookie', `${COOKIE}=; ${ATTRIBUTES}; Max-Age=0`);
      return { status: 200, body: { revoked: isKnown } };
    }
    if (route === 'POST /session/refresh' && !isKnown)
      return { status: 401, body: { error: 'nobody is signed in here' } };
    world.issued += 1;
    const token = `token-${world.issued}`;
    world.tokens.add(token);
    if (route === 'POST /session') {
      const id = `session-${world.issued}`;
      world.sessions.add(id);
      response.setHeader('set-cookie', `${COOKIE}=${id}; ${ATTRIBUTES}; Max-Age=2592000`);
    }
    return { status: 200, body: { accessToken: token, expiresInS: wire.lifeS } };
  }

  function readings({ route, token }: Asked, request: IncomingMessage): Told {
    if (token === undefined || !world.tokens.has(token)) {
      world.refused += 1;
      return { status: 401, body: { message: 'Unauthorized' } };
    }
    const at = new Date().toISOString();
    if (route === 'GET /batteries') return { status: 200, body: [{ id: 'boat', firstAt: at, lastAt: at }] };
    if (route === 'GET /livedata') return { status: 200, body: live(at) };
    const query = new URL(request.url ?? '/', url).searchParams;
    if (query.get('shape') !== 'series') return { status: 200, body: [] };
    const [begin, end] = [query.get('begin'), query.get('end')];
    return { status: 200, body: { battery: 'boat', begin, end, stepMs: 2000, periodS: 1, fields: {}, nearest: {} } };
  }

  return wire;
}

function live(at: string): unknown {
  const charge = { value: 2.41, unit: 'kW', at, ageMs: 500, quality: 'live' };
  return { battery: 'boat', serverTime: at, periodS: 1, simulated: false, charge };
}

function send(response: ServerResponse, { status, body }: Told): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function signInPage(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const back = new URL(searchParams.get(pathname === '/logout' ? 'logout_uri' : 'redirect_uri') ?? '');
  if (pathname !== '/logout') {
    back.searchParams.set('code', 'a-code');
    back.searchParams.set('state', searchParams.get('state') ?? '');
  }
  response.writeHead(302, { location: back.href }).end();
}
