import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { httpClient, rawAnswer } from './http.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { LOCAL, onTargets } from './target.ts';
import { within } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 30_000;

let amphora: LocalAmphora;

const OWN = 'PORT';
const withPort = (text: string): string => text.replaceAll(OWN, String(amphora.port));

/** One of each kind: page, configuration, description, functions that read and write, and what only this runtime has. */
const KINDS = [
  ['GET', '/'],
  ['GET', '/config.json'],
  ['GET', '/docs'],
  ['GET', '/nothing'],
  ['DELETE', '/batteries/demo'],
  ...ROUTES.map(({ method, path }) => [method, path.replace('{id}', 'boat')] as const),
] as const;

async function statuses(headers: Readonly<Record<string, string>>): Promise<readonly number[]> {
  const answers = await Promise.all(
    KINDS.map(([method, path]) =>
      amphora.ask(path, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(method === 'POST' ? { body: '{"charge":66,"discharge":66}' } : {}),
      }),
    ),
  );
  for (const answer of answers) {
    const cors = Object.keys(answer.headers).filter((name) => name.startsWith('access-control-') || name === 'vary');
    expect(cors).toEqual([]);
  }
  return answers.map(({ status }) => status);
}

onTargets(LOCAL, 'a door without a sign-in, and the ports of this machine', () => {
  beforeAll(async () => {
    amphora = await startLocal();
  }, START_MS);

  describe('the Host of a request', () => {
    test.each(['localhost:PORT', 'LocalHost:PORT', '127.0.0.1:PORT', '[::1]:PORT', 'localhost', '127.0.0.1'])(
      '%s is this machine',
      async (host) => {
        expect((await amphora.get('/livedata', { host: withPort(host) })).status).toBe(200);
      },
      TEST_MS,
    );

    test.each([
      'evil.example',
      'evil.example:PORT',
      'localhost.evil.example',
      'evil.example.localhost:PORT',
      'localhost.:PORT',
      '127.0.0.1.nip.io',
      '127.0.0.2',
      '127.1',
      '2130706433',
      '0.0.0.0:PORT',
      '192.168.1.7:PORT',
      '[::]:PORT',
      '[::ffff:127.0.0.1]',
      '::1',
      'localhost:PORT:80',
      'localhost:123456',
      'localhost:PORT@evil.example',
      'user@localhost',
      'localhost evil.example',
      'localhost,evil.example',
    ])(
      '%j is refused on every path, and nothing is written',
      async (host) => {
        expect(new Set(await statuses({ host: withPort(host) }))).toEqual(new Set([403]));
        expect(await amphora.drained()).toEqual({ stored: 0, kept: 0 });
      },
      TEST_MS,
    );

    test.each([
      { what: 'missing in HTTP/1.0', head: 'HTTP/1.0', status: 403 },
      { what: 'missing in HTTP/1.1', head: 'HTTP/1.1\r\nConnection: close', status: 400 },
      { what: 'empty', head: 'HTTP/1.1\r\nHost:\r\nConnection: close', status: 403 },
      {
        what: 'there twice',
        head: 'HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\nConnection: close',
        status: 403,
      },
    ])(
      '$what is $status',
      async ({ head, status }) => {
        expect(await rawAnswer(amphora.port, '/livedata', head)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      },
      TEST_MS,
    );

    test(
      'is checked on the port of the IoT data plane too, which takes nothing from another program of this machine',
      async () => {
        const client = httpClient({ port: amphora.iotPort });
        const headers = { host: 'evil.example' };
        const publish = await client.ask('/topics/battery%2Fcharge?qos=1', {
          method: 'POST',
          headers,
          body: '{"charge":1}',
        });
        const origin = { origin: 'http://evil.example' };
        const page = await client.ask('/topics/battery%2Fcharge', {
          method: 'POST',
          headers: origin,
          body: '{"charge":1}',
        });
        client.close();
        expect([publish.status, page.status]).toEqual([403, 403]);
        const stranger = new IoTDataPlaneClient({
          ...amphora.iot,
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
          maxAttempts: 1,
        });
        const published = stranger.send(
          new PublishCommand({ topic: 'battery/charge', payload: Buffer.from('{"charge":1}') }),
        );
        await expect(published).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
        stranger.destroy();
        expect(await amphora.drained()).toEqual({ stored: 0, kept: 0 });
      },
      TEST_MS,
    );
  });

  describe('the Origin of a request', () => {
    test.each([
      { host: 'localhost:PORT', origin: 'http://localhost:PORT' },
      { host: '127.0.0.1:PORT', origin: 'http://127.0.0.1:PORT' },
      { host: '[::1]:PORT', origin: 'http://[::1]:PORT' },
    ])(
      '$origin is our own page',
      async (headers) => {
        const own = { host: withPort(headers.host), origin: withPort(headers.origin) };
        expect((await amphora.get('/livedata', own)).status).toBe(200);
      },
      TEST_MS,
    );

    test.each([
      'http://evil.example',
      'null',
      '',
      'http://localhost',
      'http://localhost:1',
      'https://localhost:PORT',
      'http://127.0.0.1:PORT',
      'http://localhost:PORT.evil.example',
      'http://localhost:PORT/',
      'http://localhost:PORT, http://evil.example',
      'file://',
      'chrome-extension://abcdefghijklmnop',
    ])(
      '%j is refused on every path, and nothing is written',
      async (origin) => {
        const headers = { host: withPort('localhost:PORT'), origin: withPort(origin) };
        expect(new Set(await statuses(headers))).toEqual(new Set([403]));
        expect(await amphora.drained()).toEqual({ stored: 0, kept: 0 });
      },
      TEST_MS,
    );

    test(
      'of a preflight gets no leave',
      async () => {
        for (const origin of ['http://evil.example', amphora.url]) {
          const { status, headers } = await amphora.ask('/charge', {
            method: 'OPTIONS',
            headers: {
              host: `localhost:${amphora.port}`,
              origin,
              'access-control-request-method': 'POST',
              'access-control-request-headers': 'content-type',
            },
          });
          expect(status).toBe(origin === amphora.url ? 405 : 403);
          expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
        }
      },
      TEST_MS,
    );
  });

  describe('what a page of ours may do', () => {
    test.each(['/', '/index.html', '/docs'])(
      'is bounded by the headers of %s',
      async (path) => {
        const { status, headers } = await amphora.get(path);
        const policy = String(headers['content-security-policy']);
        const rules = new Map(policy.split('; ').map((rule): [string, string] => [rule.split(' ')[0] ?? '', rule]));
        expect(status).toBe(200);
        expect(rules.get('default-src')).toBe("default-src 'none'");
        expect(rules.get('script-src')).toBe("script-src 'self'");
        expect(rules.get('style-src')).toBe("style-src 'self'");
        expect(rules.get('connect-src')).toBe("connect-src 'self'");
        expect(rules.get('base-uri')).toBe("base-uri 'none'");
        expect(rules.get('frame-ancestors')).toBe("frame-ancestors 'none'");
        expect(rules.get('form-action')).toBe("form-action 'none'");
        expect(policy).not.toMatch(/unsafe|\*|https?:/);
        expect(headers).toMatchObject({
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cross-origin-opener-policy': 'same-origin',
          'permissions-policy': expect.stringContaining('camera=()'),
          'cache-control': 'no-cache',
        });
      },
      TEST_MS,
    );

    test(
      'no answer of the API is kept by a cache or taken for another type, and none names the program behind it',
      async () => {
        for (const path of ['/livedata', '/read', '/batteries', '/health', '/swagger.json', '/nothing', '/charge']) {
          const { headers } = await amphora.get(path);
          expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
          expect(headers['server'] ?? headers['x-powered-by']).toBeUndefined();
        }
      },
      TEST_MS,
    );
  });

  describe('the ports', () => {
    test(
      'are open on both loopback addresses and on no other address of this machine',
      async () => {
        const v6 = httpClient({ port: amphora.port, host: '::1' });
        expect((await v6.get('/health', { host: `[::1]:${amphora.port}` })).status).toBe(200);
        v6.close();
        const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
        for (const { address } of addresses.filter(({ internal, scopeid }) => !internal && !scopeid)) {
          for (const port of [amphora.port, amphora.mqttPort, amphora.iotPort])
            expect(await connects(address, port)).toBe(false);
        }
      },
      TEST_MS,
    );
  });
});

async function connects(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    return await within(
      `${host} to answer`,
      new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('error', () => resolve(false));
      }),
      5_000,
    );
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
