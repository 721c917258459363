/**
 * Points into InfluxDB, and what each of its answers means. A batch that it refuses is sent again in halves, which is safe
 * as the same point twice is one, until the lines that it will not take stand alone.
 */
import {
  type InfluxAnswer,
  type InfluxConnection,
  type InfluxTimes,
  refusalError,
  unavailable,
} from './influxdb-connection.ts';
import { influxRefusal, linesOf } from './influxdb-lines.ts';
import type { Outcome, Point } from './store.ts';

/** A point's lines, and its place in the call. */
type Entry = { readonly index: number; readonly lines: string };

type Verdict =
  | { readonly kind: 'stored' }
  | { readonly kind: 'too-large'; readonly words: string }
  /** Some or all of them were not taken; `dropped` as far as the server counts. */
  | { readonly kind: 'refused'; readonly words: string; readonly dropped: number | undefined };

// InfluxDB takes 60 MB in one body, and two gigabytes of memory for it (measured); 1.x refuses 25 MB.
const MAX_BODY_BYTES = 1_000_000;
const MAX_ENTRIES = 5_000;
const MAX_ISOLATING_REQUESTS = 64;
const ISOLATING_SHARE = 0.4;
// After this many levels of halves that all failed with the same words, the batch is one case.
const SAME_WORDS_LEVELS = 2;
const QUICK_RETRY_MS = [50, 200] as const;

export async function appendPoints(
  connection: InfluxConnection,
  times: InfluxTimes,
  points: readonly Point[],
): Promise<readonly Outcome[]> {
  const outcomes = points.map((point): Outcome => {
    const reason = influxRefusal(point);
    return reason === undefined ? { kind: 'stored' } : { kind: 'refused', reason };
  });
  const entries = points.flatMap((point, index) =>
    outcomes[index]?.kind === 'stored' ? [{ index, lines: linesOf(point) }] : [],
  );
  const deadlineMs = performance.now() + times.appendBudgetMs;
  const sender = { connection, times, deadlineMs };
  for (const batch of batchesOf(entries)) {
    for (const [index, reason] of await writeBatch(sender, batch)) outcomes[index] = { kind: 'refused', reason };
  }
  return outcomes;
}

type Sender = { readonly connection: InfluxConnection; readonly times: InfluxTimes; readonly deadlineMs: number };
type Reasons = ReadonlyMap<number, string>;

/** The entries that the server will not have, each with its words. Rejects when that cannot be found out now. */
async function writeBatch(sender: Sender, batch: readonly Entry[]): Promise<Reasons> {
  const reasons = new Map<number, string>();
  const refuse = (part: readonly Entry[], words: string): void => {
    for (const { index } of part) reasons.set(index, words);
  };
  const untilMs = performance.now() + ISOLATING_SHARE * (sender.deadlineMs - performance.now());
  let [level, depth, requests]: [readonly (readonly Entry[])[], number, number] = [[batch], 0, 0];
  const words = new Set<string>();
  let hasStored = false;
  while (level.length > 0) {
    const next: (readonly Entry[])[] = [];
    for (const part of level) {
      if (requests > 0 && (requests >= MAX_ISOLATING_REQUESTS || performance.now() > untilMs))
        throw tooManyBad(sender, words);
      requests += 1;
      const verdict = await write(sender, part);
      if (verdict.kind === 'stored') {
        hasStored = true;
        continue;
      }
      words.add(verdict.words);
      const isWhole = verdict.kind === 'refused' && verdict.dropped === linesIn(part);
      if (isWhole && isConflict(verdict.words) && part === batch) throw configured(sender, verdict.words);
      if (part.length === 1 || isWhole) refuse(part, verdict.words);
      else next.push(...halvesOf(part));
    }
    depth += 1;
    const isOneCase = depth > SAME_WORDS_LEVELS && !hasStored && words.size === 1;
    if (isOneCase) for (const part of next.splice(0)) refuse(part, [...words].join());
    level = next;
  }
  // One after the other they were all refused for their types: the bucket holds others, and no reading is to blame.
  if (reasons.size === batch.length && [...reasons.values()].every(isConflict)) {
    throw configured(sender, [...reasons.values()][0] ?? '');
  }
  return reasons;
}

