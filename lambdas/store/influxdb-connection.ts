/**
 * Requests to one InfluxDB, by its client's transport: each awaited, each with a deadline. What the server answers is a
 * value, whatever its status; that there is no answer is an AmphoraError to try again.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpError, InfluxDB, type Transport } from '@influxdata/influxdb-client';
import { AmphoraError } from '../failures/amphora-error.ts';

export type InfluxAnswer = {
  readonly status: number;
  /** Of a 2xx: what the client made of the body, JSON parsed or text; undefined when there is none. */
  readonly body: unknown;
  /** The server's words of a refusal, all of them. */
  readonly words: string;
  /** Whether InfluxDB itself speaks: it refuses in JSON. What stands before it, or in its place, sends pages and plain text. */
  readonly isOwn: boolean;
  /** Whether the answer names InfluxDB, in its headers or by the code of its errors. */
  readonly isSigned: boolean;
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
  /** For a question that is asked now. */
  readonly timeLeftMs: () => number;
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

// What goes out in one flight, ten segments of 1 460 bytes (RFC 6928), arrives no sooner when it is less; to compress a hundred
// lines takes a fifth of the work that they are (measured). A question is not read when it is compressed.
const GZIP_FROM_BYTES = 14_000;
const COMPRESSED_PATH = '/api/v2/write';
// What another token may mend: none, no right, and a bucket that this token does not see.
const TOKEN_REFUSED = [401, 403, 404];

export function influxConnection(settings: InfluxConnectionSettings): InfluxConnection {
  const { url, org, bucket, token, queryTimeoutMs } = settings;
  // Not told as it is: where no user belongs there may be a password.
  if (!/^https?:\/\/[^@?#]+$/.test(url)) {
    const message = 'the address of InfluxDB must be like http://localhost:8086, without a user or a query';
    throw new AmphoraError('setting-invalid', message, { retry: false });
  }
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
    timeLeftMs: () => queryTimeoutMs,
    request: async (request) => {
      if (isClosed) throw unavailable(`the store at ${url} was closed; open it again`);
      // What a token takes to come is of the request's own time.
      const untilMs = performance.now() + request.timeoutMs;
      const inTime = (): InfluxRequest => {
        const timeoutMs = Math.floor(untilMs - performance.now());
        if (timeoutMs > 0) return { ...request, timeoutMs };
        throw unavailable(`the token of InfluxDB at ${url} took too long to come; this is tried again`);
      };
      const known = sendable(url, await token());
      const answer = await ask(inTime(), known);
      if (!TOKEN_REFUSED.includes(answer.status)) return answer;
      const fresh = sendable(url, await token(known));
      return fresh === known ? answer : ask(inTime(), fresh);
    },
    close: () => {
      isClosed = true;
      agent.destroy();
    },
  };
}

/** The same connection for one call of the store, whose questions together have the time of one. */
export function forOneCall(connection: InfluxConnection): InfluxConnection {
  const givenMs = connection.timeLeftMs();
  const untilMs = performance.now() + givenMs;
  const timeLeftMs = (): number => {
    const leftMs = Math.floor(untilMs - performance.now());
    if (leftMs > 0) return leftMs;
    throw unavailable(`InfluxDB at ${connection.url} took longer than ${givenMs / 1000} s; this is tried again`);
  };
  return { ...connection, timeLeftMs };
}

/** The answer to a question, if it is one; else why not, as what can be tried again. */
export async function questionAnswer(
  connection: InfluxConnection,
  question: Omit<InfluxRequest, 'timeoutMs'>,
): Promise<InfluxAnswer> {
  const ask = async (): Promise<InfluxAnswer> =>
    connection.request({ ...question, timeoutMs: connection.timeLeftMs() });
  const answer = await ask().catch((error: unknown) => {
    if (isConnectionLost(error)) return ask();
    throw error;
  });
  if (answer.status >= 200 && answer.status < 300 && answer.words === '') return answer;
  // A success that cannot be read is no InfluxDB's.
  throw refusalError(connection, { ...answer, isOwn: answer.isOwn && answer.status >= 300 });
}

// A connection that was kept may be gone: nobody looked while the function slept between two of its calls.
const isConnectionLost = (error: unknown): boolean =>
  ['ECONNRESET', 'EPIPE'].includes(textOf(memberOf(error, 'cause'), 'code'));

/** Why a question or a batch could not be done, and that it may be tried again. */
export function unavailable(message: string, cause?: unknown): AmphoraError {
  return new AmphoraError('store-unavailable', message, { retry: true, cause });
}

export type Refusal = Pick<InfluxAnswer, 'status' | 'words' | 'isOwn'>;

