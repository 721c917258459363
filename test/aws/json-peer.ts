/**
 * A service of AWS on loopback that speaks JSON and says what a test tells it to; it takes no request whose signature is not
 * right.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'key', AWS_SESSION_TOKEN: 'session' };

export type JsonRequest = { readonly headers: IncomingHttpHeaders; readonly body: string };
/** A status and a body, JSON or a text as it is; or none at all, or one that begins and never ends. */
export type JsonAnswer = readonly [status: number, body: unknown] | 'silence' | 'hang-up' | 'stall';

export type JsonPeer = {
  readonly url: string;
  /** Those that came, the first ones first. */
  readonly requests: readonly JsonRequest[];
  /** What the next ones get; the last answer stands for all that follow. */
  readonly answer: (...answers: readonly JsonAnswer[]) => void;
  readonly close: () => Promise<void>;
};

export const refusing = (type: string, status = 400): JsonAnswer => [status, { __type: type, Message: 'no' }];

/** Its name as in signatures. */
export async function jsonPeer(service: string): Promise<JsonPeer> {
  const requests: JsonRequest[] = [];
  let answers: readonly JsonAnswer[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ headers: request.headers, body });
      const [next = 'hang-up', ...rest] = answers;
      if (rest.length > 0) answers = rest;
      // For a POST to / without a query.
      const canonical = (lines: string, names: string): string => `POST\n/\n\n${lines}\n${names}\n${sha256(body)}`;
      const isSigned = request.headers.authorization === signatureOf(service, request.headers, canonical);
      if (next === 'hang-up') return void request.socket.destroy();
      give(response, isSigned ? next : [403, { __type: 'InvalidSignatureException' }]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = addressOf(server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (...next) => {
      requests.length = 0;
      answers = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function give(response: ServerResponse, answer: Exclude<JsonAnswer, 'hang-up'>): void {
  if (answer === 'silence') return;
  const type = { 'content-type': 'application/x-amz-json-1.0' };
  if (answer === 'stall') return void response.writeHead(200, type).write('{');
  const [status, body] = answer;
  response.writeHead(status, type).end(typeof body === 'string' ? body : JSON.stringify(body));
}

export function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the peer has no port');
  return address;
}

/** Signature version 4 from AWS's description of it, of a canonical request that is given the headers' lines and names. */
export function signatureOf(
  service: string,
  headers: IncomingHttpHeaders,
  canonicalOf: (lines: string, names: string) => string,
): string {
  const at = String(headers['x-amz-date']);
  const scope = `${at.slice(0, 8)}/eu-central-1/${service}/aws4_request`;
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
  const lines = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const toSign = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonicalOf(lines.join(''), names))}`;
  const key = scope
    .split('/')
    .reduce((key: string | Buffer, part) => hmac(key, part), `AWS4${KEYS.AWS_SECRET_ACCESS_KEY}`);
  const signature = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${KEYS.AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
