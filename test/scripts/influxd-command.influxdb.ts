/** `npm run influxd` as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { influxManagement } from '../../lambdas/store/influxdb-management.ts';
import { until, within } from '../end-to-end/until.ts';

const ROOT = join(import.meta.dirname, '..', '..');

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

let folder = '';
let running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amphora-influxd-command-'));
});
afterEach(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ['scripts/influxd-command.ts', ...words], {
    cwd: ROOT,
    env: { ...process.env, INIT_CWD: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  const closed = once(child, 'close').then(
    ([code]): Ran => ({ code: typeof code === 'number' ? code : null, ...texts }),
  );
  const ready = async () => {
    const url = await until('its introduction', () => /at (http:\S+);[^]*\n.*npm start/.exec(texts.out)?.[1]);
    const pid = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    return { url, pid, token: readFileSync(join(folder, 'data', 'token'), 'utf8').trim() };
  };
  return { child, texts, ready, ended: () => within('its end', closed) };
}

const inFolder = ['--port', '0', '--folder', 'data'];
const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/ping`).then(
    ({ ok }) => ok,
    () => false,
  );

test('it tells where the server is and how to start Amphora on it, and goes on there the next time', async () => {
  const first = start(inFolder);
  const { url, token } = await first.ready();
  const told = `INFLUX_TOKEN=$(cat data/token) npm start -- --store influxdb --influx-url ${url} --influx-org ENI --influx-bucket battery1`;
  expect(first.texts.out).toContain(told);
  expect(first.texts.out).not.toContain(token);
  await influxManagement({ url, token, org: 'ENI', bucket: 'battery1' }).createBucket('second');
  first.child.kill('SIGTERM');
  expect(await first.ended()).toMatchObject({ code: 0, err: '' });

  const again = await start(inFolder).ready();
  expect(again.token).toBe(token);
  expect(await influxManagement({ ...again, org: 'ENI', bucket: 'battery1' }).hasBucket('second')).toBe(true);
  expect(await influxManagement({ ...again, org: 'ENI', bucket: 'battery1' }).hasBucket('third')).toBe(false);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s ends the server too, and is waited for', async (signal) => {
  const { child, ready, ended } = start(inFolder);
  const { url, pid } = await ready();
  child.kill(signal);
  const { code, out } = await ended();
  expect({ code, answers: await answers(url), isThere: existsSync(`/proc/${pid}`) }).toEqual({
    code: 0,
    answers: false,
    isThere: false,
  });
  expect(out).toMatch(/has stopped; its data stay in .*data\n$/);
});

test('a server that dies by itself is told with its last lines', async () => {
  const { ready, ended } = start(inFolder);
  const { pid } = await ready();
  process.kill(Number(pid), 'SIGKILL');
  const { code, err } = await ended();
  expect(code).toBe(2);
  expect(err).toMatch(/^amphora: InfluxDB ended by itself; the last lines of its log:\n(.*lvl=.*\n)+$/);
});

test('a port that is taken is told in one sentence, and the server that has it stays', async () => {
  const { url } = await start(inFolder).ready();
  const { port } = new URL(url);
  const { code, out, err } = await start(['--port', port, '--folder', 'other']).ended();
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(new RegExp(`^amphora: port ${port} is in use, .* another port with --port .*\n$`));
  expect(await answers(url)).toBe(true);
});

test('--build-only prints the path of the program and starts nothing', async () => {
  const { code, out } = await start(['--build-only']).ended();
  expect({ code, out }).toEqual({ code: 0, out: `${process.env['INFLUXD_BIN']}\n` });
});

test.each([
  [['--prot', '1'], /Unknown option '--prot'; npm run influxd -- --help/],
  [['--port', '70000'], /--port is '70000', but must be a port/],
  [['--version', '3'], /--version is 3; there are recipes for 1 and 2/],
])('%j is refused in one sentence', async (words, says) => {
  const { code, err } = await start(words).ended();
  expect(code).toBe(2);
  expect(err).toMatch(says);
  expect(err.trim().split('\n')).toHaveLength(1);
});

test('INFLUXD_BIN that is no InfluxDB is told, with what to do about it', async () => {
  writeFileSync(join(folder, 'text'), '');
  const { code, err } = await start(inFolder, { INFLUXD_BIN: join(folder, 'text') }).ended();
  expect(code).toBe(2);
  expect(err).toMatch(/^amphora: there is no InfluxDB 2 to start: INFLUXD_BIN is .*unset it to build one$/m);
});

test('without the tools to build it, it tells which are missing and how to get them', async () => {
  const env = { INFLUXD_BIN: '', INFLUXD_CACHE: folder, GO: '/nowhere/go' };
  const { code, err } = await start(inFolder, env).ended();
  expect(code).toBe(2);
  expect(err).toMatch(
    /^amphora: there is no InfluxDB 2 to start: missing to build InfluxDB: \/nowhere\/go.* Install Go /m,
  );
});

test('SIGTERM in the middle of a build ends the build too', async () => {
  const go = join(folder, 'go');
  writeFileSync(go, `#!/bin/sh\n[ "$1" = version ] || { echo $$ >'${go}.pid'; exec sleep 600; }\n`);
  chmodSync(go, 0o755);
  const { child, ended } = start(inFolder, { INFLUXD_BIN: '', INFLUXD_CACHE: folder, GO: go, CARGO: 'true' });
  const compiler = await until(
    'the compiler',
    () => existsSync(`${go}.pid`) && readFileSync(`${go}.pid`, 'utf8').trim(),
  );
  child.kill('SIGTERM');
  const { code, err } = await ended();
  expect(code).toBe(2);
  expect(err).toMatch(/^amphora: there is no InfluxDB 2 to start: interrupted; nothing half made is left$/m);
  expect(existsSync(`/proc/${compiler}`)).toBe(false);
});
