/**
 * The answer table of no-loss.md: sixteen answers of a database to eight samples, in direct mode of one message, in buffered
 * mode of a batch of four, by a redrive of one that had failed, each at the wire, and what the writer then did: how many requests, what is stored, what is
 * quarantined with which words, what is given back to be tried again, how often the token was fetched.
 */
import { afterEach, expect, test } from '@jest/globals';
import { parseJson } from '../../lambdas/json/parse-json.ts';
import { redriveQueues } from '../../lambdas/redrive/redrive-queues.ts';
import type { Envelope } from '../../lambdas/telemetry/envelope.ts';
import { batchResponse, parseQueued } from '../../lambdas/telemetry/queued-messages.ts';
import {
  type UnstoredMessage,
  type WriteDeps,
  writeMessage,
  writeMessages,
} from '../../lambdas/telemetry/write-message.ts';
import { INGEST_MODES, type IngestMode } from '../end-to-end/target.ts';
import { smallQueue } from '../redrive/small-queue.ts';
import { closePeers, html, newPeer, type PeerAnswer, refused, STORED } from '../store/influxdb-peer.ts';
import { tell } from './proof.ts';
import { queueEvent } from './writer-events.ts';

afterEach(closePeers);

const SAMPLES = 8;
const WAYS = [...INGEST_MODES, 'redrive'] as const satisfies readonly (IngestMode | 'redrive')[];
type Way = (typeof WAYS)[number];
const PER_MESSAGE: Readonly<Record<Way, number>> = { direct: SAMPLES, buffered: 2, redrive: SAMPLES };
const START_MS = Date.UTC(2026, 10, 23, 12);
const NAMED = { 'content-type': 'application/json', 'x-influxdb-version': 'v2.7.12' };
// Of a database that does not answer; the others have the writer's own.
const SHORT = { writeTimeoutMs: 300 };

type Request = { readonly lines: readonly string[]; readonly before: number; readonly token: string };
type Did = {
  readonly requests: number | readonly [number, number];
  /** How many of the eight. */
  readonly stored: number;
  readonly did: 'stored' | 'given back' | 'quarantined';
  /** In the reason of what is quarantined, or the sentence of what is given back. */
  readonly words?: RegExp;
  /** Default: once. */
  readonly tokens?: number;
  readonly times?: { readonly writeTimeoutMs: number };
};
type Row = readonly [answer: string, give: (request: Request) => PeerAnswer, then: Did];

const BAD = 'soc=3 ';
const bad = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.includes(BAD));
const onceThen =
  (first: PeerAnswer, then = STORED) =>
  ({ before }: Request): PeerAnswer =>
    before === 0 ? first : then;
/** Refuses what holds the one bad line; `takesRest`: the others of such a request are stored. */
const poison =
  (status: number, words: (lines: number) => string) =>
  ({ lines }: Request): PeerAnswer =>
    bad(lines).length === 0 ? STORED : refused(status, words(bad(lines).length));
const pressed = (status: number, retryAfter: string): PeerAnswer => ({
  status,
  headers: { 'retry-after': retryAfter },
  body: 'wait',
});
const CONFLICT = (dropped: number): string =>
  `failure writing points to database: partial write: field type conflict: input field "soc" on measurement "battery" is type float, already exists as type integer dropped=${dropped}`;
const RETENTION = (dropped: number): string =>
  `failure writing points to database: partial write: points beyond retention policy dropped=${dropped}`;
// One request, and of each of three levels both halves, at most.
const ISOLATING = [3, 7] as const;
const sayNew = ({ token }: Request, status: number): PeerAnswer =>
  token === 'new' ? STORED : refused(status, 'refused');

