/** Data folders that older versions left, one for each `format`: kept as they were, with kill -9 in the middle of the work. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FOLDER_FORMAT } from '../../local/data-folder.ts';
import { startLocal } from '../end-to-end/local.ts';
import { temporaryFolder } from '../end-to-end/process.ts';
import type { Filled } from './fill-folder.ts';
import { expectAllThere, expectBatteries } from './old-readings.ts';

const TEST_MS = 150_000;
const FORMATS = Array.from({ length: FOLDER_FORMAT }, (_, i) => i + 1);

const kept = (format: number, ending: string): string => join(import.meta.dirname, `format-${format}.${ending}`);

test('there is a kept folder of every format up to this one', () => {
  expect(FORMATS.filter((format) => !existsSync(kept(format, 'tar.gz')))).toEqual([]);
});

test.each(FORMATS)(
  'a folder of format %i is taken up: its readings, what was not stored yet, and what could not be',
  async (format) => {
    const filled: Filled = JSON.parse(readFileSync(kept(format, 'json'), 'utf8'));
    const folder = temporaryFolder();
    execFileSync('tar', ['-xzf', kept(format, 'tar.gz'), '-C', folder]);
    const amphora = await startLocal({ dataDir: join(folder, 'data'), flags: [] });
    expect(amphora.out()).toMatch(/\d messages that the last run had not finished are being stored now/);
    expect((await amphora.drained()).kept).toBe(filled.kept);
    // What could not be stored, in whatever way that version kept it, is in quarantine: with its bytes, and once.
    const records: readonly Record<string, unknown>[] = Object((await amphora.get('/quarantine')).body);
    expect(records.map((record) => `${String(record['battery'])} ${String(record['bytes'])}`).toSorted()).toEqual([
      'boat 13',
      'boat 15',
      'boat 7',
    ]);
    await expectAllThere(amphora, [...filled.stored, ...filled.waiting]);
    await expectBatteries(amphora, [...filled.stored, ...filled.waiting]);
    expect((await amphora.get('/livedata')).body).toMatchObject({ charge: 7, discharge: 4.5 });
    // The simulated battery, which its owner removed, is not back.
    expect(amphora.out()).not.toContain('SIMULATED');
    expect((await amphora.get('/batteries')).text).not.toContain('"demo"');
    expect((await amphora.post('/charge', { charge: 3 })).status).toBe(200);
    await amphora.drained();
    expect((await amphora.get('/livedata')).body).toMatchObject({ charge: 3 });
    await amphora.end('SIGTERM');
  },
  TEST_MS,
);
