/** scripts/influxd/build-influxd.sh with a stand-in for Go, whose binary is a stand-in for InfluxDB: the real build takes minutes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, test as anyTest, beforeEach, describe, expect } from '@jest/globals';
import { until } from '../end-to-end/until.ts';

const SCRIPT = join(import.meta.dirname, '..', '..', 'scripts', 'influxd', 'build-influxd.sh');
const VERSION_2 = 'InfluxDB v2.7.12 (git: go-proxy) build_date: 2026-01-01T00:00:00Z';
const VERSION_1 = 'InfluxDB v1.12.4 (git: unknown go-proxy)';

// It takes flock and timeout; a Mac has neither, and is told so.
const test = process.platform === 'linux' ? anyTest : anyTest.skip;

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

let folder = '';
let running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amphora-build-influxd-'));
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running = [];
  rmSync(folder, { recursive: true });
});

const path = (name: string): string => join(folder, name);
const cached = (): readonly string[] => readdirSync(path('cache')).filter((name) => name !== 'lock');
const builds = (): number => readFileSync(path('builds'), 'utf8').split('\n').length - 1;

function program(name: string, body: string): string {
  writeFileSync(path(name), `#!/bin/sh\n${body}\n`);
  chmodSync(path(name), 0o755);
  return path(name);
}

/** A Go that builds a program which says this; `before` is what it does first. */
function go(says: string, before = ''): string {
  return program(
    'go',
    `case "$*" in
      version) echo go version go1.24.0 linux/amd64; exit ;;
      *pkg-config) exit ;;
    esac
    echo built >>'${path('builds')}'
    ${before}
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho "${says}"\\n' >"$2"
    chmod +x "$2"`,
  );
}

function start(env: Readonly<Record<string, string>>, major = '2'): { child: ChildProcess; done: Promise<Ran> } {
  const cargo = program('cargo', 'echo cargo 1.80.0');
  const child = spawn('bash', [SCRIPT, major], {
    env: { PATH: '/usr/bin:/bin', HOME: folder, INFLUXD_CACHE: path('cache'), CARGO: cargo, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const done = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], out, err]): Ran => ({ code: typeof code === 'number' ? code : null, out: out.trim(), err }),
  );
  return { child, done };
}

const run = (env: Readonly<Record<string, string>>, major = '2'): Promise<Ran> => start(env, major).done;

