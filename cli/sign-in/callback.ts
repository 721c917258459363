/** Where the browser comes back to: a listener on loopback, for as long as one sign-in takes (RFC 8252, 7.3). */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { escaped } from '../../local/html.ts';
import { type Listening, listenOnLoopback } from '../../local/listen.ts';
import { PLAIN_PAGE_HEADERS, plainPage } from '../../local/plain-page.ts';
import { type Refusal, refusal } from '../command.ts';

/** Cognito compares redirect addresses to the letter, the port too; so there are two to choose from, and no more. */
export const CALLBACK_PORTS = [8976, 8977] as const;

/**
 * One for each sign-in (RFC 9700, 4.4.2.2). With the same address for all, a stranger's sign-in could send the browser on to
 * another one, and be handed the code that this one gives.
 */
export const redirectUriAt = (port: number, signInUrl: string): string =>
  `http://localhost:${port}/${new URL(signInUrl).host}/`;

type CallbackWords = { readonly title: string; readonly sentence: string };

/** What the browser is shown for one request: `result` ends the waiting. */
export type CallbackReply<Result> = CallbackWords & {
  readonly isGood: boolean;
  readonly result?: Result;
};

export type Callback = {
  readonly redirectUri: string;
  /** Resolves with the first result; undefined when the signal aborted before there was one. */
  readonly heard: <Result>(
    hear: (query: URLSearchParams) => Promise<CallbackReply<Result>>,
    signal: AbortSignal,
  ) => Promise<Result | undefined>;
  readonly close: () => void;
};

export async function openCallback(
  signInUrl: string,
): Promise<{ readonly ok: true; readonly callback: Callback } | Refusal> {
  let onRequest: (request: IncomingMessage, response: ServerResponse) => Promise<void> = async (_, response) =>
    send(response, 503, NOT_YET);
  const make = () => createServer((request, response) => void onRequest(request, response));
  const listening = await firstFree(make);
  if (listening === undefined) {
    return refusal(
      `ports ${CALLBACK_PORTS.join(' and ')}, one of which the browser comes back to, are both in use; stop what listens there, or sign in with --no-browser`,
    );
  }
  const redirectUri = redirectUriAt(listening.port, signInUrl);
  const heard: Callback['heard'] = (hear, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve(undefined);
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
      onRequest = async (request, response) => {
        const query = queryOf(request, redirectUri);
        if (query === undefined) return send(response, 404, NOT_HERE);
        const page = await hear(query);
        await send(response, page.isGood ? 200 : 400, page);
        if (page.result !== undefined) resolve(page.result);
      };
    });
  // Not waited for: a browser keeps connections open, and the process ends soon.
  return { ok: true, callback: { redirectUri, heard, close: () => void listening.close() } };
}

async function firstFree(make: () => ReturnType<typeof createServer>): Promise<Listening | undefined> {
  for (const port of CALLBACK_PORTS) {
    try {
      return await listenOnLoopback(make, port, '');
    } catch (error) {
      if (!(error instanceof AmphoraError)) throw error;
    }
  }
  return undefined;
}

/** Undefined for everything that a browser asks for beside the page it was sent to. */
function queryOf({ method, url = '', headers }: IncomingMessage, redirectUri: string): URLSearchParams | undefined {
  const { host, pathname } = new URL(redirectUri);
  const [path, query = ''] = url.split('?', 2);
  return method === 'GET' && headers.host === host && path === pathname && query !== ''
    ? new URLSearchParams(query)
    : undefined;
}

const NOT_HERE = { title: 'Nothing here', sentence: 'This address only takes the answer of a sign-in.' };
const NOT_YET = { title: 'Not yet', sentence: 'The sign-in has not begun.' };

/** Resolves when it was handed to the network, or the browser is gone. */
function send(response: ServerResponse, status: number, page: CallbackWords): Promise<void> {
  const body = pageOf(page);
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.writeHead(status, {
      ...PLAIN_PAGE_HEADERS,
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    });
    response.end(body);
  });
}

const pageOf = ({ title, sentence }: CallbackWords): string =>
  plainPage({ title: `${title} – Amphora`, body: `<h1>${escaped(title)}</h1>\n<p>${escaped(sentence)}</p>` });
