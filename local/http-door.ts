/**
 * Who may speak to a loopback port: requests whose `Host` is this machine's loopback name, and whose `Origin`, if a
 * browser sent one, is the page's own. Foreign pages and rebound names get 403.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/** Undefined when the request may come in, else why not. */
export function doorProblem({ headers }: IncomingMessage): string | undefined {
  const { host = '', origin } = headers;
  if (!LOOPBACK_HOST.test(host)) {
    return `this Amphora answers to localhost, 127.0.0.1 and [::1] only, not to '${host.slice(0, 64)}'`;
  }
  if (origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`) return undefined;
  return `pages of '${origin.slice(0, 64)}' may not speak to this Amphora`;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(bytes);
}

/** The whole body, or undefined when it is longer than `maxBytes`; it is read to its end, so that the answer can be. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length > maxBytes ? undefined : Buffer.concat(chunks, length);
}
