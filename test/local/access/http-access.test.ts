import { describe, expect, test } from '@jest/globals';
import { httpAccess } from '../../../local/access/http-access.ts';
import { derived } from '../../../local/access/secret.ts';
import { slowDown } from '../../../local/access/slow-down.ts';
import { get, type RawAnswer, raw, withServer } from '../raw-http.ts';

const TOKEN = 'T'.repeat(43);
const COOKIE = derived(TOKEN, 'cookie');
const HTML = 'Accept: text/html,application/xhtml+xml';

/** What is behind the door answers 204. */
async function behindDoor(use: (port: number) => Promise<void>, slow = slowDown(async () => {})): Promise<void> {
  const access = httpAccess(TOKEN, slow);
  await withServer((request, response) => {
    void access.answered(request, response).then((wasAnswered) => {
      if (!wasAnswered) response.writeHead(204).end();
    });
  }, use);
}

const ask = (port: number, target: string, ...headers: readonly string[]): Promise<RawAnswer> =>
  get(port, target, ...headers);
const cookie = (port: number, value = COOKIE): string => `Cookie: other=1; amphora-access-${port}=${value}; more=2`;

describe('beyond loopback', () => {
  test.each([
    '/',
    '/index.html',
    '/assets/a.js',
    '/config.json',
    '/docs',
    '/livedata',
    '/read?x=1',
    '/swagger.json',
    '/nothing',
  ])('%s wants the token, from a script and from a browser', (target) =>
    behindDoor(async (port) => {
      const script = await ask(port, target);
      expect(script.status).toBe(401);
      expect(script.head.toLowerCase()).toContain('www-authenticate: bearer realm="amphora"');
      expect(JSON.parse(script.body).message).toContain('wants its access token');
      const browser = await ask(port, target, HTML);
      expect(browser.status).toBe(401);
      expect(browser.head).toContain('text/html');
      expect(browser.body).toContain('This browser is not known here yet');
      expect((await ask(port, target, `Authorization: Bearer ${TOKEN}`)).status).toBe(204);
      expect((await ask(port, target, `authorization: bearer  ${TOKEN}`)).status).toBe(204);
      expect((await ask(port, target, cookie(port))).status).toBe(204);
    }),
  );

  test('the opener policy is sent only where a browser heeds it', () =>
    behindDoor(async (port) => {
      const lines = (host: string): readonly string[] => [`GET / HTTP/1.1`, `Host: ${host}`, HTML, 'Connection: close'];
      expect((await raw(port, lines(`localhost:${port}`))).head).toContain('cross-origin-opener-policy: same-origin');
      expect((await raw(port, lines(`192.168.1.5:${port}`))).head).not.toContain('cross-origin-opener-policy');
    }));

  test('GET /health alone is open, and no other method of it', () =>
    behindDoor(async (port) => {
      const head = (method: string): readonly string[] => [
        `${method} /health HTTP/1.1`,
        'Host: localhost',
        'Connection: close',
      ];
      expect((await raw(port, head('GET'))).status).toBe(204);
      expect((await raw(port, head('HEAD'))).status).toBe(204);
      for (const method of ['POST', 'DELETE', 'OPTIONS']) expect((await raw(port, head(method))).status).toBe(401);
      for (const target of [
        '/health/',
        '/Health',
        '//health',
        '/health%00',
        '/x/../livedata',
        '/x/../health',
        '/./health',
        '/x/%2e%2e/health',
      ])
        expect((await ask(port, target)).status).toBe(401);
    }));

  test.each([
    ['a wrong token', [`Authorization: Bearer ${TOKEN}x`]],
    ['an empty one', ['Authorization: Bearer ']],
    ['another scheme', [`Authorization: Basic ${Buffer.from(`amphora:${TOKEN}`).toString('base64')}`]],
    ['the token without a scheme', [`Authorization: ${TOKEN}`]],
    ['the token as the cookie', [`Cookie: amphora-access-PORT=${TOKEN}`]],
    ['the cookie as the token', [`Authorization: Bearer ${COOKIE}`]],
    ['the cookie of another port', [`Cookie: amphora-access-1=${COOKIE}`]],
    ['a cookie whose name only ends so', [`Cookie: x-amphora-access-PORT=${COOKIE}`]],
    ['two tokens, the second right', [`Authorization: Bearer x`, `Authorization: Bearer ${TOKEN}`]],
  ])('%s does not open it', (_what, headers) =>
    behindDoor(async (port) => {
      const sent = headers.map((header) => header.replace('PORT', String(port)));
      expect((await ask(port, '/livedata', ...sent)).status).toBe(401);
    }),
  );

  test('the link sets the cookie and goes on, by a page of our own, to an address without the token', () =>
    behindDoor(async (port) => {
      const { status, head, body } = await ask(port, `/?token=${TOKEN}`, HTML);
      expect(status).toBe(200);
      expect(head).toContain(
        `set-cookie: amphora-access-${port}=${COOKIE}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000`,
      );
      expect(body).toContain('<meta http-equiv="refresh" content="0;url=/">');
      expect(`${head}${body}`).not.toContain(TOKEN);
      expect(body).not.toContain('<script');
      for (const header of ['referrer-policy: no-referrer', 'cache-control: no-store', "default-src 'none'"])
        expect(head).toContain(header);
    }));

  test('the link leads on to the page that was meant, and to nothing else', () =>
    behindDoor(async (port) => {
      const target = async (path: string): Promise<string | undefined> =>
        /content="0;url=([^"]*)"/.exec((await ask(port, path, HTML)).body)?.[1];
      expect(await target(`/docs?token=${TOKEN}`)).toBe('/docs');
      expect(await target(`/?battery=boat&token=${TOKEN}&x=%22%3E%3Cb%3E`)).toBe('/?battery=boat&amp;x=%22%3E%3Cb%3E');
      for (const path of [
        `//evil.example/?token=${TOKEN}`,
        `http://evil.example/?token=${TOKEN}`,
        `/livedata?token=${TOKEN}`,
      ])
        expect((await ask(port, path, HTML)).status).toBe(401);
    }));

  test('the token in the address opens nothing but the link: no API, no other method', () =>
    behindDoor(async (port) => {
      const post = [`POST /?token=${TOKEN} HTTP/1.1`, 'Host: localhost', 'Content-Length: 0', 'Connection: close'];
      expect((await raw(port, post)).status).toBe(401);
      expect((await ask(port, `/batteries?token=${TOKEN}`)).status).toBe(401);
    }));

  test('a wrong link sets no cookie, even beside a right one', () =>
    behindDoor(async (port) => {
      const { status, head, body } = await ask(port, `/?token=${TOKEN.slice(1)}`, HTML, cookie(port));
      expect(status).toBe(401);
      expect(head.toLowerCase()).not.toContain('set-cookie');
      expect(body).toContain('Open the link');
    }));
});

