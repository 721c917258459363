import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { demoParts } from '../../bench/chain/demo.ts';
import { programPath } from '../../bench/on-path.ts';

const folder = mkdtempSync(join(tmpdir(), 'amphora-programs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what the rebuilt demo is made of', () => {
  test('a machine without mosquitto is told so in a sentence, and what to install', async () => {
    expect(await demoParts(folder)).toEqual({
      ok: false,
      reason:
        'the original demo is left out: this machine has no mosquitto; on Debian: apt-get install mosquitto. Then type the same again',
    });
  });

  test('a program is found in whichever folder of the path it is, and a file that cannot be run is none', () => {
    const program = join(folder, 'mosquitto');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o644);
    const path = [join(folder, 'nothing'), '', folder].join(delimiter);
    expect(programPath('mosquitto', path)).toBeUndefined();
    chmodSync(program, 0o755);
    expect(programPath('mosquitto', path)).toBe(program);
  });
});
