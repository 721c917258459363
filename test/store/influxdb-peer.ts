/** What stands at an InfluxDB's address and answers as a test wants: on a real socket, with a record of what it was asked. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { type InfluxSettings, influxStore } from '../../lambdas/store/influxdb.ts';
import type { Store } from '../../lambdas/store/store.ts';

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** As it was before it was compressed. */
  readonly body: string;
  /** Of the body. */
  readonly lines: readonly string[];
  readonly bytesSent: number;
  /** 1 for the first connection, and so on. */
  readonly socket: number;
  readonly atMs: number;
};

export type PeerAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Nothing, ever. */
  | 'silence'
  /** The connection is closed instead of an answer. */
  | 'closed'
  /** The status, a part of the body, and then the connection is closed. */
  | { readonly cutWith: number };

export type Peer = {
  readonly url: string;
  readonly asked: readonly Asked[];
  readonly openSockets: () => number;
  readonly store: (settings?: Partial<InfluxSettings>) => Store;
};

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8', 'x-influxdb-version': 'v2.7.12' };

export const STORED: PeerAnswer = { status: 204 };

/** As InfluxDB 2 refuses. */
export const refused = (status: number, message: string): PeerAnswer => ({
  status,
  headers: JSON_TYPE,
  body: JSON.stringify({ code: 'invalid', message }),
});

export const html = (status: number): PeerAnswer => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<!doctype html>\n<html><head><title>Something else</title></head></html>\n',
});

export const json = (body: unknown): PeerAnswer => ({ status: 200, headers: JSON_TYPE, body: JSON.stringify(body) });

export const csv = (lines: readonly string[]): PeerAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/csv; charset=utf-8' },
  body: lines.map((line) => `${line}\r\n`).join(''),
});

const opened: (() => Promise<void>)[] = [];

/** For `afterEach`. */
export async function closePeers(): Promise<void> {
  await Promise.all(opened.splice(0).map((close) => close()));
}

export async function newPeer(
  answer: (asked: Asked, before: number) => PeerAnswer | Promise<PeerAnswer>,
): Promise<Peer> {
  const asked: Asked[] = [];
  const sockets = new Map<Socket, number>();
  const server = createServer((request, response) => {
    void recorded(request, sockets.get(request.socket) ?? 0).then(async (one) => {
      const before = asked.push(one) - 1;
      give(response, await answer(one, before));
    });
  });
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    sockets.set(socket, connections);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listening(server);
  const stores: Store[] = [];
  opened.push(async () => {
    await Promise.all(stores.map((store) => store.close()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    asked,
    openSockets: () => sockets.size,
    store: (settings = {}) => {
      const address = { url, org: 'ENI', bucket: 'battery1', token: async () => 'good' };
      const store = influxStore({ ...address, nowMs: Date.now, ...settings });
      stores.push(store);
      return store;
    },
  };
}

/** One that answers one after the other, and the last one for ever. */
export const newPeerSaying = (...answers: readonly PeerAnswer[]): Promise<Peer> =>
  newPeer((_, before) => answers[before] ?? answers.at(-1) ?? STORED);

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function recorded(request: IncomingMessage, socket: number): Promise<Asked> {
  const bytes = await buffer(request);
  const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://peer');
  return {
    method: request.method ?? '',
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body,
    lines: body.split('\n'),
    bytesSent: bytes.length,
    socket,
    atMs: performance.now(),
  };
}

function give(response: ServerResponse, answer: PeerAnswer): void {
  if (answer === 'silence') return;
  if (answer === 'closed') {
    response.socket?.destroy();
    return;
  }
  if ('cutWith' in answer) {
    response.writeHead(answer.cutWith, { ...JSON_TYPE, 'content-length': '1000' });
    response.write('{"message":"dropped=1 and so', () => response.socket?.destroy());
    return;
  }
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}
