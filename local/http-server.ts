/** The HTTP port: the template's routes to their functions, the site, and MQTT over WebSocket at /mqtt. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { WebSocketServer } from 'ws';
import type { Route } from '../lambdas/api/routes.ts';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import type { HttpAccess } from './access/http-access.ts';
import type { Beyond } from './access/listen-place.ts';
import type { Authorization, JwtContext } from './authorizer.ts';
import type { Broker } from './broker.ts';
import { type FunctionHost, TOO_MANY } from './function-host.ts';
import { doorProblem, type HostNames, homeNames, LOOPBACK_NAMES, readBody, sendJson } from './http-door.ts';
import { type Answer, type MatchedRoute, pathOf, toAnswer, toEvent } from './http-event.ts';
import type { LocalLog } from './local-log.ts';
import { MQTT_WEB_SOCKET_OPTIONS } from './mqtt-limits.ts';
import { createServer } from './node-http.ts';
import { routeTable } from './route-table.ts';
import type { Site } from './site.ts';
import type { TemplateRoute } from './template.ts';

export type HttpServerOptions = {
  readonly routes: readonly TemplateRoute[];
  readonly hosts: ReadonlyMap<string, FunctionHost>;
  readonly site: Site;
  readonly broker: Pick<Broker, 'handleWebSocket'>;
  /** What the runtime adds to the function's own answer of GET /health. */
  readonly health: () => Promise<Readonly<Record<string, number | string>>>;
  /** Messages that only this runtime knows of, accepted and not yet stored: what it puts into the function's answer of GET /status. */
  readonly waiting: () => number;
  /** DELETE /batteries/demo, of this runtime only. */
  readonly removeDemo: () => Promise<void>;
  /** Undefined: on loopback only. */
  readonly beyond: Beyond | undefined;
  /** Asks for the token that goes with it. */
  readonly access: HttpAccess | undefined;
  /** Judges who asks a route; undefined: the route asks for nothing. No function: nobody signs in here. */
  readonly authorize:
    | ((route: TemplateRoute, request: IncomingMessage) => Promise<Authorization | undefined>)
    | undefined;
  readonly nowMs: () => number;
  readonly log: LocalLog;
};

/** Of this runtime only, so that the route table does not have it: its right is decided here, in the same words. */
const REMOVE_DEMO = { method: 'DELETE', path: '/batteries/demo', access: 'battery/write' } as const satisfies OwnRoute;

/** AWS's stack has no such route, and answers the same status. */
const REMOVE_OTHER = {
  method: 'DELETE',
  path: /^\/batteries\/[^/]+$/,
  message: 'only the simulated battery can be removed, by DELETE /batteries/demo; readings of other batteries stay',
} as const;

// API Gateway's own bounds.
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const INTEGRATION_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;

export function httpServer(options: HttpServerOptions): Server {
  const routeOf = routeTable(options.routes);
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, (request, response) => {
    answer(options, routeOf, request, response).catch((error: unknown) => {
      options.log.warn('request-failed', { path: request.url ?? '', reason: String(error) });
      if (response.headersSent) return;
      if (error instanceof AmphoraError && error.retry)
        return sendJson(response, 503, { error: error.message }, { 'retry-after': '5' });
      sendJson(response, 500, { message: 'Internal Server Error' });
    });
  });
  acceptWebSockets(server, options);
  return server;
}

type RouteOf = ReturnType<typeof routeTable>;

async function answer(
  options: HttpServerOptions,
  routeOf: RouteOf,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const problem = doorProblem(request, namesOf(options));
  if (problem !== undefined) return sendJson(response, 403, { message: problem });
  if (options.access !== undefined && (await options.access.answered(request, response))) return;
  const { method = 'GET' } = request;
  const path = pathOf(request);
  if (method === REMOVE_DEMO.method && path === REMOVE_DEMO.path) {
    const refusal = refusalOf(await options.authorize?.(ownRoute(REMOVE_DEMO, options.routes), request));
    if (refusal !== undefined) return sendRefusal(response, refusal);
    await options.removeDemo();
    return void response.writeHead(204).end();
  }
  const match = routeOf(method, path);
  const isUnknown = match === undefined || match.matched.routeKey === '$default';
  if (isUnknown && method === REMOVE_OTHER.method && REMOVE_OTHER.path.test(path))
    return sendJson(response, 404, { message: REMOVE_OTHER.message });
  const isPage = (method === 'GET' || method === 'HEAD') && isUnknown;
  if (isPage && (await options.site.serve(path, response))) return;
  const host = match === undefined ? undefined : options.hosts.get(match.route.functionId);
  if (match === undefined || host === undefined) return sendJson(response, 404, { message: 'Not Found' });
  const authorization = await options.authorize?.(match.route, request);
  const refusal = refusalOf(authorization);
  if (refusal !== undefined) return sendRefusal(response, refusal);
  const jwt = authorization?.ok === true ? authorization.jwt : undefined;
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined)
    return sendJson(response, 413, { message: 'Request Entity Too Large' }, { connection: 'close' });
  const result = await integrate({ host, request, response, body, route: match.matched, jwt }, options);
  if (result === 'busy') return sendJson(response, 503, { message: 'Service Unavailable' }, { 'retry-after': '5' });
  if (result === undefined) return sendJson(response, 500, { message: 'Internal Server Error' });
  send(response, method, await withOwn(match.matched.routeKey, result, options));
}

