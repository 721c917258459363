/** A disk that is full: the record is refused, and what was there stays whole. A small disk of its own, where this is allowed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const TEST_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'amphora-disk-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A command with that folder as a disk of 256 kB, which nobody else sees. */
function onSmallDisk(command: string) {
  const script = `mount -t tmpfs -o size=256k none '${folder}' && ${command}`;
  return spawnSync('unshare', ['-rm', 'sh', '-c', script], { cwd: ROOT, encoding: 'utf8', timeout: TEST_MS });
}

const isAllowed = onSmallDisk('true').status === 0;
if (!isAllowed) process.stderr.write('skipped: this machine lets nobody mount a disk of their own (unshare -rm)\n');

(isAllowed ? test : test.skip)(
  'a full disk refuses a record and keeps what it has whole; freed, it takes records again',
  () => {
    const run = onSmallDisk(
      `'${process.execPath}' --disable-warning=ExperimentalWarning test/quarantine/full-disk.ts '${folder}'`,
    );
    expect(run.stderr).toBe('');
    const told = JSON.parse(run.stdout);
    expect(told).toEqual({
      put: expect.any(Number),
      whole: told.put,
      listed: told.put,
      refusal: [
        'quarantine-unavailable',
        expect.stringMatching(/^the quarantine takes no record: .*(ENOSPC|no space)/),
      ],
      again: 'quarantine-unavailable',
      late: true,
    });
    expect(told.put).toBeGreaterThan(3);
  },
  TEST_MS,
);
