/** A folder that kill -9 left, backed up, restored elsewhere and started: nobody there notices that it is another one. */
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { postTo } from '../local/sign-in/browser.ts';
import { authFlags } from '../local/sign-in/fixture.ts';
import type { Filled } from '../upgrade/fill-folder.ts';
import { type FilledPeople, publishAs } from '../upgrade/fill-people.ts';
import { expectAllThere, expectBatteries } from '../upgrade/old-readings.ts';
import { startLocal } from './local.ts';
import { ROOT, runCli, temporaryFolder } from './process.ts';
import { onTargets } from './target.ts';

const TEST_MS = 120_000;

async function command(...words: readonly string[]): Promise<string> {
  const run = runCli(words);
  const { code } = await run.ended;
  if (code !== 0) throw new Error(`./amphora ${words.join(' ')} ended with ${code}: ${run.err()}`);
  return run.out();
}

/** Of test/upgrade's kept folders. The folder that was backed up is out of the way afterwards. */
async function restored(
  name: string,
): Promise<{ readonly folder: string; readonly dataDir: string; readonly out: string }> {
  const folder = temporaryFolder();
  execFileSync('tar', ['-xzf', join(ROOT, 'test', 'upgrade', `${name}.tar.gz`), '-C', folder]);
  const [data, dataDir, file] = ['data', 'restored', 'a.backup'].map((part) => join(folder, part));
  if (data === undefined || dataDir === undefined || file === undefined)
    throw new Error('three names have three paths');
  await command('backup', file, '--data', data);
  renameSync(data, join(folder, 'away'));
  return { folder, dataDir, out: await command('restore', file, '--data', dataDir) };
}

const filledOf = (name: string): string => readFileSync(join(ROOT, 'test', 'upgrade', `${name}.json`), 'utf8');

onTargets(['sqlite'], 'the data folder', () => {
  test(
    'its readings are there, those that were in the journal only too, and what could not be stored',
    async () => {
      const filled: Filled = JSON.parse(filledOf('format-1'));
      const { dataDir, out } = await restored('format-1');
      expect(out).toMatch(/\n {2}boat +30 readings, /);
      expect(out).toMatch(new RegExp(`\n {2}quarantine +${filled.kept} messages that could not be stored\n`));
      const amphora = await startLocal({ dataDir });
      expect((await amphora.drained()).kept).toBe(filled.kept);
      await expectAllThere(amphora, [...filled.stored, ...filled.waiting]);
      await expectBatteries(amphora, [...filled.stored, ...filled.waiting]);
      await amphora.end('SIGTERM');
    },
    TEST_MS,
  );

  test(
    'people stay signed in, scripts and devices get in with the secrets and the keys that they have',
    async () => {
      const filled: FilledPeople = JSON.parse(filledOf('format-1-people-and-devices'));
      const { folder, dataDir, out } = await restored('format-1-people-and-devices');
      expect(out).toMatch(/\n {2}registered +1 user, 1 device\n/);
      const flags = ['--no-demo', ...authFlags(), '--device-auth', '--mqtts-port', '0'];
      const amphora = await startLocal({ dataDir, flags });
      const tokens = `${amphora.signInUrl}/oauth2/token`;
      const { clientId, refreshToken, machine } = filled;
      const refreshed = await postTo(tokens, {
        grant_type: 'refresh_token',
        client_id: clientId,
        refresh_token: refreshToken,
      });
      expect(refreshed.status).toBe(200);
      const { status, body } = await postTo(tokens, {
        grant_type: 'client_credentials',
        client_id: machine.clientId,
        client_secret: machine.secret,
      });
      expect(status).toBe(200);
      const { mqttsPort }: { readonly mqttsPort: number } = JSON.parse(readFileSync(join(dataDir, 'run.json'), 'utf8'));
      const later = { battery: filled.battery, timestamp: Date.parse('2026-11-20T06:01:00Z'), fields: { soc: 62 } };
      await publishAs(folder, mqttsPort, later);
      await amphora.drained();
      const authorization = `Bearer ${String(body['access_token'])}`;
      const get = (path: string) => amphora.get(path, { authorization });
      await expectAllThere({ ...amphora, get }, [...filled.stored, later]);
      expect(readFileSync(join(dataDir, 'access-token'), 'utf8').trim()).toBe(filled.accessToken);
      await amphora.end('SIGTERM');
    },
    TEST_MS,
  );
});
