/**
 * `--host` as a person gives it, beyond loopback in truth: in a network of its own, with one address more, that nobody else
 * can reach. Debian's `unshare`, `nsenter` and `ip` make it; `curl` and `mosquitto_pub` are the other devices.
 */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { type Process, runProcess, temporaryFolder } from './process.ts';
import { until } from './until.ts';

const run = promisify(execFile);
const LIMIT_MS = 180_000;
const START_MS = 120_000;
const ASK_MS = 20_000;
const ADDRESS = '192.168.77.5';
// Of a pair, because a network card without carrier is none to the system.
const NETWORK = [
  'ip link set lo up',
  'ip link add home type veth peer name far',
  `ip addr add ${ADDRESS}/24 dev home`,
  'ip link set home up',
  'ip link set far up',
].join(' && ');

type Ran = { readonly code: number; readonly text: string };

type Home = {
  readonly started: Process;
  readonly url: string;
  readonly secret: (file: string) => string;
  /** Of an answer to `curl`. */
  readonly status: (url: string, ...words: readonly string[]) => Promise<string>;
  readonly text: (url: string, ...words: readonly string[]) => Promise<string>;
  readonly publish: (host: string, ...words: readonly string[]) => Promise<Ran>;
};

async function startAtHome(dataDir: string, ...flags: readonly string[]): Promise<Home> {
  const amphora = [process.execPath, '--disable-warning=ExperimentalWarning', 'cli/main.ts', 'start'];
  const usual = ['--port', '0', '--mqtt-port', '0', '--no-demo', '--data', dataDir];
  const started = runProcess('unshare', [
    '-rn',
    'sh',
    '-c',
    `${NETWORK} && exec "$@"`,
    'sh',
    ...amphora,
    ...usual,
    ...flags,
  ]);
  await until(
    'a start with --host',
    () => {
      if (started.child.exitCode !== null) throw new Error(`it did not start: ${started.err()}`);
      return started.out().includes('Ctrl-C stops it');
    },
    START_MS,
  );
  const { port, mqttPort } = JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8'));
  const enter = ['-t', String(started.child.pid), '-U', '-n', '--preserve-credentials', '--'];
  const inside = async (...words: readonly string[]): Promise<Ran> => {
    try {
      const { stdout, stderr } = await run('nsenter', [...enter, ...words], { timeout: ASK_MS });
      return { code: 0, text: `${stdout}${stderr}` };
    } catch (error) {
      const { code, stdout, stderr }: { code?: number; stdout?: string; stderr?: string } = Object(error);
      return { code: Number(code), text: `${stdout}${stderr}` };
    }
  };
  const publishing = ['-p', String(mqttPort), '-q', '1', '-t', 'battery/charge', '-m', '{"charge":5}'];
  return {
    started,
    url: `http://${ADDRESS}:${port}`,
    secret: (file) => readFileSync(join(dataDir, file), 'utf8').trim(),
    status: async (url, ...words) =>
      (await inside('curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', ...words, url)).text,
    text: async (url, ...words) => (await inside('curl', '-s', ...words, url)).text,
    publish: (host, ...words) => inside('mosquitto_pub', '-h', host, ...publishing, ...words),
  };
}

// Some containers let nobody make a network of their own; there is no other way to be beyond loopback and reach nobody.
const isNetworkAllowed = spawnSync('unshare', ['-rn', 'sh', '-c', NETWORK], { timeout: ASK_MS }).status === 0;
if (!isNetworkAllowed)
  process.stderr.write('skipped: this machine lets nobody make a network of their own (unshare -rn)\n');
const inNetwork = isNetworkAllowed ? test : test.skip;

const newFolder = (): string => join(temporaryFolder(), 'data');
const bearer = (token: string): readonly string[] => ['-H', `Authorization: Bearer ${token}`];

inNetwork.each(['0.0.0.0', ADDRESS, '::'])(
  'with --host %s another device needs the link over HTTP and the password over MQTT, and this machine no password',
  async (host) => {
    const { started, url, secret, status, text, publish } = await startAtHome(newFolder(), '--host', host);
    const [token, password] = [secret('access-token'), secret('broker-password')];
    expect(started.out()).toContain(`${url}/?token=${token}`);
    expect(started.out()).not.toContain(password);

    const local = url.replace(ADDRESS, 'localhost');
    expect([await status(`${url}/health`), await status(`${url}/livedata`)]).toEqual(['200', '401']);
    expect(await status(`${url}/livedata`, ...bearer(token))).toBe('200');
    expect([await status(`${local}/livedata`), await status(`${local}/livedata`, ...bearer(token))]).toEqual([
      '401',
      '200',
    ]);
    for (const foreign of ['evil.example', '192.168.77.6'])
      expect(await status(`${url}/livedata`, ...bearer(token), '-H', `Host: ${foreign}`)).toBe('403');

    const unasked = await publish(ADDRESS);
    expect(unasked.code).not.toBe(0);
    expect(unasked.text).toMatch(/bad user ?name or password/i);
    expect((await publish(ADDRESS, '-u', 'amphora', '-P', token)).code).not.toBe(0);
    expect(await publish(ADDRESS, '-u', 'amphora', '-P', password)).toEqual({ code: 0, text: '' });
    expect(await publish('localhost')).toEqual({ code: 0, text: '' });
    await until('the value to be shown', async () =>
      (await text(`${url}/livedata`, ...bearer(token))).includes('"charge":5'),
    );
    expect((await started.end('SIGTERM')).code).toBe(0);
  },
  LIMIT_MS,
);

inNetwork(
  'a link and a password stay from start to start, until they are rotated; then the old ones open nothing',
  async () => {
    const folder = newFolder();
    const first = await startAtHome(folder, '--host', ADDRESS);
    const old = { token: first.secret('access-token'), password: first.secret('broker-password') };
    await first.started.end('SIGTERM');

    const second = await startAtHome(folder, '--host', ADDRESS);
    expect(await second.status(`${second.url}/livedata`, ...bearer(old.token))).toBe('200');
    await second.started.end('SIGTERM');

    const third = await startAtHome(folder, '--host', ADDRESS, '--rotate-token');
    const { url, status, publish, secret } = third;
    expect(await status(`${url}/livedata`, ...bearer(old.token))).toBe('401');
    expect(await status(`${url}/livedata`, ...bearer(secret('access-token')))).toBe('200');
    expect((await publish(ADDRESS, '-u', 'amphora', '-P', old.password)).code).not.toBe(0);
    expect((await publish(ADDRESS, '-u', 'amphora', '-P', secret('broker-password'))).code).toBe(0);
    await third.started.end('SIGTERM');
  },
  LIMIT_MS,
);
