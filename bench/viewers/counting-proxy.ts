/** What stands between the local runtime and an InfluxDB, hands everything on, and counts the questions by connection. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type CountingProxy = {
  readonly url: string;
  /** When each connection asked something since the last `beginAgain`. */
  readonly asked: () => readonly Connection[];
  readonly beginAgain: () => void;
  readonly close: () => Promise<void>;
};

export type Connection = {
  /** Whether it asked something before the last `beginAgain` too. */
  readonly isOld: boolean;
  readonly atMs: readonly number[];
};

const QUESTIONS = ['/query', '/api/v2/query'];

const KEEP_ALIVE_MS = 60_000;

export async function countingProxy(upstream: string): Promise<CountingProxy> {
  const bySocket = new Map<Socket, { isOld: boolean; atMs: number[] }>();
  const server = createServer((asked, answer) => {
    const { pathname } = new URL(asked.url ?? '', upstream);
    if (QUESTIONS.includes(pathname)) {
      const connection = bySocket.get(asked.socket) ?? { isOld: false, atMs: [] };
      connection.atMs.push(performance.now());
      bySocket.set(asked.socket, connection);
    }
    handOn(upstream, asked, answer);
  });
  // Whoever is not asked for some seconds keeps its connection.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => [...bySocket.values()],
    beginAgain: () => {
      for (const socket of bySocket.keys()) bySocket.set(socket, { isOld: true, atMs: [] });
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function handOn(upstream: string, asked: IncomingMessage, answer: ServerResponse): void {
  const { method = 'GET', headers, url = '/' } = asked;
  const passed = request(new URL(url, upstream), { method, headers }, (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer);
  });
  // Who asked sees a connection that was closed, as it would without anything between.
  passed.on('error', () => answer.destroy());
  asked.pipe(passed);
}