/** What is to be done about a refusal that the data has no part in. */
export function refusalError(connection: InfluxConnection, refusal: Refusal): AmphoraError {
  const { status, words } = refusal;
  return unavailable(
    `InfluxDB at ${connection.url} refused (${status}: ${told(words)}); ${remedyOf(refusal, connection)}`,
  );
}

/** A server's words as a part of a sentence. */
export const told = (words: string): string => words.replace(/\s+/g, ' ').trim().slice(0, MAX_TOLD);

const MAX_TOLD = 500;

type Place = Pick<InfluxConnection, 'org' | 'bucket'>;

function remedyOf({ status, words, isOwn }: Refusal, { org, bucket }: Place): string {
  if (status === 429 || status === 503) return 'it has too much to do; this is tried again';
  if (status >= 500) return "see the server's own log; this is tried again";
  if (!isOwn) return 'check its address, for what answers there is no InfluxDB 2';
  if (status === 401) return 'its token is not valid there: put a valid one in place';
  if (status === 403) return `its token has not the right it needs on bucket '${bucket}': put one in place that has`;
  if (status === 404 || /organi[sz]ation/i.test(words))
    return `check organisation '${org}' and bucket '${bucket}', and that its token may use that bucket`;
  return 'do as it says; Amphora needs InfluxDB 2';
}

// What a header takes. The client would not reject at any other, but throw where nobody catches it.
function sendable(url: string, token: string): string {
  if (/^[\x20-\x7e]+$/.test(token)) return token;
  throw unavailable(
    `for InfluxDB at ${url} its token is empty, or has a line break or another character that no token has; put it in again`,
  );
}

async function answerOf(
  transport: Transport,
  { path, method, body = '', headers = {}, timeoutMs }: InfluxRequest,
  token: string,
  url: string,
): Promise<InfluxAnswer> {
  let status = 0;
  let isSigned = false;
  // Not AbortSignal.timeout: every such signal goes off in the end, long after its answer, and makes an error with a stack.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), timeoutMs);
  const { signal } = patience;
  const authorization = `Token ${token}`;
  const gzipThreshold = path.startsWith(COMPRESSED_PATH) ? GZIP_FROM_BYTES : Number.POSITIVE_INFINITY;
  const options = { method, headers: { ...headers, authorization }, gzipThreshold, signal };
  try {
    const result: unknown = await transport.request(path, body, options, (responseHeaders, statusCode) => {
      status = statusCode ?? 0;
      isSigned = isInfluxs(responseHeaders);
    });
    return { status, ...takenBody(result), isSigned, words: '', retryAfterMs: undefined };
  } catch (error) {
    if (error instanceof HttpError) return refusalIn(error);
    // A 2xx whose body is not what its type says is an answer too: the status decides.
    if (error instanceof SyntaxError) {
      const words = 'a body that is no JSON';
      return { status, body: undefined, words, isOwn: true, isSigned, retryAfterMs: undefined };
    }
    if (signal.aborted)
      throw unavailable(
        `InfluxDB at ${url} did not answer within ${Number((timeoutMs / 1000).toPrecision(2))} s`,
        error,
      );
    const what = status === 0 ? 'does not answer' : 'broke off its answer';
    throw unavailable(`InfluxDB at ${url} ${what}: ${reasonOf(error)}`, error);
  } finally {
    clearTimeout(timer);
  }
}

// Of a type that the client does not know it gives bytes.
function takenBody(result: unknown): Pick<InfluxAnswer, 'body' | 'isOwn'> {
  const body = Buffer.isBuffer(result) ? result.toString() : result;
  if (body === '') return { body: undefined, isOwn: true };
  return { body, isOwn: typeof body !== 'string' || !/^\s*</.test(body) };
}

// 2.x says {"message"}, 1.x {"error"}.
function refusalIn({ statusCode, headers, json, body, message }: HttpError): InfluxAnswer {
  const own = textOf(json, 'message') || textOf(json, 'error');
  const [place] = [headers?.['location']].flat();
  const words = own || (place === undefined ? body || message : `it sends on to ${place}`);
  const [retryAfter] = [headers?.['retry-after']].flat();
  // A gateway's refusal is JSON with a message too.
  const isSigned = isInfluxs(headers ?? {}) || textOf(json, 'code') !== '';
  const isOwn = own !== '' && isSigned;
  return { status: statusCode, body: undefined, words, isOwn, isSigned, retryAfterMs: retryAfterMs(retryAfter) };
}

/** 1.x and 2.x both say who they are in every answer. */
const isInfluxs = (headers: Readonly<Record<string, unknown>>): boolean =>
  'x-influxdb-version' in headers || 'x-influxdb-build' in headers;

// Where a name has two addresses and neither answers, the error has no message of its own.
const reasonOf = (error: unknown): string => textOf(error, 'message') || textOf(error, 'code');

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
