import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { doorProblem, homeNames, readBody, sendJson } from '../../local/http-door.ts';
import { raw, withServer } from './raw-http.ts';

/** 200, or 403 with the sentence, of a request with these headers. */
async function knocked(...headers: readonly string[]): Promise<string> {
  return withServer(
    (request, response) => {
      const problem = doorProblem(request);
      sendJson(response, problem === undefined ? 200 : 403, { problem });
    },
    async (port) => {
      const { status, body } = await raw(port, ['GET / HTTP/1.1', 'Connection: close', ...headers]);
      return `${status} ${String(JSON.parse(body).problem)}`;
    },
  );
}

describe('the door of a loopback port', () => {
  test.each([
    'localhost',
    'localhost:5003',
    'LOCALHOST:5003',
    'LocalHost',
    '127.0.0.1',
    '127.0.0.1:5003',
    '[::1]',
    '[::1]:5003',
  ])('lets the host %s in', async (host) => {
    expect(await knocked(`Host: ${host}`)).toMatch(/^200 /);
  });

  test.each([
    'evil.example',
    'evil.example:5003',
    // A name that resolves to 127.0.0.1, after the browser was let in under it.
    'localhost.evil.example:5003',
    'evil.localhost:5003',
    'localhost.:5003',
    'localhost:5003.evil.example',
    'localhost@evil.example',
    'user:localhost',
    '127.0.0.1.nip.io',
    '127.0.0.2',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0.0.0.0:5003',
    '192.168.1.5:5003',
    '[::]:5003',
    '[::ffff:127.0.0.1]',
    '[::1%25lo]:5003',
    '[0:0:0:0:0:0:0:1]',
    '::1',
    'localhost:',
    'localhost:123456',
    'localhost,evil.example',
    'xlocalhost',
    '',
  ])('turns the host %j away, by name', async (host) => {
    const answer = await knocked(`Host: ${host}`);
    expect(answer).toMatch(/^403 this Amphora answers to localhost, 127\.0\.0\.1 and \[::1\] only/);
    expect(answer).toContain(`not to '${host}'`);
  });

  test('turns a request without a host away', async () => {
    const { status } = await withServer(
      (request, response) => sendJson(response, doorProblem(request) === undefined ? 200 : 403, {}),
      async (port) => raw(port, ['GET / HTTP/1.0']),
    );
    expect(status).toBe(403);
  });

  test.each([
    ['localhost:5003', 'http://localhost:5003'],
    ['LOCALHOST:5003', 'http://localhost:5003'],
    ['localhost', 'HTTP://Localhost'],
    ['127.0.0.1:5003', 'http://127.0.0.1:5003'],
    ['[::1]:5003', 'http://[::1]:5003'],
  ])('lets the page of %s, from %s, in', async (host, origin) => {
    expect(await knocked(`Host: ${host}`, `Origin: ${origin}`)).toMatch(/^200 /);
  });

  test.each([
    'http://evil.example',
    'https://localhost:5003',
    'http://localhost',
    'http://localhost:5004',
    'http://127.0.0.1:5003',
    'http://[::1]:5003',
    'http://localhost:5003.evil.example',
    'http://localhost:5003@evil.example',
    'http://localhost:5003/',
    'http://evil.example http://localhost:5003',
    'null',
    'file://',
    'chrome-extension://abcdef',
    '',
  ])('turns a page from %j away from localhost:5003', async (origin) => {
    expect(await knocked('Host: localhost:5003', `Origin: ${origin}`)).toMatch(
      /^403 pages of '.*' may not speak to this Amphora$/,
    );
  });

  test('a second Origin header does not open it', async () => {
    const origins = ['Origin: http://localhost:5003', 'Origin: http://evil.example'];
    expect(await knocked('Host: localhost:5003', ...origins)).toMatch(/^403 /);
    expect(await knocked('Host: localhost:5003', ...[...origins].reverse())).toMatch(/^403 /);
  });

  test('a refusal does not repeat a name of any length', async () => {
    expect((await knocked(`Host: ${'x'.repeat(5_000)}`)).length).toBeLessThan(250);
    expect((await knocked('Host: localhost', `Origin: http://${'x'.repeat(5_000)}`)).length).toBeLessThan(250);
  });
});