type Integration = {
  readonly host: FunctionHost;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
  readonly route: MatchedRoute;
  readonly jwt: JwtContext | undefined;
};

/** `busy`: not in time, or too many before it. Undefined: the function gave no answer that AWS would pass on. */
async function integrate(
  { host, request, response, body, route, jwt }: Integration,
  { nowMs, log }: HttpServerOptions,
): Promise<Answer | 'busy' | undefined> {
  const leaving = new AbortController();
  const late = Promise.withResolvers<'busy'>();
  const timeout = setTimeout(() => late.resolve('busy'), INTEGRATION_TIMEOUT_MS);
  const leave = (): void => leaving.abort();
  response.once('close', leave);
  const event = toEvent(request, body, route, nowMs(), jwt);
  const invocation = await Promise.race([host.invoke(event, leaving.signal), late.promise]);
  clearTimeout(timeout);
  response.off('close', leave);
  if (invocation === 'busy') {
    leave();
    return invocation;
  }
  if (!invocation.ok) {
    log.warn('function-failed', { route: route.routeKey, reason: invocation.error.message });
    return invocation.error.name === TOO_MANY.name ? 'busy' : undefined;
  }
  const result = toAnswer(invocation.value);
  if (result === undefined)
    log.warn('answer-refused', { route: route.routeKey, reason: 'no valid answer, or longer than 6 MB' });
  return result;
}

type RefusedRequest = Extract<Authorization, { readonly ok: false }>;

const refusalOf = (authorization: Authorization | undefined): RefusedRequest | undefined =>
  authorization?.ok === false ? authorization : undefined;

function sendRefusal(response: ServerResponse, { status, message, challenge }: RefusedRequest): void {
  sendJson(response, status, { message }, { 'www-authenticate': challenge });
}

type OwnRoute = Pick<Route, 'method' | 'path' | 'access'>;

/** As the template would have it. Where that has no authorizer, it lets nobody in. */
function ownRoute({ method, path, access }: OwnRoute, routes: readonly TemplateRoute[]): TemplateRoute {
  const routeKey = `${method} ${path}`;
  if (access === 'public') return { routeKey, functionId: '', authorization: 'NONE' };
  const authorizerId = routes.find(({ authorization }) => authorization === 'JWT')?.authorizerId ?? '';
  return { routeKey, functionId: '', authorization: 'JWT', authorizerId, scopes: [access] };
}

function send(response: ServerResponse, method: string, { status, headers, cookies, body }: Answer): void {
  response.writeHead(status, {
    'x-content-type-options': 'nosniff',
    ...headers,
    'content-length': body.length,
    ...(cookies.length > 0 ? { 'set-cookie': [...cookies] } : {}),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

type Members = Readonly<Record<string, unknown>>;

/** With what no function knows of this runtime. */
async function withOwn(routeKey: string, answer: Answer, { health, waiting }: HttpServerOptions): Promise<Answer> {
  const changed = async (change: (body: Members) => Members | Promise<Members>): Promise<Answer> => {
    const body: Members = JSON.parse(answer.body.toString('utf8'));
    return { ...answer, body: Buffer.from(JSON.stringify(await change(body))) };
  };
  if (routeKey === 'GET /health') return changed(async (body) => ({ ...body, ...(await health()) }));
  if (routeKey === 'GET /status' && answer.status === 200) return changed((body) => withWaiting(body, waiting()));
  return answer;
}

function withWaiting(body: Members, messages: number): Members {
  const { waiting: _not, ...unknown }: Members = { ...Object(body['unknown']) };
  return { ...body, waiting: { messages }, unknown };
}

const namesOf = ({ beyond }: HttpServerOptions): HostNames =>
  beyond === undefined ? LOOPBACK_NAMES : homeNames(beyond.host, hostname());

function acceptWebSockets(server: Server, options: HttpServerOptions): void {
  const { broker } = options;
  const webSockets = new WebSocketServer({ noServer: true, ...MQTT_WEB_SOCKET_OPTIONS });
  server.on('upgrade', (request, socket, head) => {
    // A connection that breaks while it is refused: without a listener that would end the process.
    socket.on('error', () => socket.destroy());
    const [status, problem] = webSocketProblem(request, options);
    if (problem !== undefined) {
      // Nobody reads it any more, so that its end would not be noticed.
      socket.resume();
      socket.end(
        `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(problem)}\r\n\r\n${problem}`,
      );
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) => broker.handleWebSocket(webSocket, request));
  });
}

/** The status that goes with the problem, if there is one. */
function webSocketProblem(request: IncomingMessage, options: HttpServerOptions): readonly [string, string | undefined] {
  if (pathOf(request) !== '/mqtt') return ['404 Not Found', 'MQTT over WebSocket is at /mqtt'];
  const problem = doorProblem(request, namesOf(options));
  if (problem !== undefined || options.authorize === undefined) return ['403 Forbidden', problem];
  // A browser cannot send a token with it.
  return [
    '401 Unauthorized',
    'MQTT over WebSocket is closed to pages where people sign in; the broker has a port of its own',
  ];
}
