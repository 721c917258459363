import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import mqtt from 'mqtt';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { attach, type LocalAmphora, refusedStart } from './local.ts';
import { runCli, runProcess, temporaryFolder } from './process.ts';
import { onTargets } from './target.ts';
import { within } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 30_000;

let amphora: LocalAmphora;
let token: string;
let bearer: { readonly authorization: string };

/** One of each kind: page, its parts, configuration, description, what only this runtime has, and every route. */
const KINDS = [
  ['GET', '/'],
  ['GET', '/index.html'],
  ['GET', '/config.json'],
  ['GET', '/docs'],
  ['GET', '/nothing'],
  ['DELETE', '/batteries/demo'],
  ...ROUTES.map(({ method, path }) => [method, path.replace('{id}', 'boat')] as const),
] as const;

const POSTING = { 'content-type': 'application/json' };
const charge = (kw: number): string => JSON.stringify({ charge: kw });

onTargets(['sqlite'], 'a run beyond loopback', () => {
  beforeAll(async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const script = ['--disable-warning=ExperimentalWarning', 'test/end-to-end/beyond-loopback.ts', dataDir];
    amphora = await attach(runProcess(process.execPath, script), dataDir);
    token = readFileSync(join(dataDir, 'access-token'), 'utf8').trim();
    bearer = { authorization: `Bearer ${token}` };
  }, START_MS);

  describe('over HTTP', () => {
    test(
      'wants its token on every route and file but /health, and does nothing without',
      async () => {
        const answers = await Promise.all(
          KINDS.map(async ([method, path]) => {
            const body = method === 'POST' ? { body: charge(66) } : {};
            const { status } = await amphora.ask(path, { method, headers: POSTING, ...body });
            return [`${method} ${path}`, status] as const;
          }),
        );
        const open = answers.filter(([, status]) => status !== 401).map(([what]) => what);
        expect(open).toEqual(['GET /health']);
        expect(await amphora.drained()).toEqual({ stored: 0, kept: 0 });
      },
      TEST_MS,
    );

    test(
      'with the token it is what it is on loopback',
      async () => {
        expect(
          (await amphora.ask('/charge', { method: 'POST', headers: { ...POSTING, ...bearer }, body: charge(7) }))
            .status,
        ).toBe(200);
        expect((await amphora.drained()).stored).toBe(1);
        expect((await amphora.get('/livedata', bearer)).body).toMatchObject({ charge: 7 });
        expect((await amphora.get('/', bearer)).text).toContain('<title>');
      },
      TEST_MS,
    );

    test(
      'the link gives a browser the cookie, and with it the page, its parts and the API',
      async () => {
        const opened = await amphora.get(`/?token=${token}`, { accept: 'text/html' });
        const [cookie = ''] = String(opened.headers['set-cookie']).split(';');
        const page = await amphora.get('/', { cookie });
        expect(page.text).toContain('<title>');
        const parts = [...page.text.matchAll(/(?:src|href)="(\/?assets\/[^"]+)"/g)].map(([, path = '']) => path);
        expect(parts.length).toBeGreaterThan(0);
        for (const path of parts) {
          const address = path.startsWith('/') ? path : `/${path}`;
          expect([(await amphora.get(address)).status, (await amphora.get(address, { cookie })).status]).toEqual([
            401, 200,
          ]);
        }
        expect((await amphora.get('/livedata', { cookie })).status).toBe(200);
        // A page of elsewhere may make the browser send it; the door turns that away as ever.
        const foreign = { cookie, origin: 'http://evil.example', ...POSTING };
        expect((await amphora.ask('/charge', { method: 'POST', headers: foreign, body: charge(66) })).status).toBe(403);
      },
      TEST_MS,
    );

    test.each([
      'localhost:PORT',
      '127.0.0.1',
      '[::1]:PORT',
      'amphora-box:PORT',
      'anything.local',
      'ANY-thing.local:PORT',
      'MACHINE',
    ])(
      'it answers to the Host %s',
      async (host) => {
        const headers = { ...bearer, host: host.replace('PORT', String(amphora.port)).replace('MACHINE', hostname()) };
        expect((await amphora.get('/livedata', headers)).status).toBe(200);
      },
      TEST_MS,
    );

    test.each([
      'evil.example',
      'amphora-box.evil.example',
      'local',
      '.local',
      'a..local',
      'x.local.evil.example',
      '192.168.1.77',
      '127.0.0.2',
      '10.0.0.1:PORT',
      '[2001:db8::1]',
      'a.local@evil.example',
    ])(
      'it turns the Host %s away, with the right token, too',
      async (host) => {
        const headers = { ...bearer, host: host.replace('PORT', String(amphora.port)) };
        expect((await amphora.get('/livedata', headers)).status).toBe(403);
      },
      TEST_MS,
    );
  });

  describe('over MQTT in a WebSocket', () => {
    const url = (): string => `ws://localhost:${amphora.port}/mqtt`;
    const password = (): string => readFileSync(join(amphora.dataDir, 'broker-password'), 'utf8').trim();
    const connect = (options: mqtt.IClientOptions): Promise<mqtt.MqttClient> =>
      mqtt.connectAsync(url(), { protocolVersion: 4, reconnectPeriod: 0, connectTimeout: 10_000, ...options }, false);

    test.each([
      ['nobody', {}],
      ['a wrong password', { username: 'amphora', password: 'no-such-password' }],
      ['an empty password', { username: 'amphora', password: '' }],
      ['another user', { username: 'admin', password: 'PASSWORD' }],
      ['the HTTP token as a password', { username: 'amphora', password: 'TOKEN' }],
    ])(
      '%s is refused in words of MQTT',
      async (_who, options) => {
        const given = 'password' in options ? options.password : undefined;
        const filled = given?.replace('PASSWORD', password()).replace('TOKEN', token);
        const credentials = filled === undefined ? options : { ...options, password: filled };
        await expect(connect(credentials)).rejects.toThrow(/Bad username or password/i);
      },
      TEST_MS,
    );

    test(
      'a device with user and password publishes and hears',
      async () => {
        const client = await connect({ username: 'amphora', password: password() });
        const heard = new Promise((resolve) =>
          client.once('message', (_topic, payload) => resolve(payload.toString())),
        );
        await client.subscribeAsync('battery/charge', { qos: 1 });
        await client.publishAsync('battery/charge', charge(8), { qos: 1 });
        expect(await within('the message', heard)).toBe(charge(8));
        client.end(true);
      },
      TEST_MS,
    );

    test(
      'the page, which has shown the token, listens without a password; a page of elsewhere does not',
      async () => {
        const opened = await amphora.get(`/?token=${token}`);
        const [cookie = ''] = String(opened.headers['set-cookie']).split(';');
        const own = { cookie, origin: `http://localhost:${amphora.port}` };
        const client = await connect({ wsOptions: { headers: own } });
        expect(client.connected).toBe(true);
        client.end(true);
        await expect(connect({ wsOptions: { headers: { ...own, origin: 'http://evil.example' } } })).rejects.toThrow(
          /Couldn't connect/,
        );
      },
      TEST_MS,
    );

    test(
      'no password and no token is in the log, and wrong ones neither',
      async () => {
        const secrets = [token, password(), 'no-such-password', charge(66)];
        expect(secrets.filter((secret) => amphora.err().includes(secret))).toEqual([]);
        expect(amphora.err()).toContain('mqtt-connection-closed');
      },
      TEST_MS,
    );
  });

  describe('the command line on this machine', () => {
    const env = { AMPHORA_DATA: '' };

    test(
      'needs to be told nothing: simulate, by MQTT and by HTTP, and doctor find their way in',
      async () => {
        const data = ['--data', amphora.dataDir];
        for (const way of [[], ['--url', amphora.url]]) {
          const words = ['simulate', '--battery', 'garage', '--count', '2', '--period', '10ms', ...data, ...way];
          const simulated = runCli(words, env);
          expect([await simulated.ended, simulated.err()]).toMatchObject([
            { code: 0 },
            expect.not.stringMatching(/\b401\b/),
          ]);
        }
        const doctor = runCli(['doctor', ...data], env);
        expect([await doctor.ended, doctor.out()]).toMatchObject([{ code: 0 }, expect.stringContaining('answers at')]);
      },
      TEST_MS,
    );
  });

  describe('a start', () => {
    test.each([
      [['--host', '203.0.113.7'], '--host 203.0.113.7 is not an address of this machine'],
      [['--host', 'no-such-host.invalid'], 'is a name that nobody knows here'],
      [['--host', '127.0.0.2'], 'which no other device reaches'],
      [['--host', '0.0.0.0', '--auth'], '--auth and --host 0.0.0.0 do not go together'],
    ])(
      'with %j ends with a sentence, and leaves no secret behind',
      async (words, sentence) => {
        const dataDir = join(temporaryFolder(), 'data');
        const { code, err } = await refusedStart([...words, '--data', dataDir]);
        expect(existsSync(join(dataDir, 'access-token'))).toBe(false);
        expect(code).toBe(2);
        expect(err).toContain(sentence);
        expect(err).not.toMatch(/\n\s+at /);
      },
      TEST_MS,
    );
  });
});
