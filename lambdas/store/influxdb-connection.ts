/**
 * Requests to one InfluxDB, by its client's transport: each awaited, each with a deadline. What the server answers is a
 * value, whatever its status; that there is no answer is an AmphoraError to try again.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB, type Transport } from '@influxdata/influxdb-client';
import { AmphoraError } from '../failures/amphora-error.ts';

export type InfluxAnswer = {
  readonly status: number;
  /** Of a 2xx: what the client made of the body, JSON parsed or text. */
  readonly body: unknown;
  /** The server's words of a refusal. */
  readonly words: string;
  /** Of the header Retry-After, which is in seconds or a date. */
  readonly retryAfterMs: number | undefined;
};

export type InfluxRequest = {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
};

export type InfluxTimes = {
  /** Of one request that writes. */
  readonly writeTimeoutMs: number;
  /** Of one question. */
  readonly queryTimeoutMs: number;
  /** Of one call of `append` with all its tries: at its end the batch is given back. */
  readonly appendBudgetMs: number;
};

export type InfluxConnection = {
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  readonly queryTimeoutMs: number;
  readonly request: (request: InfluxRequest) => Promise<InfluxAnswer>;
  readonly close: () => void;
};

export type InfluxConnectionSettings = {
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  readonly token: (refused?: string) => Promise<string>;
  readonly queryTimeoutMs: number;
};

// From about ten lines on, compressing costs less than sending (measured).
const GZIP_FROM_BYTES = 1_000;
// What another token may mend: none, no right, and a bucket that this token does not see.
const TOKEN_REFUSED = [401, 403, 404];

export function influxConnection(settings: InfluxConnectionSettings): InfluxConnection {
  const { url, org, bucket, token, queryTimeoutMs } = settings;
  const agent = url.startsWith('https:') ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  // The option `timeout` only counts silence, and leaves the socket behind: every request has a signal instead.
  const { transport } = new InfluxDB({ url, transportOptions: { agent } });
  let isClosed = false;

  const ask = (request: InfluxRequest, withToken: string): Promise<InfluxAnswer> =>
    answerOf(transport, request, withToken, url);

  return {
    url,
    org,
    bucket,
    queryTimeoutMs,
    request: async (request) => {
      if (isClosed) throw unavailable(`the store at ${url} was closed; open it again`);
      const known = await token();
      const answer = await ask(request, known);
      if (!TOKEN_REFUSED.includes(answer.status)) return answer;
      const fresh = await token(known);
      return fresh === known ? answer : ask(request, fresh);
    },
    close: () => {
      isClosed = true;
      agent.destroy();
    },
  };
}

/** The answer to a question, if it is one; else why not, as what can be tried again. */
export async function questionAnswer(
  connection: InfluxConnection,
  question: Omit<InfluxRequest, 'timeoutMs'>,
): Promise<InfluxAnswer> {
  const answer = await connection.request({ ...question, timeoutMs: connection.queryTimeoutMs });
  if (answer.status >= 200 && answer.status < 300 && answer.words === '') return answer;
  throw refusalError(connection, answer);
}

/** Why a question or a batch could not be done, and that it may be tried again. */
export function unavailable(message: string, cause?: unknown): AmphoraError {
  return new AmphoraError('store-unavailable', message, { retry: true, cause });
}

/** What is to be done about a refusal that the data has no part in. */
export function refusalError({ url, org, bucket }: InfluxConnection, { status, words }: InfluxAnswer): AmphoraError {
  return unavailable(`InfluxDB at ${url} refused (${status}: ${words}); ${remedyOf(status, { org, bucket })}`);
}

function remedyOf(status: number, { org, bucket }: { readonly org: string; readonly bucket: string }): string {
  if (status === 401) return 'its token is not valid there: put a valid one in place';
  if (status === 403) return `its token has not the right it needs on bucket '${bucket}': put one in place that has`;
  if (status === 404)
    return `check organisation '${org}' and bucket '${bucket}', and that its token may use that bucket`;
  if (status === 429 || status === 503) return 'it has too much to do; this is tried again';
  return status >= 500
    ? "see the server's own log; this is tried again"
    : 'check its version: Amphora needs InfluxDB 2';
}

async function answerOf(
  transport: Transport,
  { path, method, body = '', headers = {}, timeoutMs }: InfluxRequest,
  token: string,
  url: string,
): Promise<InfluxAnswer> {
  let status = 0;
  let retryAfter: string | undefined;
  const signal = AbortSignal.timeout(timeoutMs);
  const authorization = `Token ${token}`;
  const options = { method, headers: { ...headers, authorization }, gzipThreshold: GZIP_FROM_BYTES, signal };
  try {
    const result: unknown = await transport.request(path, body, options, (responseHeaders, statusCode) => {
      status = statusCode ?? 0;
      retryAfter = [responseHeaders['retry-after']].flat()[0];
    });
    return { status, body: result, words: '', retryAfterMs: undefined };
  } catch (error) {
    if (signal.aborted) throw unavailable(`InfluxDB at ${url} did not answer within ${timeoutMs / 1000} s`, error);
    // A 2xx whose body is not what its type says is an answer too: the status decides.
    if (status === 0) throw unavailable(`InfluxDB at ${url} does not answer: ${reasonOf(error)}`, error);
    return { status, body: undefined, words: wordsOf(error), retryAfterMs: retryAfterMs(retryAfter) };
  }
}

// Where a name has two addresses and neither answers, the error has no message of its own.
const reasonOf = (error: unknown): string => textOf(error, 'message') || textOf(error, 'code');

// 2.x says {"message"}, 1.x {"error"}; a proxy between says something in HTML.
function wordsOf(error: unknown): string {
  const json = memberOf(error, 'json');
  const words = textOf(json, 'message') || textOf(json, 'error') || textOf(error, 'body') || textOf(error, 'message');
  return words.slice(0, MAX_WORDS).trim();
}

const MAX_WORDS = 500;

// RFC 9110, 10.2.3. The client's own reading of it takes the seconds for milliseconds.
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const untilMs = Date.parse(header) - (performance.timeOrigin + performance.now());
  return Number.isNaN(untilMs) ? undefined : Math.max(0, untilMs);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

function textOf(value: unknown, name: string): string {
  const text = memberOf(value, name);
  return typeof text === 'string' ? text : '';
}
