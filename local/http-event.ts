/** API Gateway's HTTP API, payload 2.0: a request to a function's event, and the function's result to an answer. */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { JwtContext } from './authorizer.ts';
import { ACCOUNT } from './template.ts';

export type MatchedRoute = { readonly routeKey: string; readonly params: Readonly<Record<string, string>> };

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
};

const API_ID = 'local';
const MAX_ANSWER_BYTES = 6 * 1024 * 1024;
// API Gateway hands these over as text, everything else as base64.
const TEXT_TYPE = /^\s*(text\/|application\/(json|javascript|xml|x-www-form-urlencoded|[\w.-]+\+(json|xml)))/i;

export function toEvent(
  request: IncomingMessage,
  body: Buffer,
  route: MatchedRoute,
  nowMs: number,
  jwt?: JwtContext,
): APIGatewayProxyEventV2 {
  const [, rawQueryString = ''] = /\?(.*)$/.exec(request.url ?? '') ?? [];
  const { cookie, ...headers } = joinedHeaders(request);
  const method = request.method ?? 'GET';
  // As text, bytes that are not UTF-8 would be changed on the way.
  const isText = body.length === 0 || (TEXT_TYPE.test(headers['content-type'] ?? '') && isUtf8(body));
  const query = joinedQuery(new URLSearchParams(rawQueryString));
  const hasParams = Object.keys(route.params).length > 0;
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: pathOf(request),
    rawQueryString,
    headers,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    ...(Object.keys(query).length > 0 ? { queryStringParameters: query } : {}),
    ...(hasParams ? { pathParameters: route.params } : {}),
    requestContext: {
      ...requestContext(request, method, route.routeKey, nowMs),
      ...(jwt === undefined ? {} : { authorizer: { jwt } }),
    },
    ...(body.length > 0 ? { body: body.toString(isText ? 'utf8' : 'base64') } : {}),
    isBase64Encoded: !isText,
  };
}

/** The path, percent-decoded once as API Gateway does; as it came when it does not decode. */
export function pathOf(request: IncomingMessage): string {
  const raw = (request.url ?? '/').split('?')[0] ?? '/';
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

/** Undefined when AWS would not pass the result on: no object of the form, or longer than 6 MB. */
export function toAnswer(result: unknown): Answer | undefined {
  if (Buffer.byteLength(JSON.stringify(result) ?? '') > MAX_ANSWER_BYTES) return undefined;
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) return impliedAnswer(result);
  const { statusCode, headers, body, isBase64Encoded, cookies }: Readonly<Record<string, unknown>> = { ...result };
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  return {
    status,
    headers: Object.fromEntries(
      Object.entries({ ...Object(headers) }).map(([key, value]) => [key.toLowerCase(), String(value)]),
    ),
    cookies: Array.isArray(cookies) ? cookies.map(String) : [],
    body: Buffer.from(typeof body === 'string' ? body : '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

// A result without a status is the body itself.
function impliedAnswer(result: unknown): Answer {
  const text = typeof result === 'string' ? result : (JSON.stringify(result) ?? '');
  return { status: 200, headers: { 'content-type': 'application/json' }, cookies: [], body: Buffer.from(text) };
}

function joinedHeaders({ headers }: IncomingMessage): Record<string, string> {
  const joined = Object.entries(headers).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, Array.isArray(value) ? value.join(',') : value] as const],
  );
  return Object.fromEntries(joined);
}

function joinedQuery(params: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(params.keys())].map((key) => [key, params.getAll(key).join(',')]));
}

function requestContext(
  request: IncomingMessage,
  method: string,
  routeKey: string,
  nowMs: number,
): APIGatewayProxyEventV2['requestContext'] {
  return {
    accountId: ACCOUNT,
    apiId: API_ID,
    domainName: (request.headers.host ?? 'localhost').replace(/:\d+$/, ''),
    domainPrefix: API_ID,
    http: {
      method,
      path: pathOf(request),
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId: randomUUID(),
    routeKey,
    stage: '$default',
    time: clfTime(nowMs),
    timeEpoch: nowMs,
  };
}

/** `23/Nov/2026:12:33:34 +0000`, as access logs write it. */
function clfTime(nowMs: number): string {
  // `Mon, 23 Nov 2026 12:33:34 GMT`
  const text = new Date(nowMs).toUTCString();
  return `${text.slice(5, 7)}/${text.slice(8, 11)}/${text.slice(12, 16)}:${text.slice(17, 25)} +0000`;
}