describe('wrong tokens', () => {
  test('are answered late, and beyond a number of one address at once; a right one is never held up by them', () => {
    const waits: (() => void)[] = [];
    const slow = slowDown(() => new Promise<void>((resolve) => waits.push(resolve)));
    return behindDoor(async (port) => {
      const wrong = (): Promise<RawAnswer> => ask(port, '/livedata', 'Authorization: Bearer wrong');
      const first = Array.from({ length: 8 }, wrong);
      while (waits.length < 8) await new Promise((resolve) => setImmediate(resolve));
      const shown = await wrong();
      expect(shown.status).toBe(429);
      expect(shown.head.toLowerCase()).toContain('retry-after: 1');
      const right = [
        await ask(port, '/livedata', `Authorization: Bearer ${TOKEN}`),
        await ask(port, '/livedata', cookie(port)),
        await ask(port, `/?token=${TOKEN}`, HTML),
      ];
      expect(right.map(({ status }) => status)).toEqual([204, 204, 200]);
      // Who shows none guesses nothing.
      expect((await ask(port, '/livedata')).status).toBe(401);
      for (const release of waits) release();
      expect((await Promise.all(first)).map(({ status }) => status)).toEqual(Array(8).fill(401));
      expect((await ask(port, '/livedata', `Authorization: Bearer ${TOKEN}`)).status).toBe(204);
    }, slow);
  });

  test('of one address wait half a second each, eight at once, and another address is not held up by them', async () => {
    const pauses: { readonly delayMs: number; readonly end: () => void }[] = [];
    const slow = slowDown((delayMs) => new Promise<void>((resolve) => pauses.push({ delayMs, end: resolve })));
    const waiting = Array.from({ length: 8 }, () => slow.pause('192.168.1.7'));
    expect(pauses.map(({ delayMs }) => delayMs)).toEqual(Array(8).fill(500));
    expect([slow.mayTry('192.168.1.7'), slow.mayTry('192.168.1.8')]).toEqual([false, true]);
    pauses[0]?.end();
    await waiting[0];
    expect(slow.mayTry('192.168.1.7')).toBe(true);
    for (const { end } of pauses) end();
    await Promise.all(waiting);
    expect(slow.mayTry('192.168.1.7')).toBe(true);
  });
});