const ROWS: readonly Row[] = [
  ['204', () => STORED, { requests: 1, stored: 8, did: 'stored' }],
  [
    '201 with a body: a part was taken',
    ({ lines }) =>
      bad(lines).length === 0
        ? STORED
        : { status: 201, headers: NAMED, body: JSON.stringify({ message: 'partial write of line 4' }) },
    { requests: ISOLATING, stored: 7, did: 'quarantined', words: /partial write of line 4/ },
  ],
  [
    '200 without a body, which InfluxDB never says',
    () => ({ status: 200, headers: NAMED }),
    { requests: 1, stored: 0, did: 'given back' },
  ],
  [
    '400 parse error',
    poison(400, () => `unable to parse 'battery ${BAD}': invalid number`),
    { requests: ISOLATING, stored: 7, did: 'quarantined', words: /unable to parse/ },
  ],
  [
    '400 of what is no InfluxDB',
    () => html(400),
    { requests: 1, stored: 0, did: 'given back', words: /check its address/ },
  ],
  [
    '422 type conflict of one line',
    poison(422, CONFLICT),
    { requests: ISOLATING, stored: 7, did: 'quarantined', words: /type conflict/ },
  ],
  [
    '422 type conflict of every line, which is configuration',
    ({ lines }) => refused(422, CONFLICT(lines.length)),
    { requests: [1, 3], stored: 0, did: 'given back', words: /with another type/ },
  ],
  [
    '422 beyond retention, every line: one case',
    ({ lines }) => refused(422, RETENTION(lines.length)),
    { requests: 1, stored: 0, did: 'quarantined', words: /beyond retention policy/ },
  ],
  ['401', (request) => sayNew(request, 401), { requests: 2, stored: 8, did: 'stored', tokens: 2 }],
  ['403', (request) => sayNew(request, 403), { requests: 2, stored: 8, did: 'stored', tokens: 2 }],
  [
    '404 with the new token too',
    () => refused(404, 'bucket "battery1" not found'),
    { requests: 2, stored: 0, did: 'given back', words: /check organisation 'ENI' and bucket 'battery1'/, tokens: 2 },
  ],
  [
    '413: split',
    ({ lines }) => (lines.length > 2 ? refused(413, 'request too large') : STORED),
    { requests: 7, stored: 8, did: 'stored' },
  ],
  ['429 with Retry-After in seconds', onceThen(pressed(429, '1')), { requests: 2, stored: 8, did: 'stored' }],
  [
    '503 with Retry-After as a date that is too far',
    () => pressed(503, new Date(Date.now() + 60_000).toUTCString()),
    { requests: 1, stored: 0, did: 'given back', words: /too much to do/ },
  ],
  [
    '500 for ever: two quick tries more',
    () => refused(500, 'internal error'),
    { requests: 3, stored: 0, did: 'given back', words: /500: internal error/ },
  ],
  [
    'no answer at all, and then a connection that is closed',
    ({ before }) => (before === 0 ? 'silence' : 'closed'),
    { requests: 3, stored: 0, did: 'given back', words: /does not answer/, times: SHORT },
  ],
];

test('the table has sixteen answers', () => {
  expect(new Set(ROWS.map(([name]) => name)).size).toBe(16);
});

test.each(WAYS.flatMap((way) => ROWS.map(([name, give, then]) => ({ way, name, give, expected: then }))))(
  '$way: $name',
  async ({ way, name, give, expected: then }) => {
    const inDatabase = new Set<string>();
    const peer = await newPeer(({ lines, headers }, before) => {
      const answer = give({ lines, before, token: String(headers.authorization).replace('Token ', '') });
      const isAnswer = typeof answer === 'object' && 'status' in answer;
      const takesRest = isAnswer && (answer.status === 422 || answer.status === 201);
      const isStored = answer === STORED;
      const dropsAll = isAnswer && (answer.body ?? '').includes(`dropped=${lines.length}`);
      if (isStored || (takesRest && !dropsAll))
        for (const line of lines) if (isStored || bad([line]).length === 0) inDatabase.add(line);
      return answer;
    });
    let tokens = 0;
    const token = async (refusedOne?: string): Promise<string> => {
      if (refusedOne !== undefined || tokens === 0) tokens += 1;
      return refusedOne === undefined && tokens === 1 ? 'old' : 'new';
    };
    const kept: UnstoredMessage[] = [];
    const messages = messagesOf(PER_MESSAGE[way]);
    const told = await written(way, messages, {
      append: peer.store({ token, times: then.times ?? {} }).append,
      quarantine: async (message) => void kept.push(message),
      parseJson,
      topicRoot: 'battery',
    });
    const requests = peer.asked.length;
    const reasons = [...new Set(kept.map(({ reason }) => reason))];
    const words = told.words ?? reasons.join();
    const did = told.did === 'stored' && kept.length > 0 ? 'quarantined' : told.did;
    tell(`answer, ${way}: ${name}`, {
      did,
      stored: told.stored,
      requests,
      tokens,
      words: words.slice(0, 160),
    });

    expect(did).toBe(then.did);
    expect(told.stored).toBe(then.stored);
    // What is said to be stored is in the database; what is given back is never said to be.
    expect(inDatabase.size).toBe(then.stored);
    const [least, most] = typeof then.requests === 'number' ? [then.requests, then.requests] : then.requests;
    expect(requests).toBeGreaterThanOrEqual(least);
    expect(requests).toBeLessThanOrEqual(most);
    if (then.words !== undefined) expect(words).toMatch(then.words);
    expect(tokens).toBe(then.tokens ?? 1);
    // The originals are there whole of those of which a sample is not stored, of no other, and nothing of what is tried again.
    const isStored = (sample: number): boolean => [...inDatabase].some((line) => line.includes(`soc=${sample} `));
    const unstored = messages.filter(({ samples }) => !samples.every(isStored)).map(({ envelope }) => envelope.payload);
    expect(kept.map(({ original }) => original)).toEqual(then.did === 'quarantined' ? unstored : []);
    for (const reason of reasons) expect(reason).toMatch(then.words ?? /./);
  },
);

