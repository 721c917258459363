import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SITE_HEADERS } from '../../lib/site-files.ts';
import { pathOf } from '../../local/http-event.ts';
import { openSite } from '../../local/site.ts';
import { get, type RawAnswer, raw, withServer } from './raw-http.ts';
import { inTempFolder } from './temp-folder.ts';

const CONFIG = { apiUrl: '', minPollSeconds: 1, local: true, mqttPort: 1883 };

/** What the site of a small page answers to each target; 404 where it serves nothing. */
const served = async (...targets: readonly string[]): Promise<readonly RawAnswer[]> =>
  withSite((port) => Promise.all(targets.map((target) => get(port, target))));

async function withSite<T>(use: (port: number) => Promise<T>): Promise<T> {
  return inTempFolder(async (folder) => {
    const pages = join(folder, 'pages');
    for (const sub of ['assets', 'secret.html']) mkdirSync(join(pages, sub), { recursive: true });
    const files = {
      'index.html': 'the page',
      'docs.html': 'the docs',
      'assets/main.js': 'the script',
      'notes.md': 'a note',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(pages, name), text);
    writeFileSync(join(pages, 'config.json'), 'the built one');
    for (const name of ['secret.txt', 'package.json', 'secret.html']) writeFileSync(join(folder, name), 'SECRET');
    const site = openSite(pages, CONFIG);
    return withServer((request, response) => {
      void site.serve(pathOf(request), response).then((isServed) => {
        if (!isServed) response.writeHead(404).end();
      });
    }, use);
  });
}

const one = async (target: string): Promise<RawAnswer> =>
  (await served(target))[0] ?? { status: 0, head: '', body: '' };

describe('site', () => {
  test.each([
    ['/', 'the page', 'text/html; charset=utf-8'],
    ['/?battery=boat', 'the page', 'text/html; charset=utf-8'],
    ['/index.html', 'the page', 'text/html; charset=utf-8'],
    ['/docs', 'the docs', 'text/html; charset=utf-8'],
    ['/docs.html', 'the docs', 'text/html; charset=utf-8'],
    ['/assets/main.js', 'the script', 'text/javascript; charset=utf-8'],
  ])('%s is %s, of its type', async (target, body, type) => {
    const answer = await one(target);
    expect(answer).toMatchObject({ status: 200, body });
    expect(answer.head).toContain(`content-type: ${type}`);
  });

  test('what is long goes compressed to whoever takes that, and is the same; what is short, and to others, as it is', async () => {
    const script = 'let amphora = 1;\n'.repeat(200);
    await inTempFolder(async (folder) => {
      writeFileSync(join(folder, 'long.js'), script);
      writeFileSync(join(folder, 'short.js'), 'short');
      const site = openSite(folder, CONFIG);
      const serve = (request: IncomingMessage, response: ServerResponse): void =>
        void site.serve(pathOf(request), response);
      await withServer(serve, async (port) => {
        const ask = async (path: string, takes: string): Promise<readonly [Response, string]> => {
          const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'accept-encoding': takes } });
          return [answer, await answer.text()];
        };
        const [zipped, unzipped] = await ask('/long.js', 'br, gzip');
        expect(zipped.headers.get('content-encoding')).toBe('gzip');
        expect(Number(zipped.headers.get('content-length'))).toBeLessThan(script.length / 10);
        expect(unzipped).toBe(script);
        for (const [path, takes] of [
          ['/long.js', 'identity'],
          ['/short.js', 'gzip'],
        ] as const) {
          const [plain] = await ask(path, takes);
          expect([plain.headers.get('content-encoding'), plain.headers.get('vary')]).toEqual([null, 'accept-encoding']);
        }
      });
    });
  });

  test('/docs/ leads to /docs, where the page’s relative addresses hold', async () => {
    const { status, head } = await one('/docs/');
    expect(status).toBe(308);
    expect(head).toContain('location: /docs\r\n');
  });

  test('the configuration is that of this run, not of the folder', async () => {
    const { body, head } = await one('/config.json');
    expect(JSON.parse(body)).toEqual(CONFIG);
    expect(head).toContain('content-type: application/json');
  });

  test('hashed assets are kept for ever, everything else is asked for again', async () => {
    const [asset, page, config] = await served('/assets/main.js', '/', '/config.json');
    expect(asset?.head).toContain('cache-control: public, max-age=31536000, immutable');
    for (const answer of [page, config]) expect(answer?.head).toContain('cache-control: no-cache');
  });

  test('every file has the headers, and no script from elsewhere or inline may run', async () => {
    for (const { head } of await served('/', '/docs', '/config.json', '/assets/main.js')) {
      for (const [name, value] of Object.entries(SITE_HEADERS)) expect(head).toContain(`${name}: ${value}`);
    }
    const policy = SITE_HEADERS['content-security-policy'];
    expect(policy).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });

  test.each([
    ['localhost:5003', [], true],
    ['127.0.0.1:5003', [], true],
    ['[::1]:5003', [], true],
    ['192.168.1.5:5003', [], false],
    ['amphora-box.local', [], false],
    ['amphora-box.local', ['X-Forwarded-Proto: https'], true],
  ])('asked as %s %j, the opener policy is sent: %s', async (host, headers, isSent) => {
    for (const target of ['/', '/docs/', '/config.json']) {
      const lines = [`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers];
      const { head } = await withSite((port) => raw(port, lines));
      expect(head.includes('cross-origin-opener-policy: same-origin\r\n')).toBe(isSent);
      expect(head).toContain('cross-origin-resource-policy: same-origin\r\n');
    }
  });

  test.each([
    '/docs/../index.html',
    '/./index.html',
    '//index.html',
    '/../secret.txt',
    '/../package.json',
    '/%2e%2e/package.json',
    '/%2e%2e%2fpackage.json',
    '/..%2fpackage.json',
    '/..%5cpackage.json',
    '/..\\package.json',
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
    '/./../package.json',
    '//../package.json',
    '/%252e%252e/package.json',
    '/..%00/package.json',
    '/package.json%00.html',
    '/....//package.json',
    '/%c0%ae%c0%ae/package.json',
    '/etc/passwd',
    '//etc/hosts.txt',
    '/secret.html',
    '/secret.html/',
    '/index.html/',
    '/index.html/x.html',
    '/notes.md',
    '/assets',
    '/assets/',
    '/nothing.html',
    '/.html',
    '/INDEX.HTML',
    'http://localhost/../package.json',
    '*',
  ])('%s leads nowhere', async (target) => {
    const { status, body } = await one(target);
    expect(body).not.toContain('SECRET');
    expect(status).toBe(404);
  });

  test('a path that does not begin at the root leads nowhere either', async () => {
    await inTempFolder(async (folder) => {
      mkdirSync(join(folder, 'pages'));
      writeFileSync(join(folder, 'package.json'), 'SECRET');
      const site = openSite(join(folder, 'pages'), CONFIG);
      await withServer(
        (_request, response) => {
          void site.serve('../package.json', response).then((isServed) => isServed || response.end('nothing'));
        },
        async (port) => expect((await get(port, '/')).body).toContain('nothing'),
      );
    });
  });
});
