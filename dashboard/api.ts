/** All questions to Amphora. An answer is a value, whatever happened to it. */
import {
  type Battery,
  type Config,
  type Live,
  parseBatteries,
  parseConfig,
  parseLive,
  parseReason,
  parseRows,
  parseSeries,
  type Row,
  type Series,
} from './answers.ts';
import type { SeriesQuery, Window } from './range.ts';

const PATIENCE_MS = 10_000;

export type Answer<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  /** Understood and refused: asking again changes nothing. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No answer, or one that is none of ours. */
  | { readonly kind: 'unreachable'; readonly reason: string | undefined };

export type Api = {
  readonly live: (battery: string) => Promise<Answer<Live>>;
  readonly batteries: () => Promise<Answer<readonly Battery[]>>;
  readonly series: (battery: string, query: SeriesQuery) => Promise<Answer<Series>>;
  /** The newest rows of a stretch of time, newest first. */
  readonly rows: (battery: string, window: Window, limit: number) => Promise<Answer<readonly Row[]>>;
  readonly removeDemo: () => Promise<Answer<true>>;
};

export function askConfig(): Promise<Answer<Config>> {
  return ask('config.json', parseConfig);
}

export function openApi(apiUrl: string): Api {
  return {
    live: (battery) => ask(`${apiUrl}/livedata?${new URLSearchParams({ battery })}`, parseLive),
    batteries: () => ask(`${apiUrl}/batteries`, parseBatteries),
    series: (battery, { points, ...window }) =>
      ask(
        `${apiUrl}/read?${new URLSearchParams({ shape: 'series', points: `${points}`, battery, ...edges(window) })}`,
        parseSeries,
      ),
    rows: (battery, window, limit) =>
      ask(
        `${apiUrl}/read?${new URLSearchParams({ shape: 'wide', order: 'newest', limit: `${limit}`, battery, ...edges(window) })}`,
        parseRows,
      ),
    removeDemo: () => ask(`${apiUrl}/batteries/demo`, () => true, 'DELETE'),
  };
}

function edges({ beginMs, endMs }: Window): { readonly begin: string; readonly end: string } {
  return { begin: new Date(beginMs).toISOString(), end: new Date(endMs).toISOString() };
}

async function ask<Value>(
  url: string,
  parse: (body: unknown) => Value | undefined,
  method = 'GET',
): Promise<Answer<Value>> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(url, { method, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = await response.text();
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    // No network, nobody listening, too slow, or something between that answers in HTML: all the same to a reader.
    return { kind: 'unreachable', reason: undefined };
  }
  if (response.ok) {
    const value = parse(body);
    return value === undefined
      ? { kind: 'unreachable', reason: 'its answer is none of Amphora’s' }
      : { kind: 'ok', value };
  }
  const reason = parseReason(body);
  if (response.status === 400 || response.status === 404)
    return { kind: 'refused', reason: reason ?? `status ${response.status}` };
  return { kind: 'unreachable', reason: reason ?? `status ${response.status}` };
}