describe('the door of a run beyond loopback', () => {
  const names = homeNames('192.168.1.5', 'Box');

  test.each<[host: string, localAddress: string]>([
    ['localhost:5003', '127.0.0.1'],
    ['[::1]:5003', '::1'],
    ['192.168.1.5', '192.168.1.5'],
    ['box:5003', '192.168.1.5'],
    ['BOX.local', '192.168.1.5'],
    ['any.name.local:5003', '192.168.1.5'],
    ['10.0.0.7:5003', '10.0.0.7'],
    ['10.0.0.7', '::ffff:10.0.0.7'],
    ['[fe80::1]:5003', 'fe80::1%eth0'],
  ])('lets the host %s in, where it came to %s', (host, localAddress) => {
    const [name = ''] = host.toLowerCase().split(/:\d+$/);
    expect(names.isOwn(name, localAddress)).toBe(true);
  });

  test.each<[host: string, localAddress: string]>([
    ['evil.example', '192.168.1.5'],
    ['box.evil.example', '192.168.1.5'],
    ['local', '192.168.1.5'],
    ['.local', '192.168.1.5'],
    ['-.local.evil', '192.168.1.5'],
    ['10.0.0.7', '192.168.1.5'],
    ['192.168.1.50', '192.168.1.5'],
    ['[fe80::2]', 'fe80::1%eth0'],
    ['0.0.0.0', '192.168.1.5'],
    ['', ''],
  ])('turns the host %j away, where it came to %s', (host, localAddress) => {
    expect(names.isOwn(host, localAddress)).toBe(false);
  });

  test('tells what it answers to', async () => {
    const { status, body } = await withServer(
      (request, response) => sendJson(response, 403, { problem: doorProblem(request, names) }),
      async (port) => raw(port, ['GET / HTTP/1.1', 'Host: evil.example', 'Connection: close']),
    );
    expect(status).toBe(403);
    expect(JSON.parse(body).problem).toBe(
      "this Amphora answers to localhost, Box, *.local and its own addresses only, not to 'evil.example'",
    );
  });
});

describe('a body', () => {
  const MAX = 100_000;

  /** What the server read, sent with its length or in chunks. */
  async function sent(bytes: number, isChunked: boolean): Promise<{ readonly status: number; readonly body: string }> {
    return withServer(
      (request, response) => {
        void readBody(request, MAX).then((body) =>
          sendJson(response, body === undefined ? 413 : 200, { length: body?.length }),
        );
      },
      async (port) =>
        new Promise((resolve, reject) => {
          const headers = isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': bytes };
          const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers }, (response) => {
            let body = '';
            response.on('data', (chunk) => (body += String(chunk)));
            response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
          });
          request.on('error', reject);
          for (let left = bytes; left > 0; left -= 50_000) request.write('x'.repeat(Math.min(left, 50_000)));
          request.end();
        }),
    );
  }

  /** What is told of a sender that leaves in the middle of its body: while it is read, or before. */
  async function left(when: 'reading' | 'before'): Promise<unknown> {
    const told = Promise.withResolvers<unknown>();
    const tell = (request: IncomingMessage): void =>
      void readBody(request, MAX).then(
        () => told.resolve('read'),
        () => told.resolve('broken off'),
      );
    return withServer(
      (request) => {
        if (when === 'reading') tell(request);
        else request.once('close', () => tell(request)).once('error', () => undefined);
        request.socket.destroy();
      },
      async (port) => {
        const socket = connect({ port, host: '127.0.0.1' }).once('error', () => undefined);
        socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf');
        return told.promise;
      },
    );
  }

  test.each(['reading', 'before'] as const)('of a sender that leaves in its middle is none (%s)', async (when) => {
    expect(await left(when)).toBe('broken off');
  });

  test.each([
    ['with its length', false],
    ['in chunks', true],
  ])(
    '%s is read whole up to the limit; beyond it the sender gets an answer, not a broken line',
    async (_, isChunked) => {
      expect(await sent(0, isChunked)).toEqual({ status: 200, body: '{"length":0}' });
      expect(await sent(MAX, isChunked)).toEqual({ status: 200, body: `{"length":${MAX}}` });
      expect(await sent(MAX + 1, isChunked)).toEqual({ status: 413, body: '{}' });
      expect(await sent(20 * MAX, isChunked)).toEqual({ status: 413, body: '{}' });
    },
  );

  test('an answer is JSON that nobody keeps or guesses at', async () => {
    const { head, body } = await withServer(
      (_request, response) => sendJson(response, 418, { a: 'ä' }, { allow: 'GET' }),
      async (port) => raw(port, ['GET / HTTP/1.1', 'Host: localhost', 'Connection: close']),
    );
    for (const line of [
      'content-type: application/json',
      'content-length: 10',
      'cache-control: no-store',
      'allow: GET',
    ])
      expect(head.toLowerCase()).toContain(line.toLowerCase());
    expect(head).toContain('x-content-type-options: nosniff');
    expect(body).toBe('{"a":"ä"}');
  });
});
