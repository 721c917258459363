/** An API with sign-in, at its wire: it answers what it is told to, and remembers who asked with which token. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Asked = { readonly route: string; readonly token: string | undefined };
export type Told = { readonly status: number; readonly body: unknown };

export type SessionPeer = {
  readonly url: string;
  readonly asked: readonly Asked[];
  readonly close: () => Promise<void>;
};

export type Answers = (asked: Asked) => Told | Promise<Told>;

export async function startSessionPeer(answers: Answers): Promise<SessionPeer> {
  const asked: Asked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = { route: `${request.method} ${request.url?.split('?')[0]}`, token: tokenOf(request) };
    asked.push(one);
    const { status, body } = await answers(one);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const tokenOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
