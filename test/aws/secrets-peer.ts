/** A Secrets Manager on loopback that says what a test tells it to, and takes no request whose signature is not right. */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'key', AWS_SESSION_TOKEN: 'session' };
export const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:boats/influx-write-AbCdEf';

export type SecretRequest = { readonly headers: IncomingHttpHeaders; readonly body: string };
/** A status and a body, or no answer at all. */
export type SecretAnswer = readonly [status: number, body: unknown] | 'silence' | 'hang-up';

export type SecretsPeer = {
  readonly url: string;
  /** Those that came, the first ones first. */
  readonly requests: readonly SecretRequest[];
  /** What the next ones get; the last answer stands for all that follow. */
  readonly answer: (...answers: readonly SecretAnswer[]) => void;
  readonly close: () => Promise<void>;
};

export const holding = (secret: string): SecretAnswer => [
  200,
  { ARN, Name: 'boats/influx-write', SecretString: secret },
];
export const refusing = (type: string, status = 400): SecretAnswer => [status, { __type: type, Message: 'no' }];

export async function secretsPeer(): Promise<SecretsPeer> {
  const requests: SecretRequest[] = [];
  let answers: readonly SecretAnswer[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      requests.push({ headers: request.headers, body });
      const [next = 'hang-up', ...rest] = answers;
      if (rest.length > 0) answers = rest;
      const signed = request.headers.authorization === signatureOf(request.headers, body);
      if (next === 'silence') return;
      if (next === 'hang-up') return void request.socket.destroy();
      const [status, answer] = signed ? next : [403, { __type: 'InvalidSignatureException' }];
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
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

export function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the peer has no port');
  return address;
}

/** Signature version 4 from AWS's description of it, for a POST to / without a query. */
function signatureOf(headers: IncomingHttpHeaders, body: string): string {
  const at = String(headers['x-amz-date']);
  const scope = `${at.slice(0, 8)}/eu-central-1/secretsmanager/aws4_request`;
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
  const lines = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = `POST\n/\n\n${lines.join('')}\n${names}\n${sha256(body)}`;
  const toSign = `AWS4-HMAC-SHA256\n${at}\n${scope}\n${sha256(canonical)}`;
  const key = scope
    .split('/')
    .reduce((key: string | Buffer, part) => hmac(key, part), `AWS4${KEYS.AWS_SECRET_ACCESS_KEY}`);
  const signature = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${KEYS.AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
