/**
 * Lambda's Runtime API, as much of it as one invocation asks for: `next` gives the event once and is silent after that,
 * `response` and the two `error`s end the wait.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export type Outcome =
  | { readonly ok: true; readonly body: string; readonly atMs: number }
  | { readonly ok: false; readonly reason: string };

export type RuntimeApi = {
  /** For AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  readonly outcome: Promise<Outcome>;
  readonly close: () => void;
};

const INVOCATION = '/2018-06-01/runtime/invocation';
const FUNCTION_LIMIT_MS = 30_000;

/** Of one environment: of two that share an API, the first could still ask for the second one's event as it is ended. */
export async function startRuntimeApi(event: unknown): Promise<RuntimeApi> {
  const { promise: outcome, resolve: settle } = Promise.withResolvers<Outcome>();
  let waiting: string | undefined = JSON.stringify(event);

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '' } = request;
    if (method === 'GET' && url === `${INVOCATION}/next`) {
      // An environment that asks for a second event waits, as it does on AWS until it is frozen.
      if (waiting === undefined) return;
      response.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
        'lambda-runtime-deadline-ms': String(Date.now() + FUNCTION_LIMIT_MS),
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:111122223333:function:bench',
        'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0',
      });
      response.end(waiting);
      waiting = undefined;
      return;
    }
    // The moment at which the answer begins to come; its few bytes come with it.
    const atMs = performance.now();
    void text(request).then((body) => {
      response.writeHead(202).end();
      if (method === 'POST' && url.startsWith(INVOCATION) && url.endsWith('/response'))
        settle({ ok: true, body, atMs });
      else settle({ ok: false, reason: `${method} ${url} ${body.slice(0, 500)}` });
    });
  }

  const server = createServer(answer);
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    outcome,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
