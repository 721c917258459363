/** Between a client of AWS and what answers: passes requests on until it is told to fail from the n-th on. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';

export type Break = {
  readonly atRequest: number;
  /** Whether that request still reached the other side, so that only its answer is lost. */
  readonly reached: boolean;
  /** Nothing after it gets through either; without it the client's own next try does. */
  readonly forGood: boolean;
};

/** What is answered in place of the other side, to the first so many requests that match. */
export type Refusal = {
  readonly matching: RegExp;
  readonly times: number;
  readonly status: number;
  readonly type: string;
};

export type FaultProxy = {
  readonly url: string;
  /** Those of the run, as `PUT /things/x/principals`. */
  readonly requests: readonly string[];
  /** What was sent with them, as text. */
  readonly bodies: readonly string[];
  /** Counts from 1 again; `undefined` breaks nothing. */
  readonly arm: (at: Break | undefined) => void;
  readonly refuse: (refusal: Refusal) => void;
  readonly close: () => Promise<void>;
};

export async function faultProxy(target: string): Promise<FaultProxy> {
  let at: Break | undefined;
  let refusal: Refusal | undefined;
  let left = 0;
  const requests: string[] = [];
  const bodies: string[] = [];
  const server = createServer((incoming, answer) => {
    requests.push(`${incoming.method} ${decodeURIComponent(incoming.url ?? '').replace(/\?.*/, '')}`);
    if (left > 0 && refusal?.matching.test(requests.at(-1) ?? '') === true) {
      left -= 1;
      answer.writeHead(refusal.status, { 'x-amzn-errortype': refusal.type, 'content-type': 'application/json' });
      answer.end('{"message":"as the test wants it"}');
      return;
    }
    incoming.on('data', (chunk: Buffer) => bodies.push(chunk.toString('utf8')));
    const isHere = at?.atRequest === requests.length;
    const isAfter = at?.forGood === true && requests.length > at.atRequest;
    if (isAfter || (isHere && at?.reached === false)) incoming.socket.destroy();
    else forward(target, incoming, answer, isHere);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    bodies,
    arm: (next) => {
      at = next;
      requests.length = 0;
      bodies.length = 0;
    },
    refuse: (next) => {
      refusal = next;
      left = next.times;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(target: string, incoming: IncomingMessage, answer: ServerResponse, isAnswerLost: boolean): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const outgoing = send(`${target}${url}`, { method, headers }, (response) => {
    if (isAnswerLost) {
      response.resume().on('end', () => incoming.socket.destroy());
      return;
    }
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  outgoing.on('error', () => incoming.socket.destroy());
  incoming.pipe(outgoing);
}
