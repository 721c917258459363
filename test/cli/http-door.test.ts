import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text as bodyOf } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { folderOfTest } from './folder-of-test.ts';
import { runCli } from './run-cli.ts';

// Each test starts a process or two; on a busy machine that alone takes seconds.
jest.setTimeout(30_000);

type Reply = { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> };
type Posted = { readonly path: string; readonly type: string; readonly body: string };

const folder = folderOfTest();
let server: Server;
let url: string;
let posted: Posted[];
/** What POSTs are answered with, in turn; then 202 for all. */
let replies: Reply[];
let health: Reply;

const samplesOf = (body: string): readonly Readonly<Record<string, unknown>>[] => {
  const value = JSON.parse(body);
  return value.samples ?? [value];
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  const isPost = request.method === 'POST';
  if (isPost) posted.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', body });
  const taken = (): Reply => ({ status: 202, body: { accepted: samplesOf(body).length, rejected: [] } });
  const reply = isPost ? (replies.shift() ?? taken()) : health;
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
  response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
}

beforeEach(async () => {
  posted = [];
  replies = [];
  health = { status: 200, body: { status: 'ok' } };
  server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function fileOf(rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_, i) => `${new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString()},${(i % 100) + 0.5}0`,
  );
  return folder.file('rows.csv', `timestamp,soc\n${lines.join('\n')}\n`);
}

const replay = (file: string, ...words: readonly string[]) =>
  runCli(folder.path, [
    'replay',
    file,
    '--battery',
    'boat',
    '--url',
    `${url}/`,
    '--speed',
    'max',
    '--as-recorded',
    '--json',
    ...words,
  ]);

describe('replay over HTTP', () => {
  test('names the page to look at where it is at home, at the root', async () => {
    const home = url.replace('/api', '/');
    const words = ['replay', fileOf(2), '--battery', 'boat', '--url', home, '--speed', 'max'];
    expect((await runCli(folder.path, words)).out).toContain(`See them: ${home}?battery=boat\n`);
  });

  test('rows go in batches of at most 500 samples and arrive each once, digit for digit', async () => {
    const { code, out } = await replay(fileOf(1203));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toStrictEqual({ rows: 1203, sent: 1203, acked: 1203, rejected: 0 });
    expect(posted.map(({ body }) => samplesOf(body).length).toSorted((a, b) => a - b)).toStrictEqual([203, 500, 500]);
    expect(new Set(posted.map(({ path, type }) => `${path} ${type}`))).toStrictEqual(
      new Set(['/api/batteries/boat/telemetry application/json']),
    );
    expect(posted.map(({ body }) => body).join()).toContain('{"timestamp":"2026-01-01T00:00:01.000Z","soc":1.50}');
    const times = posted.flatMap(({ body }) => samplesOf(body).map(({ timestamp }) => timestamp));
    expect(new Set(times).size).toBe(1203);
  });

  test('no batch is larger than 100 KiB', async () => {
    const cells = Array.from({ length: 300 }, () => '3.301').join(' ');
    const lines = Array.from(
      { length: 120 },
      (_, i) => `${new Date(Date.UTC(2026, 0, 1) + i * 1000).toISOString()},${cells}`,
    );
    const { code, out } = await replay(folder.file('cells.csv', `timestamp,cells\n${lines.join('\n')}\n`));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ acked: 120 });
    expect(posted.length).toBeGreaterThan(1);
    for (const { body } of posted) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(100 * 1024);
  });

  test('a batch that got 503 is sent again after Retry-After, as it was', async () => {
    replies = [{ status: 503, body: { error: 'the broker is down' }, headers: { 'retry-after': '0' } }];
    const { code, out, err } = await replay(fileOf(2));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ sent: 2, acked: 2 });
    expect(posted).toHaveLength(2);
    expect(posted[0]?.body).toBe(posted[1]?.body);
    expect(err).toContain('answered 503: the broker is down; trying again');
    expect(err).toContain('takes samples again');
  });

  test('a Retry-After beyond the patience ends it', async () => {
    replies = [{ status: 503, body: { error: 'busy' }, headers: { 'retry-after': '3600' } }];
    const { code, out } = await replay(fileOf(2), '--patience', '5');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      rows: 2,
      sent: 2,
      acked: 0,
      error: expect.stringContaining('answered 503: busy'),
    });
  });

  test('samples that the server rejects are told with their lines and exit with 1', async () => {
    replies = [{ status: 202, body: { accepted: 2, rejected: [{ sample: 1, field: 'soc', reason: 'too old' }] } }];
    const { code, out, err } = await replay(fileOf(3));
    expect(code).toBe(1);
    expect(err).toContain('rows.csv, line 3: too old');
    expect(JSON.parse(out)).toMatchObject({ rows: 3, sent: 3, acked: 2, rejected: 1 });
  });

  test.each([
    [400, 1, 'answered 400: no'],
    [403, 2, 'answered 403: no. This Amphora wants a sign-in'],
  ])('an answer %i ends with exit code %i and is not tried again', async (status, exitCode, words) => {
    replies = [{ status, body: { error: 'no' } }];
    const { code, err } = await replay(fileOf(2));
    expect({ code, posts: posted.length }).toStrictEqual({ code: exitCode, posts: 1 });
    expect(err).toContain(words);
  });

  test('after a refusal of everything nothing is there a second time, and the page to sign in at is named', async () => {
    replies = [{ status: 401, body: { message: 'Unauthorized' } }];
    const { origin } = new URL(url);
    const words = ['replay', fileOf(2), '--battery', 'boat', '--url', origin, '--speed', 'max'];
    const { code, err } = await runCli(folder.path, words);
    expect(code).toBe(2);
    expect(err).toContain(
      `${origin} answered 401: Unauthorized. This Amphora wants a sign-in: ./amphora login ${origin}/, or a token in AMPHORA_TOKEN. 0 of 2 rows were acknowledged\n`,
    );
    expect(err).not.toContain('second time');
  });

  test('what answers without being Amphora is refused before anything is sent', async () => {
    health = { status: 404, body: '<html>' };
    const { code, err } = await replay(fileOf(2));
    expect({ code, posts: posted.length }).toStrictEqual({ code: 2, posts: 0 });
    expect(err).toContain(`what answers at ${url} is not Amphora`);
  });

  test('without a server it exits with 2 and says what to type', async () => {
    server.close();
    const { code, err } = await replay(fileOf(2));
    expect(code).toBe(2);
    expect(err).toContain(`nothing answers at ${url} (`);
    expect(err).toContain('./amphora start');
  });
});
