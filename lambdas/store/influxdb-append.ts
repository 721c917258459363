/**
 * Points into InfluxDB, and what each of its answers means. A batch that it refuses is sent again in halves, which is safe
 * as the same point twice is one, until the lines that it will not take stand alone.
 */
import {
  type InfluxAnswer,
  type InfluxConnection,
  type InfluxTimes,
  refusalError,
  told,
  unavailable,
} from './influxdb-connection.ts';
import { influxRefusal, linesOf } from './influxdb-lines.ts';
import type { Outcome, Point } from './store.ts';

/** A point's lines, and its place in the call. */
type Entry = { readonly index: number; readonly lines: string };

type Verdict =
  | { readonly kind: 'stored' }
  | { readonly kind: 'too-large' }
  /** Some or all of them were not taken; `dropped` lines as far as the server counts. */
  | {
      readonly kind: 'refused';
      readonly words: string;
      readonly dropped: number | undefined;
      /** Whether the server has stored those that it did not refuse. */
      readonly isPartial: boolean;
    };

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
    for (const { index } of part) reasons.set(index, told(words));
  };
  let [level, depth, requests, untilMs]: [readonly (readonly Entry[])[], number, number, number] = [[batch], 0, 0, 0];
  const words = new Set<string>();
  // Whether a part was answered otherwise than by a refusal of its lines.
  let isMixed = false;
  // Whether every refusal was of some lines only, the others of its part being stored.
  let isPartial = true;
  while (level.length > 0) {
    const next: (readonly Entry[])[] = [];
    for (const part of level) {
      if (requests >= MAX_ISOLATING_REQUESTS || (requests > 0 && performance.now() > untilMs)) {
        if (!isMixed && [...words].every(isConflict)) throw configured(sender, words);
        // Where nothing of these parts may be stored yet, they are tried again; else they would be refused so for ever.
        if (!isPartial) throw tooManyBad(sender, words);
        for (const rest of [...level.slice(level.indexOf(part)), ...next]) refuse(rest, notToldApart(words));
        return reasons;
      }
      const verdict = await write(sender, part);
      // Counted from the first refusal on: what is only too large says nothing of any line.
      if (words.size > 0) requests += 1;
      isMixed ||= verdict.kind !== 'refused';
      if (verdict.kind === 'stored') continue;
      if (verdict.kind === 'too-large') {
        if (part.length === 1) refuse(part, `InfluxDB takes no request of ${bytesIn(part)} bytes`);
        else next.push(...halvesOf(part));
        continue;
      }
      if (words.size === 0) {
        [requests, untilMs] = [1, performance.now() + ISOLATING_SHARE * (sender.deadlineMs - performance.now())];
      }
      words.add(verdict.words);
      isPartial &&= verdict.isPartial;
      const { dropped = 0 } = verdict;
      // Of a sample with two lines it may be one that conflicts.
      if (part === batch && isConflict(verdict.words) && dropped >= part.length) throw configured(sender, words);
      if (part.length === 1 || dropped === linesIn(part)) refuse(part, verdict.words);
      else next.push(...halvesOf(part));
    }
    depth += 1;
    const isOneCase = depth > SAME_WORDS_LEVELS && !isMixed && words.size === 1;
    if (isOneCase) for (const part of next.splice(0)) refuse(part, [...words].join());
    level = next;
  }
  // One after the other they were all refused for their types: the bucket holds others, and no reading is to blame.
  if (reasons.size === batch.length && [...words].every(isConflict) && words.size > 0) throw configured(sender, words);
  return reasons;
}

async function write(sender: Sender, part: readonly Entry[]): Promise<Verdict> {
  const { connection, times, deadlineMs } = sender;
  const { org, bucket } = connection;
  const query = new URLSearchParams({ org, bucket, precision: 'ns' }).toString();
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
function verdictOf({ status, body, words, isOwn, isSigned }: InfluxAnswer): Verdict | undefined {
  if (status === 413) return { kind: 'too-large' };
  if (status === 204) return { kind: 'stored' };
  // What is not InfluxDB's word, or is about its own limits, says nothing of a reading.
  if (!isOwn || !isSigned || /max-(series|values)/.test(words)) return undefined;
  if (status >= 200 && status < 300) {
    // A part was taken, the body says which was not. No InfluxDB says nothing at all.
    const said = words || (typeof body === 'string' ? body : JSON.stringify(body ?? ''));
    return body === undefined && words === ''
      ? undefined
      : { kind: 'refused', words: said, dropped: undefined, isPartial: true };
  }
  return status === 400 || status === 422
    ? { kind: 'refused', words, dropped: droppedBy(words), isPartial: status === 422 }
    : undefined;
}

/** How many lines a refusal is about: it says so, or names each that it cannot read. */
function droppedBy(words: string): number | undefined {
  const [, dropped] = /\bdropped=(\d+)/.exec(words) ?? [];
  return dropped === undefined ? words.match(/^unable to parse '/gm)?.length : Number(dropped);
}

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

const bytesIn = (part: readonly Entry[]): number =>
  part.reduce((sum, { lines }) => sum + Buffer.byteLength(lines), part.length - 1);

const linesIn = (part: readonly Entry[]): number => part.reduce((sum, { lines }) => sum + lines.split('\n').length, 0);

const isConflict = (words: string): boolean => /type conflict/i.test(words);

function configured({ connection: { url, bucket } }: Sender, words: ReadonlySet<string>): Error {
  return unavailable(
    `InfluxDB at ${url} takes no readings into bucket '${bucket}', for it holds these fields with another type (${firstOf(words)}); take a new bucket, or copy this one with ./amphora migrate-bucket`,
  );
}

function tooManyBad({ connection: { url } }: Sender, words: ReadonlySet<string>): Error {
  return unavailable(
    `InfluxDB at ${url} refused too many points of one batch to tell them apart in time (${firstOf(words)}); it is tried again`,
  );
}

const notToldApart = (words: ReadonlySet<string>): string =>
  `${firstOf(words)} (too many of one batch were refused to tell this one apart from those that were stored)`;

const firstOf = (words: ReadonlySet<string>): string => told([...words][0] ?? '');