describe('INFLUXD_BIN', () => {
  test('is taken when it is an InfluxDB 2, and nothing is built', async () => {
    const binary = program('influxd', `echo '${VERSION_2}'`);
    expect(await run({ INFLUXD_BIN: binary, GO: '/nowhere/go' })).toEqual({ code: 0, out: binary, err: '' });
  });

  test.each([
    ['is not there', () => path('nowhere'), /no program that can be run/],
    ['is a folder', () => folder, /no program that can be run/],
    ['is not executable', () => (writeFileSync(path('text'), ''), path('text')), /no program that can be run/],
    ['is an InfluxDB 1', () => program('influxd', `echo '${VERSION_1}'`), /no InfluxDB 2 \(InfluxDB v1\.12\.4/],
    ['is something else', () => program('influxd', 'echo hello'), /no InfluxDB 2 \(hello\)/],
    ['fails', () => program('influxd', 'exit 1'), /no InfluxDB 2 \(no answer to `version`\)/],
  ])('that %s is refused in one sentence, and nothing is built in its place', async (_, make, says) => {
    const { code, out, err } = await run({ INFLUXD_BIN: make(), GO: go(VERSION_2) });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(says);
    expect(err).toMatch(/^build-influxd: INFLUXD_BIN is .*unset it to build one\n$/);
    expect(existsSync(path('builds'))).toBe(false);
  });

  test('is not asked for InfluxDB 1, which has INFLUXD1_BIN', async () => {
    const binary = program('influxd1', `echo '${VERSION_1}'`);
    const { out } = await run({ INFLUXD_BIN: '/nowhere', INFLUXD1_BIN: binary }, '1');
    expect(out).toBe(binary);
  });
});

describe('a build', () => {
  test.each([
    ['2', VERSION_2, /influxd-v2\.7\.12-[0-9a-f]{12}$/],
    ['1', VERSION_1, /influxd-v1\.12\.4-[0-9a-f]{12}$/],
  ])('of InfluxDB %s happens once, and its cached binary is what is printed', async (major, says, name) => {
    const first = await run({ GO: go(says) }, major);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(name);
    expect(await run({ GO: go(says) }, major)).toEqual({ code: 0, out: first.out, err: '' });
    expect(builds()).toBe(1);
    expect(cached()).toHaveLength(1);
  });

  test('that is cached needs no tools', async () => {
    const { out } = await run({ GO: go(VERSION_2) });
    expect(await run({ GO: '/nowhere/go', CARGO: '/nowhere/cargo' })).toEqual({ code: 0, out, err: '' });
  });

  test.each([
    ['says another version', "echo 'InfluxDB v2.7.1 (git: x)'"],
    ['is broken', 'exit 127'],
  ])('happens again when the cached binary %s', async (_, body) => {
    const { out } = await run({ GO: go(VERSION_2) });
    writeFileSync(out, `#!/bin/sh\n${body}\n`);
    expect(await run({ GO: go(VERSION_2) })).toMatchObject({ code: 0, out });
    expect(builds()).toBe(2);
  });

  test('without its tools ends with 3, and one sentence names what is missing and how to get it', async () => {
    const { code, out, err } = await run({ GO: '/nowhere/go', CARGO: '/nowhere/cargo' });
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(
      /missing to build InfluxDB: \/nowhere\/go \/nowhere\/cargo\. Install Go .* Rust .* apt-get install/,
    );
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  test('that fails ends with 1, leaves nothing in the cache, and is made good by the next', async () => {
    const { code, out, err } = await run({ GO: go(VERSION_2, 'echo no space left >&2; exit 4') });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/no space left\nbuild-influxd: the build of InfluxDB v2\.7\.12 failed, see above/);
    expect(cached()).toEqual([]);
    expect(await run({ GO: go(VERSION_2) })).toMatchObject({ code: 0 });
  });

  test('whose binary says another version than go.mod is not kept', async () => {
    const { code, err } = await run({ GO: go('InfluxDB v2.0.0 (git: x)') });
    expect(code).toBe(1);
    expect(err).toContain("says 'InfluxDB v2.0.0 (git: x)' in place of InfluxDB v2.7.12");
    expect(cached()).toEqual([]);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('that is interrupted by %s ends its compilers and leaves nothing half made', async (signal, expected) => {
    const { child, done } = start({ GO: go(VERSION_2, `echo $$ >'${path('pid')}'; exec sleep 600`) });
    const compiler = await until(
      'the compiler',
      () => existsSync(path('pid')) && readFileSync(path('pid'), 'utf8').trim(),
    );
    child.kill(signal);
    const { code, out, err } = await done;
    expect({ code, out }).toEqual({ code: expected, out: '' });
    expect(err).toContain('interrupted; nothing half made is left');
    expect(cached()).toEqual([]);
    expect(existsSync(`/proc/${compiler}`)).toBe(false);
  });

  test('that was killed in the middle leaves its scraps only until the next', async () => {
    await run({ GO: go(VERSION_2, 'exit 1') });
    writeFileSync(join(path('cache'), 'tmp.killed'), '');
    const { code } = await run({ GO: go(VERSION_2) });
    expect({ code, left: cached().filter((name) => name.startsWith('tmp')) }).toEqual({ code: 0, left: [] });
  });

  test('clears away binaries of other pins that nobody asked for in a month', async () => {
    const { out } = await run({ GO: go(VERSION_2) });
    const [old, recent] = [join(path('cache'), 'influxd-v2.7.1-old'), join(path('cache'), 'influxd-v2.7.1-recent')];
    for (const file of [old, recent]) writeFileSync(file, '');
    const twoMonthsAgoS = Date.now() / 1000 - 60 * 86_400;
    for (const file of [old, out]) utimesSync(file, twoMonthsAgoS, twoMonthsAgoS);
    await run({ GO: go(VERSION_2) });
    await run({ GO: go(VERSION_1) }, '1');
    expect([old, recent, out].map((file) => existsSync(file))).toEqual([false, true, true]);
  });

  test('that finds another one under way waits for it, and takes its binary', async () => {
    const GO = go(VERSION_2, `until [ -e '${path('go-on')}' ]; do sleep 0.02; done`);
    const first = start({ GO });
    await until('the first build', () => existsSync(path('builds')));
    const second = start({ GO });
    let said = '';
    second.child.stderr?.on('data', (words: Buffer) => (said += words.toString()));
    await until('the second to wait', () => said.includes('another build is running; waiting for it'));
    writeFileSync(path('go-on'), '');
    const [one, other] = await Promise.all([first.done, second.done]);
    expect(one).toMatchObject({ code: 0 });
    expect(other).toMatchObject({ code: 0, out: one.out });
    expect(builds()).toBe(1);
  });

  test('of a version without a recipe is refused', async () => {
    expect(await run({}, '3')).toMatchObject({ code: 2, err: expect.stringMatching(/no recipe for InfluxDB '3'/) });
  });
});
