import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { runNode } from '../stack/run-node.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const REQUIREMENTS = join('scripts', 'emulator', 'requirements.txt');
const MODULE = join(ROOT, 'scripts', 'emulator', 'emulator-venv.ts');
const TEST_MS = 20_000;

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'amphora-venv-'));
  await mkdir(join(root, 'scripts', 'emulator'), { recursive: true });
  await mkdir(join(root, 'bin'));
  await cp(join(ROOT, REQUIREMENTS), join(root, REQUIREMENTS));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** The only `python3` there is: its checks answer `check`, and `-m venv` makes itself again, whose pip ends with `pip`. */
async function onlyPython({ check = 0, pip = 0 } = {}): Promise<void> {
  const script = `#!/bin/sh
case "$1 $2" in
  "-c "*) exit ${check} ;;
  "-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python3" ;;
  "-m pip") echo "$@" >>"${root}/pip.log"; echo "ERROR: no such index" >&2; exit ${pip} ;;
esac
`;
  await writeFile(join(root, 'bin', 'python3'), script, { mode: 0o755 });
}

/** In a process of its own, for jest's has no PATH that child processes would heed; the error's words are thrown again. */
async function install(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const script = `import(${JSON.stringify(MODULE)})
    .then(({ emulatorPython }) => emulatorPython(${JSON.stringify(root)}, () => {}))
    .then((path) => process.stdout.write(path), (error) => { process.stderr.write(error.message); process.exitCode = 2; })`;
  const path = `${join(root, 'bin')}:/usr/bin:/bin`;
  const { code, stdout, stderr } = await runNode(['-e', script], {
    cwd: root,
    env: { PATH: path, EMULATOR_PYTHON: '', ...env },
  });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const made = (): Promise<readonly string[]> => readdir(join(root, 'build', 'emulator')).catch(() => []);

jest.setTimeout(TEST_MS);

describe('the emulator’s Python', () => {
  test('is made once, and again when its requirements change', async () => {
    await onlyPython();
    const python = await install();
    expect(await install()).toBe(python);
    expect(await made()).toHaveLength(1);
    await writeFile(join(root, REQUIREMENTS), 'ministack==2.0.0\n');
    expect(await install()).not.toBe(python);
  });

  test('is one at the end when two make it at the same time', async () => {
    await onlyPython();
    const [first, second] = await Promise.all([install(), install()]);
    expect(second).toBe(first);
    expect(await made()).toHaveLength(1);
  });

  test.each([
    ['there is no python3', { check: 127 }, 'it is not all there'],
    ['its venv module is missing', { check: 1 }, 'it is not all there'],
    ['it is too old', { check: 3 }, 'the python3 found is older'],
  ])('when %s, what to install is said, and nothing was begun', async (_, python, found) => {
    await onlyPython(python);
    await expect(install()).rejects.toThrow(
      `the emulator needs Python 3.10 or newer with its venv module, and ${found}; on Debian: apt-get install python3 python3-venv. Then type the same again`,
    );
    expect(await made()).toEqual([]);
  });

  test('when pip fails, its words are told, and nothing half made is taken for whole the next time', async () => {
    await onlyPython({ pip: 1 });
    await expect(install()).rejects.toThrow(/could not be installed: ERROR: no such index; nothing of it was kept/);
    expect(await made()).toEqual([]);
    await onlyPython();
    expect(await install()).toMatch(/bin\/python3$/);
  });

  test('is EMULATOR_PYTHON where that is set', async () => {
    expect(await install({ EMULATOR_PYTHON: '/opt/python3' })).toBe('/opt/python3');
  });
});
