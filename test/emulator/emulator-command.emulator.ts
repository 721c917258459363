/** `npm run emulator`: everything comes up, everything goes, and what goes wrong is a sentence with exit code 2. */
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EMULATOR_TOKEN_FILE } from '../../scripts/emulator/compose-file.ts';
import { startEmulatorProcess } from '../../scripts/emulator/emulator-process.ts';
import { temporaryFolder } from '../end-to-end/process.ts';
import { until } from '../end-to-end/until.ts';
import { get, post } from './http.ts';
import { descendantsOf, type Running, runningProcesses, stillRunning } from './processes.ts';
import { ROOT } from './root.ts';
import { finished, printed, runScript, startScript } from './scripts.ts';

const READY = 'Ctrl-C stops it all.';
const TOKEN_FILE = join(ROOT, EMULATOR_TOKEN_FILE);
const ANY_PORTS = ['--port', '0', '--influx-port', '0'];

const apiIn = (out: string): string => /^ {2}API +(http\S+)$/m.exec(out)?.[1] ?? '';

async function expectWorking(out: string): Promise<void> {
  expect((await post(apiIn(out), '/charge', { charge: 10, unit: 'kW' })).status).toBe(200);
  await until('the charge', async () => (await get(apiIn(out), '/livedata')).body['charge'] === 10);
}

/** The one whose command line has these words; the emulator and InfluxDB are children of the script. */
function childOf(pid: number | undefined, words: string): Running {
  const found = descendantsOf(pid ?? 0).find((one) => one.words.includes(words));
  if (found === undefined) throw new Error(`no child of the script is ${words}`);
  return found;
}

function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe('npm run emulator', () => {
  test('prints a page and an API that work, and a Ctrl-C leaves no process and no listening port', async () => {
    const script = startScript('emulator', ANY_PORTS);
    await printed(script, READY);
    await expectWorking(script.out());
    const [, endpoint = '', influxUrl = ''] = /AWS_ENDPOINT_URL=(\S+) .* --influx-url (\S+)$/m.exec(script.out()) ?? [];
    const again = await runScript('deploy-local', ['--influx-url', influxUrl], { AWS_ENDPOINT_URL: endpoint });
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining(apiIn(script.out())) });
    expect([script.out(), again.out].every((out) => out.includes(`its token: ${EMULATOR_TOKEN_FILE}\n`))).toBe(true);
    const below = descendantsOf(script.child.pid ?? 0);
    // The emulator, its functions' Nodes, InfluxDB.
    expect(below.length).toBeGreaterThanOrEqual(4);
    // Twice, as from a terminal and from npm.
    script.child.kill('SIGINT');
    script.child.kill('SIGINT');
    expect(await finished(script)).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('All of it has stopped.'),
    });
    expect(stillRunning(below)).toEqual([]);
    expect(await listens(apiIn(script.out()))).toBe(false);
  });

  test('has an InfluxDB that takes no token that a web page could know', async () => {
    const script = startScript('emulator', ANY_PORTS);
    await printed(script, READY);
    const influxUrl = /--influx-url (\S+)$/m.exec(script.out())?.[1];
    const statusFor = async (token: string): Promise<number> =>
      (await fetch(`${influxUrl}/api/v2/buckets`, { headers: { authorization: `Token ${token}` } })).status;
    const token = (await readFile(TOKEN_FILE, 'utf8')).trim();
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect((await stat(TOKEN_FILE)).mode & 0o777).toBe(0o600);
    expect([await statusFor(token), await statusFor('local-admin-token')]).toEqual([200, 401]);
    script.child.kill('SIGTERM');
    expect((await finished(script)).code).toBe(0);
    expect(existsSync(TOKEN_FILE)).toBe(false);
  });

  test('with --keep has the readings of the last time, whatever ended it, and needs no clean end', async () => {
    const folder = temporaryFolder();
    const words = [...ANY_PORTS, '--keep', folder];
    const first = startScript('emulator', words);
    await printed(first, READY);
    await expectWorking(first.out());
    const below = descendantsOf(first.child.pid ?? 0);
    first.child.kill('SIGKILL');
    await first.ended;
    await until('all of it to be gone', () => stillRunning(below).length === 0);
    const second = startScript('emulator', words);
    await printed(second, READY);
    expect((await get(apiIn(second.out()), '/livedata')).body['charge']).toBe(10);
    second.child.kill('SIGTERM');
    expect((await finished(second)).code).toBe(0);
  });

  test.each([
    ['the emulator', 'ministack', /the emulator ended by itself \(SIGKILL\)/],
    ['InfluxDB', 'influxd', /InfluxDB ended by itself \(SIGKILL\)/],
  ])('ends with a sentence when %s dies in the middle of the deploy', async (_, words, sentence) => {
    const script = startScript('emulator', ANY_PORTS);
    await printed(script, 'Deploying the stack');
    const below = descendantsOf(script.child.pid ?? 0);
    process.kill(childOf(script.child.pid, words).pid, 'SIGKILL');
    const { code, err } = await finished(script);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(sentence) });
    expect(err).toMatch(/Everything else was stopped\. Type the same again\.\n$/);
    expect(stillRunning(below)).toEqual([]);
  });

  test('ends with a sentence when the emulator dies later', async () => {
    const script = startScript('emulator', ANY_PORTS);
    await printed(script, READY);
    const below = descendantsOf(script.child.pid ?? 0);
    process.kill(childOf(script.child.pid, 'ministack').pid, 'SIGKILL');
    expect(await finished(script)).toMatchObject({
      code: 2,
      err: expect.stringContaining('the emulator ended by itself'),
    });
    expect(stillRunning(below)).toEqual([]);
  });

  test('says which port is taken, and starts nothing', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const taken = await Promise.all([
      runScript('emulator', ['--port', `${port}`, '--influx-port', '0']),
      runScript('emulator', ['--port', '0', '--influx-port', `${port}`]),
    ]);
    server.close();
    for (const { code, out, err } of taken) {
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(new RegExp(`^amphora: port ${port} is taken.* npm run emulator -- --(influx-)?port \\d+\n$`));
    }
  });

  test('says what the emulator printed when it ends before it is ready', async () => {
    const python = await standIn('echo "no module named ministack" >&2; exit 1');
    const { code, err } = await runScript('emulator', ANY_PORTS, { EMULATOR_PYTHON: python });
    expect(code).toBe(2);
    expect(err).toMatch(
      /^amphora: the emulator ended with 1 before it was ready; its last lines:\n {2}no module named ministack\n/,
    );
  });
});

describe('the emulator', () => {
  test('that never answers, and does not go when asked to, is ended by force', async () => {
    const python = await standIn('trap "" TERM; echo "still loading"; while true; do sleep 1; done');
    process.env['EMULATOR_PYTHON'] = python;
    const started = startEmulatorProcess({ root: ROOT, port: 0, say: () => {}, readyMs: 1_000 });
    await expect(started).rejects.toThrow(/did not become ready within 1 s; its last lines:\n {2}still loading/);
    expect(runningProcesses().filter(({ words }) => words.includes(python))).toEqual([]);
  });
});

/** A program in the place of the emulator's Python. */
async function standIn(script: string): Promise<string> {
  const file = join(temporaryFolder(), 'python3');
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}
