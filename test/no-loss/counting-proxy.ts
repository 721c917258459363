/** An HTTP proxy that passes everything on, and counts what writes. */
import { Agent, createServer, request } from 'node:http';

export type CountingProxy = {
  readonly port: number;
  /** Requests to a path that begins so, since the last call. */
  readonly taken: (path: string) => number;
  readonly close: () => Promise<void>;
};

export async function countingProxy(target: string): Promise<CountingProxy> {
  const paths: string[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer((asked, answer) => {
    const { url: path = '', method, headers } = asked;
    paths.push(path);
    const passing = request(new URL(path, target), { method, headers, agent }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    passing.on('error', () => answer.destroy());
    asked.pipe(passing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    taken: (path) => paths.splice(0).filter((one) => one.startsWith(path)).length,
    close: async () => {
      server.closeAllConnections();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
