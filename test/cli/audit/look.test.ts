/** What is asked of an API, and what is made of answers that no Amphora gives: against a server that says them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Api } from '../../../cli/api-client.ts';
import { besideIt, look, spanOf } from '../../../cli/audit/look.ts';
import { waitingAnswer } from '../../../lambdas/redrive/redrive-answer.ts';

const DAY_MS = 86_400_000;
const FROM_MS = Date.UTC(2026, 0, 1);

type Said = { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly text: string };

const json = (body: unknown): Said => ({ text: JSON.stringify(body) });
const empty = { runs: [], withoutSeq: 0, stamped: 0 };

describe('what an API says', () => {
  let server: Server;
  let api: Api;
  let asked: string[];
  let paused: number[];
  let says: (path: string) => Said;

  beforeEach(async () => {
    [asked, paused] = [[], []];
    server = createServer(({ url = '', headers }, response) => {
      asked.push(`${url}${headers.authorization === undefined ? '' : ` ${headers.authorization}`}`);
      const { status = 200, headers: more = {}, text } = says(url);
      response.writeHead(status, more).end(text);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    let nowMs = 0;
    const clock = {
      nowMs: () => nowMs,
      sleepMs: async (ms: number) => {
        paused.push(ms);
        nowMs += ms;
      },
    };
    api = { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, clock };
  });
  afterEach(() => void server.close());

  const lookAt = (toMs: number) => look(api, 'b', { fromMs: FROM_MS, toMs }, () => undefined);

  test('a range of 70 days is asked for in stretches of 31, each from where the one before ended', async () => {
    says = (path) =>
      json({ ...empty, withoutSeq: 1, ...(path.includes('2026-01-01') ? { next: '2026-01-10T00:00:00.000Z' } : {}) });
    expect(await lookAt(FROM_MS + 70 * DAY_MS)).toMatchObject({ ok: true, summary: { withoutSeq: 3 } });
    expect(asked.map((path) => decodeURIComponent(path).replace('/audit?battery=b&', ''))).toEqual([
      'from=2026-01-01T00:00:00.000Z&to=2026-02-01T00:00:00.000Z',
      'from=2026-01-10T00:00:00.000Z&to=2026-02-10T00:00:00.000Z',
      'from=2026-02-10T00:00:00.000Z&to=2026-03-12T00:00:00.000Z',
    ]);
  });

  test('what cannot be taken now is asked again, after as long as the answer says', async () => {
    const answers: Said[] = [
      { status: 503, headers: { 'retry-after': '5' }, text: '{"error":"InfluxDB is away"}' },
      { status: 429, text: '' },
      json(empty),
    ];
    says = () => answers.shift() ?? json(empty);
    expect(await lookAt(FROM_MS + 1)).toMatchObject({ ok: true });
    expect(paused).toEqual([5000, 1000]);
    expect(asked).toHaveLength(3);
  });

  test('and given up with the words of the last answer', async () => {
    says = () => ({ status: 503, text: JSON.stringify({ error: 'InfluxDB is\u001b[2J away' }) });
    expect(await lookAt(FROM_MS + 1)).toEqual({
      ok: false,
      exitCode: 2,
      sentence: `${api.url} answered 503: InfluxDB is[2J away; nothing was changed, type the same again later`,
    });
    expect(paused).toEqual([500, 1000, 2000, 4000]);
  });

  test.each<readonly [string, Said, string]>([
    ['one without a sign-in', { status: 401, text: '{"message":"Unauthorized"}' }, 'wants a sign-in: ./amphora login'],
    ['another program', { text: '<html>' }, "is not Amphora's API: it sends no JSON"],
    ['another API', { text: '{"ok":true}' }, 'is not what Amphora says'],
    ['an older Amphora', { status: 404, text: '{"message":"Not Found"}' }, 'an older one than this command'],
    ['one that sends on', { status: 302, headers: { location: '/' }, text: '' }, 'answered 302'],
    ['a next that does not move on', json({ ...empty, next: '2026-01-01T00:00:00.000Z' }), 'is not what Amphora says'],
    ['a next behind the end', json({ ...empty, next: '2027-01-01T00:00:00.000Z' }), 'is not what Amphora says'],
    ['an answer without end', { text: 'x'.repeat(9 * 1024 * 1024) }, 'more than 8388608 bytes'],
  ])('%s is refused in a sentence, with 2', async (_what, said, sentence) => {
    says = () => said;
    const looked = await lookAt(FROM_MS + DAY_MS);
    expect(looked).toEqual({ ok: false, exitCode: 2, sentence: expect.stringContaining(sentence) });
    expect(asked).toHaveLength(1);
  });

  test('the token goes with every question, and one that is not taken is told of by its own hint', async () => {
    says = () => ({ status: 401, text: '' });
    const bearer = { token: async () => ({ ok: true, token: 'secret' }) as const, hint: 'Get another', inShell: '' };
    expect(await look({ ...api, bearer }, 'b', { fromMs: 0, toMs: 1 }, () => undefined)).toMatchObject({
      sentence: `${api.url} answered 401. Get another`,
    });
    expect(asked[0]).toMatch(/ Bearer secret$/);
  });

  test('a battery that is not there is told with those that are, ten at most', async () => {
    const span = { firstAt: '2026-01-01T00:00:00+00:00', lastAt: '2026-01-02T00:00:00+00:00' };
    says = () => json([...Array(12).keys()].map((i) => ({ id: `b${i}`, ...span })));
    expect(await spanOf(api, 'b3')).toMatchObject({ ok: true, firstAtMs: FROM_MS, lastAtMs: FROM_MS + DAY_MS });
    expect(await spanOf(api, 'b')).toMatchObject({
      sentence: expect.stringMatching(/there are b0, b1, .*b9 and 2 more$/),
    });
    says = () => json([]);
    expect(await spanOf(api, 'b')).toMatchObject({ sentence: expect.stringContaining('none has sent yet') });
  });

  test('what waits and what is in quarantine is told beside, page by page, as far as it can be asked', async () => {
    says = (path) => {
      if (path === '/health') return json({ status: 'ok', version: '1', waiting: 3 });
      if (path === '/redrive')
        return json(
          waitingAnswer([
            { queue: 'UnwrittenReadings', waiting: 4, inFlight: 1 },
            { queue: 'UndeliveredMessages', waiting: 2, inFlight: 0 },
          ]),
        );
      return path.includes('after=')
        ? json([{}])
        : { ...json([{}, {}]), headers: { link: '</quarantine?battery=b&after=x>; rel="next"' } };
    };
    expect(await besideIt(api, 'b', FROM_MS)).toEqual({ waiting: 3, failed: 7, quarantined: 3 });
    expect(decodeURIComponent(asked[2] ?? '')).toContain('/quarantine?battery=b&from=2025-12-31T23:55:00.000Z');
    const health = { status: 'ok', version: '1', waiting: 3, failed: 2 };
    says = (path) => (path === '/health' ? json(health) : json([]));
    asked.length = 0;
    expect(await besideIt(api, 'b', FROM_MS)).toEqual({ waiting: 3, failed: 2, quarantined: 0 });
    expect(asked).not.toContain('/redrive');
    says = (path) => (path === '/health' ? json({ status: 'ok' }) : { status: 404, text: '{"message":"Not Found"}' });
    expect(await besideIt(api, 'b', FROM_MS)).toEqual({});
  });
});
