/**
 * The answer table of no-loss.md, in direct mode: sixteen answers of a database to one message of eight samples, each at
 * the wire, and what the writer then did: how many requests, what is stored, what is quarantined with which words, what is given
 * back to be tried again, how often the token was fetched.
 */
import { afterEach, expect, test } from '@jest/globals';
import { parseJson } from '../../lambdas/json/parse-json.ts';
import { type UnstoredMessage, writeMessage } from '../../lambdas/telemetry/write-message.ts';
import { closePeers, html, newPeer, type PeerAnswer, refused, STORED } from '../store/influxdb-peer.ts';
import { tell } from './proof.ts';

afterEach(closePeers);

const SAMPLES = 8;
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

test.each(ROWS)('%s', async (name, give, then) => {
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
  const write = writeMessage({
    append: peer.store({ token, times: then.times ?? {} }).append,
    quarantine: async (message) => void kept.push(message),
    parseJson,
    topicRoot: 'battery',
  });
  const samples = Array.from({ length: SAMPLES }, (_, i) => ({ timestamp: START_MS + i, soc: i }));
  const payload = Buffer.from(JSON.stringify({ samples })).toString('base64');
  const told = await write({ payload, topic: 'battery/boat/telemetry', receivedAt: START_MS + 1_000 }).then(
    (result) => ({
      did: result.quarantined === undefined ? 'stored' : 'quarantined',
      words: result.quarantined?.reason ?? '',
      ...result,
    }),
    (error: { readonly code?: string; readonly retry?: boolean; readonly message: string }) => ({
      did: error.code === 'store-unavailable' && error.retry === true ? 'given back' : `threw ${error.message}`,
      words: error.message,
      stored: 0,
    }),
  );
  const requests = peer.asked.length;
  tell(`answer: ${name}`, { did: told.did, stored: told.stored, requests, tokens, words: told.words.slice(0, 160) });

  expect(told.did).toBe(then.did);
  expect(told.stored).toBe(then.stored);
  // What is said to be stored is in the database; what is given back is never said to be.
  expect(inDatabase.size).toBe(then.stored);
  const [least, most] = typeof then.requests === 'number' ? [then.requests, then.requests] : then.requests;
  expect(requests).toBeGreaterThanOrEqual(least);
  expect(requests).toBeLessThanOrEqual(most);
  if (then.words !== undefined) expect(told.words).toMatch(then.words);
  expect(tokens).toBe(then.tokens ?? 1);
  // The original is there whole, and nothing of what is tried again.
  expect(kept.map(({ original }) => original)).toEqual(then.did === 'quarantined' ? [payload] : []);
  for (const { reason } of kept) expect(reason).toMatch(then.words ?? /./);
});
