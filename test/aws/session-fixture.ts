/** The session's function with a token endpoint of the test's own, at its wire. */
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, expect, jest } from '@jest/globals';
import type { HttpAnswer } from '../../lambdas/aws/http.ts';
import { handler } from '../../lambdas/session.ts';
import { withServer } from '../local/raw-http.ts';

export const PAGE = 'https://page.example/';
export const COOKIE = '__Host-amphora-session';
export const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Strict';
export const CLEARED = `${COOKIE}=; ${ATTRIBUTES}; Max-Age=0`;
export const CODE = { code: 'a-code', codeVerifier: 'v'.repeat(43) };
export const TOKENS = { access_token: 'access.token.x', expires_in: 900, token_type: 'Bearer', id_token: 'id.token.x' };

export const printed: string[] = [];
const before = { ...process.env };

beforeEach(() => {
  printed.length = 0;
  for (const level of ['info', 'warn', 'error'] as const)
    jest.spyOn(console, level).mockImplementation((line: unknown) => void printed.push(String(line)));
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...before };
});

type Answer = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly cookies: readonly string[];
  readonly headers: Readonly<Record<string, unknown>>;
};

type Asking = {
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly cookies?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
};

export async function ask({ method = 'POST', path = '/session', body, cookies, headers }: Asking): Promise<Answer> {
  const event = {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: '',
    headers: headers ?? { origin: 'https://page.example', 'content-type': 'application/json' },
    ...(cookies === undefined ? {} : { cookies }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
    requestContext: { http: { method, path }, timeEpoch: Date.now() },
  };
  const answer: HttpAnswer = await Reflect.apply(handler, undefined, [event, {}]);
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  return {
    status: answer.statusCode ?? 0,
    body: { ...Object(JSON.parse(answer.body ?? '')) },
    cookies: answer.cookies ?? [],
    headers: { ...answer.headers },
  };
}

export const signIn = (body: unknown = CODE): Promise<Answer> => ask({ body });
export const refresh = (refreshToken = 'refresh-1'): Promise<Answer> =>
  ask({ path: '/session/refresh', cookies: [`${COOKIE}=${refreshToken}`] });
export const signOut = (refreshToken = 'refresh-1'): Promise<Answer> =>
  ask({ method: 'DELETE', cookies: [`${COOKIE}=${refreshToken}`] });

type Received = { readonly url: string; readonly form: Readonly<Record<string, string>>; readonly type: string };

/** While the work runs, the token endpoint is this. What it received is told. */
export async function withEndpoint(listener: RequestListener, work: () => Promise<void>): Promise<readonly Received[]> {
  const received: Received[] = [];
  await withServer(
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
        received.push({ url: request.url ?? '', form, type: request.headers['content-type'] ?? '' });
        listener(request, response);
      });
    },
    async (port) => {
      Object.assign(process.env, {
        SIGN_IN_URL: `http://127.0.0.1:${port}`,
        SIGN_IN_CLIENT_ID: 'page',
        PAGE_URL: PAGE,
      });
      await work();
    },
  );
  return received;
}

export const answering =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