async function write(sender: Sender, part: readonly Entry[]): Promise<Verdict> {
  const { connection, times, deadlineMs } = sender;
  const query = new URLSearchParams({ org: connection.org, bucket: connection.bucket, precision: 'ns' });
  const request = {
    path: `/api/v2/write?${query}`,
    method: 'POST',
    body: part.map(({ lines }) => lines).join('\n'),
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  } as const;
  for (let tries = 0; ; tries++) {
    const leftMs = deadlineMs - performance.now();
    const timeoutMs = Math.max(1, Math.floor(Math.min(times.writeTimeoutMs, leftMs)));
    const sent = await attempt(connection.request({ ...request, timeoutMs }));
    const verdict = sent.ok ? verdictOf(sent.answer) : undefined;
    if (verdict !== undefined) return verdict;
    const failure = sent.ok ? refusalError(connection, sent.answer) : sent.error;
    const pauseMs = pauseBefore(sent.ok ? sent.answer : undefined, tries);
    // Given back while there is still time to say so; whoever called tries again later.
    if (pauseMs === undefined || performance.now() + pauseMs + MIN_REQUEST_MS > deadlineMs) throw failure;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

const MIN_REQUEST_MS = 500;

type Attempt = { readonly ok: true; readonly answer: InfluxAnswer } | { readonly ok: false; readonly error: unknown };

async function attempt(answer: Promise<InfluxAnswer>): Promise<Attempt> {
  try {
    return { ok: true, answer: await answer };
  } catch (error) {
    return { ok: false, error };
  }
}

/** Undefined: the answer says nothing of these lines. */
function verdictOf({ status, body, words }: InfluxAnswer): Verdict | undefined {
  if (status >= 200 && status < 300) {
    const hasBody = status !== 204 && body !== undefined && body !== '';
    return hasBody || words !== ''
      ? { kind: 'refused', words: partialWords(body, words), dropped: undefined }
      : { kind: 'stored' };
  }
  if (status === 413) return { kind: 'too-large', words: words || 'the body is too large' };
  if (status !== 400 && status !== 422) return undefined;
  const [, dropped] = /\bdropped=(\d+)/.exec(words) ?? [];
  return { kind: 'refused', words, dropped: dropped === undefined ? undefined : Number(dropped) };
}

// 2xx with a body: a part was taken, the body says which was not.
const partialWords = (body: unknown, words: string): string =>
  words || (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 500);

/** How long to wait before the next try; undefined: no more of them now. */
function pauseBefore(answer: InfluxAnswer | undefined, tries: number): number | undefined {
  const status = answer?.status ?? 0;
  if (status === 429 || status === 503) return tries === 0 ? (answer?.retryAfterMs ?? QUICK_RETRY_MS[0]) : undefined;
  if (answer !== undefined && status < 500) return undefined;
  const pauseMs = QUICK_RETRY_MS[tries];
  return pauseMs === undefined ? undefined : pauseMs * (0.5 + Math.random());
}

function batchesOf(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const batches: Entry[][] = [];
  let bytes = MAX_BODY_BYTES;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.lines) + 1;
    const last = batches.at(-1);
    if (last === undefined || last.length >= MAX_ENTRIES || bytes + size > MAX_BODY_BYTES) {
      batches.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return batches;
}

function halvesOf(part: readonly Entry[]): readonly (readonly Entry[])[] {
  const middle = Math.ceil(part.length / 2);
  return [part.slice(0, middle), part.slice(middle)];
}

const linesIn = (part: readonly Entry[]): number => part.reduce((sum, { lines }) => sum + lines.split('\n').length, 0);

const isConflict = (words: string): boolean => /type conflict/i.test(words);

function configured({ connection: { url, bucket } }: Sender, words: string): Error {
  return unavailable(
    `InfluxDB at ${url} takes no readings into bucket '${bucket}', for it holds these fields with another type (${words}); take a new bucket, or copy this one with ./amphora migrate-bucket`,
  );
}

function tooManyBad({ connection: { url } }: Sender, words: ReadonlySet<string>): Error {
  return unavailable(
    `InfluxDB at ${url} refused too many points of one batch to tell them apart in time (${[...words][0] ?? ''}); it is tried again`,
  );
}
