/**
 * Who may speak to a port: requests whose `Host` is a name of this machine, and whose `Origin`, if a browser sent one, is
 * the page's own. Foreign pages and rebound names get 403.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Which names of a `Host` are this machine's. */
export type HostNames = {
  /** `name` without its port, in lower case; `localAddress` is where the request came in. */
  readonly isOwn: (name: string, localAddress: string) => boolean;
  /** Behind "this Amphora answers to". */
  readonly told: string;
};

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const HOST = /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const DOT_LOCAL = /^([a-z0-9-]+\.)+local$/;

export const LOOPBACK_NAMES: HostNames = {
  isOwn: (name) => LOOPBACK.has(name),
  told: 'localhost, 127.0.0.1 and [::1]',
};

/** For a run beyond loopback, given as `host` on the machine of this name. */
export function homeNames(host: string, machineName: string): HostNames {
  const own = new Set([host, machineName].map((name) => (name.includes(':') ? `[${name}]` : name).toLowerCase()));
  return {
    isOwn: (name, localAddress) =>
      LOOPBACK.has(name) ||
      own.has(name) ||
      DOT_LOCAL.test(name) ||
      // An address is nobody's to rebind: the one that the request came to is ours.
      (localAddress !== '' && name === addressAsHost(localAddress)),
    told: `localhost, ${machineName}, *.local and its own addresses`,
  };
}

/** Undefined when the request may come in, else why not. */
export function doorProblem({ headers, socket }: IncomingMessage, names = LOOPBACK_NAMES): string | undefined {
  const { host = '', origin } = headers;
  const [, name] = HOST.exec(host) ?? [];
  if (name === undefined || !names.isOwn(name.toLowerCase(), socket.localAddress ?? '')) {
    return `this Amphora answers to ${names.told} only, not to '${host.slice(0, 64)}'`;
  }
  if (origin === undefined || origin.toLowerCase() === `http://${host.toLowerCase()}`) return undefined;
  return `pages of '${origin.slice(0, 64)}' may not speak to this Amphora`;
}

/** An address of a dual-stack socket is written `::ffff:192.168.1.5`. */
function addressAsHost(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '');
  return plain.includes(':') ? `[${plain}]` : plain;
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
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const breakOff = (): void => {
      if (!request.readableEnded) reject(new Error('the request broke off before its end'));
    };
    if (request.destroyed) return breakOff();
    // Not `for await`, whose iterator costs more than all the rest of a small request's reading.
    request
      .on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= maxBytes) chunks.push(chunk);
        else chunks.length = 0;
      })
      .once('end', () => resolve(length > maxBytes ? undefined : Buffer.concat(chunks, length)))
      .once('error', reject)
      .once('close', breakOff);
  });
}