type Message = { readonly samples: readonly number[]; readonly envelope: Envelope };

function messagesOf(perMessage: number): readonly Message[] {
  return Array.from({ length: SAMPLES / perMessage }, (_, message) => {
    const numbers = Array.from({ length: perMessage }, (_, i) => message * perMessage + i);
    const samples = numbers.map((i) => ({ timestamp: START_MS + i, soc: i }));
    const payload = Buffer.from(JSON.stringify({ samples })).toString('base64');
    return { samples: numbers, envelope: { payload, topic: 'battery/boat/telemetry', receivedAt: START_MS + 1_000 } };
  });
}

type Told = { readonly did: string; readonly stored: number; readonly words?: string };

/** As the function does, and what its caller hears: in buffered mode that the batch is done, or an error for the whole of it. */
async function written(way: Way, messages: readonly Message[], deps: WriteDeps): Promise<Told> {
  const envelopes = messages.map(({ envelope }) => envelope);
  try {
    return { did: 'stored', stored: await storedOf(way, envelopes, deps) };
  } catch (thrown) {
    const error: { readonly code?: string; readonly retry?: boolean; readonly message?: string } = Object(thrown);
    const isGivenBack = error.code === 'store-unavailable' && error.retry === true;
    return { did: isGivenBack ? 'given back' : `threw ${error.message}`, stored: 0, words: error.message ?? '' };
  }
}

async function storedOf(way: Way, envelopes: readonly Envelope[], deps: WriteDeps): Promise<number> {
  if (way === 'redrive') return redriven(envelopes, deps);
  if (way === 'direct') {
    const results = await Promise.all(envelopes.map(writeMessage(deps)));
    return results.reduce((sum, { stored }) => sum + stored, 0);
  }
  const queued = parseQueued(queueEvent(envelopes)) ?? [];
  const all = await writeMessages(deps)(queued);
  expect(batchResponse(queued, all)).toEqual({ batchItemFailures: [] });
  return all.reduce((sum, one) => sum + (one.ok ? one.result.stored : 0), 0);
}

/** Out of the queue is what is stored or in quarantine; what is given back is in it. */
async function redriven(envelopes: readonly Envelope[], deps: WriteDeps): Promise<number> {
  const bodies = envelopes.map((requestPayload) => JSON.stringify({ requestPayload }));
  const queue = smallQueue('q', bodies);
  const redrive = redriveQueues({
    queues: [queue],
    write: writeMessages(deps),
    nowMs: Date.now,
    wait: async () => undefined,
  });
  const { queues, isDone, stopped } = await redrive(Date.now() + 60_000);
  expect(queue.left()).toEqual(isDone ? [] : bodies);
  if (stopped !== undefined) throw stopped;
  return queues.reduce((sum, { stored }) => sum + stored, 0);
}
