/** HTTP by node:http and node:https, which sends what it is told: any Host, any Origin, any bytes, any path. */
import { Buffer } from 'node:buffer';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { connect } from 'node:net';
import { within } from './until.ts';

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly body: unknown;
};

export type Asking = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

export type Client = {
  readonly ask: (path: string, asking?: Asking) => Promise<Answer>;
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  /** Text and bytes go as they are, everything else as JSON. */
  readonly post: (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly close: () => void;
};

const PATIENCE_MS = 35_000;
const RAW_HEAD = 'HTTP/1.1\r\nHost: localhost\r\nConnection: close';
const JSON_TYPE = { 'content-type': 'application/json' };

export type Address = {
  readonly port: number;
  readonly host?: string;
  /** Goes before every path. */
  readonly base?: string;
  readonly isTls?: boolean;
  /** Go with every request, unless it has its own. */
  readonly always?: Readonly<Record<string, string>>;
  /** For the whole answer. */
  readonly patienceMs?: number;
};

export function httpClient({
  port,
  host = '127.0.0.1',
  base = '',
  isTls = false,
  always = {},
  patienceMs = PATIENCE_MS,
}: Address): Client {
  const agent = isTls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const send = isTls ? tlsRequest : request;
  const ask: Client['ask'] = (path, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      // Node leaves the length of a GET's body out, and the server takes the body for the next request.
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const sending = send(
        {
          host,
          port,
          path: `${base}${path}`,
          method,
          headers: { ...length, ...always, ...headers },
          agent,
          signal: AbortSignal.timeout(patienceMs),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () =>
            resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks))),
          );
        },
      );
      sending.once('error', reject);
      sending.end(body);
    });
  return {
    ask,
    get: (path, headers = {}) => ask(path, { headers }),
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { ...JSON_TYPE, ...headers },
        body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    close: () => agent.destroy(),
  };
}

/** One of everything below an address. */
export function httpClientAt(url: string, always: Readonly<Record<string, string>> = {}): Client {
  const { protocol, hostname, port, pathname } = new URL(url);
  const isTls = protocol === 'https:';
  const known = isTls ? 443 : 80;
  return httpClient({
    host: hostname,
    port: port === '' ? known : Number(port),
    base: pathname.replace(/\/$/, ''),
    isTls,
    always,
  });
}

/** The text of a refusal, in whichever of the two fields it stands. */
export function sentenceOf({ body }: Answer): string {
  const { error = '', message = '' }: { readonly error?: string; readonly message?: string } = { ...Object(body) };
  return error === '' ? message : error;
}

/** The whole answer to a request line as it stands, which no HTTP client would send. `head` follows the target. */
export async function rawAnswer(port: number, target: string, head = RAW_HEAD): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(`GET ${target} ${head}\r\n\r\n`);
  await within('the end of the answer', closed);
  return Buffer.concat(chunks).toString('latin1');
}

function answerOf(status: number, headers: IncomingHttpHeaders, bytes: Buffer): Answer {
  const text = bytes.toString('utf8');
  return { status, headers, bytes, text, body: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
