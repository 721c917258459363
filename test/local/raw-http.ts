/** A server of its own for a test, and requests to it exactly as they are written. */
import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';

export async function withServer<T>(listener: RequestListener, use: (port: number) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    return await use(typeof address === 'object' && address !== null ? address.port : 0);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

export type RawAnswer = { readonly status: number; readonly head: string; readonly body: string };

/** Writes the lines and the body, and reads until the server closes. */
export async function raw(port: number, lines: readonly string[], body: string | Buffer = ''): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  const socket = connect({ port, host: '127.0.0.1' });
  await new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    // Not ended: a server gives up a request whose sender is gone.
    socket.write(body);
  });
  const [head = '', ...rest] = Buffer.concat(chunks).toString('utf8').split('\r\n\r\n');
  return { status: Number(head.split(' ')[1] ?? 0), head, body: rest.join('\r\n\r\n') };
}

export const get = async (port: number, target: string, ...headers: readonly string[]): Promise<RawAnswer> =>
  raw(port, [`GET ${target} HTTP/1.1`, `Host: localhost:${port}`, 'Connection: close', ...headers]);
