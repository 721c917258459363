/** The door of the HTTP functions: middy, once. Bodies are bounded and must be JSON; errors become statuses here only. */
import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { AmphoraError, type ErrorCode } from '../failures/amphora-error.ts';
import { log, messageOf } from './log.ts';
import { tellFunctionCounts } from './metrics.ts';

export type HttpRequest = {
  readonly method: string;
  readonly path: string;
  /** A name given twice has its values joined by commas, as API Gateway does. */
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly params: Readonly<Record<string, string | undefined>>;
  /** Text; empty when there is none. */
  readonly body: string;
  /** Each `name=value`, as the browser sent it. */
  readonly cookies: readonly string[];
  /** When the API received it, milliseconds since 1970; a function may begin much later. */
  readonly receivedAtMs: number;
};

export type HttpAnswer = APIGatewayProxyStructuredResultV2;

type Options = {
  /** Whether the body must be JSON by its content type. */
  readonly takesJson?: boolean | ((request: HttpRequest) => boolean);
  /** The address of the page that alone may ask: another `Origin`, or none, is refused before anything else is looked at. */
  readonly onlyFrom?: () => string | undefined;
  /** The answer of a database that is down, where the original demo's clients know one: status 500. */
  readonly storeDown?: (reason: string) => string;
};

const MAX_BODY_BYTES = 128 * 1024;
const RETRY_AFTER_S = '5';
// A database whose token cannot be read is down as well.
const STORE_DOWN: readonly ErrorCode[] = ['store-unavailable', 'store-refused', 'secret-unavailable'];

export function httpHandler(
  answer: (request: HttpRequest) => Promise<HttpAnswer> | HttpAnswer,
  options: Options = {},
): (event: APIGatewayProxyEventV2, context: never) => Promise<HttpAnswer> {
  return middy<APIGatewayProxyEventV2, HttpAnswer>()
    .use([errorsToAnswers(options), originDoor(options), jsonDoor(options)])
    .handler(async (event) => answer(requestOf(event)));
}

export function json(statusCode: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** A refusal in the words of the original demo's fields. */
export const refuse = (statusCode: number, error: string): HttpAnswer => json(statusCode, { error });

type Middleware = MiddlewareObj<APIGatewayProxyEventV2, HttpAnswer>;

// A browser says by itself from which page a request comes, and no page can make it say another. The cookie's SameSite=Strict
// lets pages of the same site through, as those of other ports are.
function originDoor({ onlyFrom }: Options): Middleware {
  return {
    before: ({ event }) => {
      const page = onlyFrom?.();
      if (page === undefined || event.headers['origin'] === new URL(page).origin) return undefined;
      return refuse(403, `only the page at ${new URL(page).origin} may ask this, and its browser must say so (Origin)`);
    },
  };
}

function jsonDoor({ takesJson = false }: Options): Middleware {
  return {
    before: ({ event }) => {
      if (!(typeof takesJson === 'boolean' ? takesJson : takesJson(requestOf(event)))) return undefined;
      const contentType = event.headers['content-type'] ?? '';
      if (bodyBytes(event) > MAX_BODY_BYTES) {
        return json(413, { message: `a body may have ${MAX_BODY_BYTES} bytes at most; send fewer samples in one` });
      }
      if (!/^\s*application\/(json|[\w.-]+\+json)\s*(;|$)/i.test(contentType))
        return json(415, { message: `the content type must be application/json, not '${contentType.slice(0, 64)}'` });
      return isUtf8(event) ? undefined : json(400, { message: 'the body is not UTF-8 text; send JSON in UTF-8' });
    },
  };
}

function errorsToAnswers({ storeDown }: Options): Middleware {
  return {
    onError: ({ error, event }) => {
      const reason = messageOf(error);
      const code = error instanceof AmphoraError ? error.code : 'unexpected';
      log.error('request-failed', { code, reason });
      tellFunctionCounts({ RequestsFailed: 1 }, event.requestContext.timeEpoch);
      if (!(error instanceof AmphoraError))
        return json(500, { error: 'Amphora could not answer this; its log says why' });
      if (storeDown !== undefined && STORE_DOWN.includes(error.code)) return json(500, { error: storeDown(reason) });
      return error.retry
        ? json(503, { error: reason }, { 'retry-after': RETRY_AFTER_S })
        : json(500, { error: reason });
    },
  };
}

function bodyBytes({ body, isBase64Encoded }: APIGatewayProxyEventV2): number {
  return body === undefined ? 0 : Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
}

// What is not UTF-8 comes as base64, or as text in which each such byte was replaced by U+FFFD: it would be stored changed.
function isUtf8({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): boolean {
  if (!isBase64Encoded) return !body.includes('\uFFFD');
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(body, 'base64'));
    return true;
  } catch {
    return false;
  }
}

function requestOf(event: APIGatewayProxyEventV2): HttpRequest {
  const {
    body = '',
    isBase64Encoded,
    rawPath,
    requestContext,
    queryStringParameters = {},
    pathParameters = {},
    headers,
    // API Gateway takes them out of the headers; an emulator leaves them there.
    cookies = headers['cookie']?.split(/;\s*/) ?? [],
  } = event;
  return {
    method: requestContext.http.method,
    path: rawPath,
    query: queryStringParameters,
    receivedAtMs: requestContext.timeEpoch,
    params: pathParameters,
    cookies,
    body: isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body,
  };
}
