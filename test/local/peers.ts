/** Servers that answer where InfluxDB 2 is expected, as the real ones do that cannot be had on demand. */
import { execFileSync } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** Every request is answered with this. */
export const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { ...headers }).end(body);
  };

/** InfluxDB 1.8.10, by its documentation and influxdb/services/httpd. */
export const influxdb18 = answering(204, { 'X-Influxdb-Build': 'OSS', 'X-Influxdb-Version': '1.8.10' });

/** The same with `ping-auth-enabled`. */
export const influxdb18Locked = answering(
  401,
  { 'X-Influxdb-Build': 'OSS', 'X-Influxdb-Version': '1.8.10', 'Www-Authenticate': 'Basic realm="InfluxDB"' },
  '{"error":"unable to parse authentication credentials"}',
);

/** InfluxDB 3 Core, which wants a token for everything. */
export const influxdb3 = answering(401, { 'Content-Type': 'application/json' }, '{"error":"unauthorized"}');

/** The same, started `--without-auth`. */
export const influxdb3Open = answering(
  200,
  { 'Content-Type': 'application/json', 'x-influxdb-build': 'Core', 'x-influxdb-version': '3.10.0' },
  '{"version":"3.10.0","revision":"0","process_id":"0"}',
);

export const wrongPath = answering(
  404,
  { 'X-Influxdb-Build': 'OSS', 'X-Influxdb-Version': 'v2.7.12' },
  '404 page not found',
);

export const webServer = answering(404, { Server: 'nginx/1.26.0', 'Content-Type': 'text/html' }, '<h1>404</h1>');

/** A TCP server for a test. `onSocket`: what it does with a connection. */
export async function withTcp<T>(onSocket: (socket: Socket) => void, use: (port: number) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  return withListening(server, use, () => {
    for (const socket of sockets) socket.destroy();
  });
}

/** An HTTPS server with a certificate that nobody trusts. */
export async function withTls<T>(listener: RequestListener, use: (port: number) => Promise<T>): Promise<T> {
  const words = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout - -out - -days 1 -subj /CN=localhost';
  // Key and certificate, one behind the other.
  const pem = execFileSync('openssl', ['req', ...words.split(' ')], { stdio: ['ignore', 'pipe', 'ignore'] });
  const server = createTlsServer({ key: pem, cert: pem }, listener);
  return withListening(server, use, () => server.closeAllConnections());
}

async function withListening<T>(server: Server, use: (port: number) => Promise<T>, cut: () => void): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(portOf(server.address()));
  } finally {
    cut();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** One that nobody listens on any more. */
export const freePort = (): Promise<number> =>
  withListening(
    createServer(),
    async (port) => port,
    () => undefined,
  );

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
