/** All questions to Amphora. An answer is a value, whatever happened to it. */
import {
  type AccessToken,
  type Battery,
  type Config,
  type Live,
  parseAccessToken,
  parseBatteries,
  parseConfig,
  parseLive,
  parseReason,
  parseRevoked,
  parseRows,
  parseSeries,
  type Revoked,
  type Row,
  type Series,
} from './answers.ts';
import type { SeriesQuery, Window } from './range.ts';
import { parseQuarantined, parseStatus, type QuarantineEntry, type Status } from './status-answers.ts';

const PATIENCE_MS = 10_000;

export type Answer<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  /** Understood and refused: asking again changes nothing. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody is signed in, or no longer. */
  | { readonly kind: 'signed-out'; readonly reason: string | undefined }
  /** No answer, or one that is none of ours. */
  | { readonly kind: 'unreachable'; readonly reason: string | undefined };

export type Api = {
  readonly live: (battery: string) => Promise<Answer<Live>>;
  readonly batteries: () => Promise<Answer<readonly Battery[]>>;
  readonly series: (battery: string, query: SeriesQuery) => Promise<Answer<Series>>;
  /** The newest rows of a stretch of time, newest first. */
  readonly rows: (battery: string, window: Window, limit: number) => Promise<Answer<readonly Row[]>>;
  readonly removeDemo: () => Promise<Answer<true>>;
  /** How Amphora itself does. */
  readonly status: () => Promise<Answer<Status>>;
  /** The newest records of the quarantine. */
  readonly quarantined: (limit: number) => Promise<Answer<readonly QuarantineEntry[]>>;
};

/** Puts a question with an access token; without one where there is no sign-in. */
export type Authorized = <Value>(
  question: (accessToken: string | undefined) => Promise<Answer<Value>>,
) => Promise<Answer<Value>>;

/** The session's own routes, which go by its cookie. */
export type SessionDoor = {
  readonly begin: (code: string, codeVerifier: string) => Promise<Answer<AccessToken>>;
  readonly refresh: () => Promise<Answer<AccessToken>>;
  readonly end: () => Promise<Answer<Revoked>>;
};

export function askConfig(): Promise<Answer<Config>> {
  return ask('config.json', { parse: parseConfig });
}

export function openApi(apiUrl: string, authorized: Authorized): Api {
  function put<Value>(path: string, question: Question<Value>): Promise<Answer<Value>> {
    return authorized((accessToken) =>
      ask(`${apiUrl}${path}`, { ...question, ...(accessToken === undefined ? {} : { accessToken }) }),
    );
  }
  return {
    live: (battery) => put(`/livedata?${new URLSearchParams({ battery })}`, { parse: parseLive }),
    batteries: () => put('/batteries', { parse: parseBatteries }),
    series: (battery, { points, ...window }) =>
      put(`/read?${new URLSearchParams({ shape: 'series', points: `${points}`, battery, ...edges(window) })}`, {
        parse: parseSeries,
      }),
    rows: (battery, window, limit) =>
      put(
        `/read?${new URLSearchParams({ shape: 'wide', order: 'newest', limit: `${limit}`, battery, ...edges(window) })}`,
        { parse: parseRows },
      ),
    status: () => put('/status', { parse: parseStatus }),
    quarantined: (limit) =>
      put(`/quarantine?${new URLSearchParams({ limit: `${limit}` })}`, { parse: parseQuarantined }),
    removeDemo: () => put('/batteries/demo', { parse: () => true, method: 'DELETE' }),
  };
}

export function openSessionDoor(apiUrl: string): SessionDoor {
  const url = `${apiUrl}/session`;
  return {
    begin: (code, codeVerifier) => ask(url, { parse: parseAccessToken, method: 'POST', body: { code, codeVerifier } }),
    refresh: () => ask(`${url}/refresh`, { parse: parseAccessToken, method: 'POST' }),
    end: () => ask(url, { parse: parseRevoked, method: 'DELETE' }),
  };
}

function edges({ beginMs, endMs }: Window): { readonly begin: string; readonly end: string } {
  return { begin: new Date(beginMs).toISOString(), end: new Date(endMs).toISOString() };
}

type Question<Value> = {
  readonly parse: (body: unknown) => Value | undefined;
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: object;
  readonly accessToken?: string;
};

async function ask<Value>(url: string, question: Question<Value>): Promise<Answer<Value>> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(url, requestOf(question));
    const text = await response.text();
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    // No network, nobody listening, too slow, or something between that answers in HTML: all the same to a reader.
    return { kind: 'unreachable', reason: undefined };
  }
  if (response.ok) {
    const value = question.parse(body);
    return value === undefined
      ? { kind: 'unreachable', reason: 'its answer is none of Amphora’s' }
      : { kind: 'ok', value };
  }
  const reason = parseReason(body);
  if (response.status === 401) return { kind: 'signed-out', reason };
  if (response.status === 400 || response.status === 404)
    return { kind: 'refused', reason: reason ?? `status ${response.status}` };
  return { kind: 'unreachable', reason: reason ?? `status ${response.status}` };
}

function requestOf({ method = 'GET', body, accessToken }: Question<unknown>): RequestInit {
  return {
    method,
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: {
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}
