/** What older versions kept of people and devices, one folder for each `format`: nobody signs in anew, no device is set up anew. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { FOLDER_FORMAT } from '../../local/data-folder.ts';
import { attach, startLocal } from '../end-to-end/local.ts';
import { runProcess, temporaryFolder } from '../end-to-end/process.ts';
import { postTo, tokensFor } from '../local/sign-in/browser.ts';
import { authFlags, cliRedirect } from '../local/sign-in/fixture.ts';
import { type FilledPeople, publishAs } from './fill-people.ts';
import { expectAllThere } from './old-readings.ts';

const TEST_MS = 200_000;
const FORMATS = Array.from({ length: FOLDER_FORMAT }, (_, i) => i + 1);

const kept = (format: number, ending: string): string =>
  join(import.meta.dirname, `format-${format}-people-and-devices.${ending}`);

test('there is a kept folder with people and devices of every format up to this one', () => {
  expect(FORMATS.filter((format) => !existsSync(kept(format, 'tar.gz')))).toEqual([]);
});

test.each(FORMATS)(
  'people, scripts and devices of a folder of format %i get in with what they have',
  async (format) => {
    const { folder, filled } = unpacked(format);
    const amphora = await startLocal({
      dataDir: join(folder, 'data'),
      flags: ['--no-demo', ...authFlags(), '--device-auth', '--mqtts-port', '0'],
    });
    const { signInUrl = '' } = amphora;
    const { mqttsPort }: { readonly mqttsPort: number } = JSON.parse(
      readFileSync(join(amphora.dataDir, 'run.json'), 'utf8'),
    );
    const readings = async (token: unknown): Promise<number> =>
      (await amphora.get('/livedata', { authorization: `Bearer ${String(token)}` })).status;

    const program = { clientId: filled.clientId, redirectUri: cliRedirect(signInUrl) };
    expect(await readings((await tokensFor(signInUrl, program, filled.user)).accessToken)).toBe(200);
    const wrong = tokensFor(signInUrl, program, { ...filled.user, password: 'another' });
    await expect(wrong).rejects.toThrow('This e-mail address or this password is wrong.');

    const tokens = `${signInUrl}/oauth2/token`;
    const refreshed = await postTo(tokens, {
      grant_type: 'refresh_token',
      client_id: filled.clientId,
      refresh_token: filled.refreshToken,
    });
    expect([refreshed.status, await readings(refreshed.body['access_token'])]).toEqual([200, 200]);
    const machine = await postTo(tokens, {
      grant_type: 'client_credentials',
      client_id: filled.machine.clientId,
      client_secret: filled.machine.secret,
    });
    expect(await readings(machine.body['access_token'])).toBe(200);

    const later = { battery: filled.battery, timestamp: Date.parse('2026-11-20T06:01:00Z'), fields: { soc: 62 } };
    await publishAs(folder, mqttsPort, later);
    await amphora.drained();
    const authorization = `Bearer ${String(machine.body['access_token'])}`;
    await expectAllThere({ ...amphora, get: (path) => amphora.get(path, { authorization }) }, [
      ...filled.stored,
      later,
    ]);
    await amphora.end('SIGTERM');
  },
  TEST_MS,
);

test.each(FORMATS)(
  'the link and the password of a folder of format %i hold beyond loopback',
  async (format) => {
    const { folder, filled } = unpacked(format);
    const data = join(folder, 'data');
    const words = ['--disable-warning=ExperimentalWarning', 'test/end-to-end/beyond-loopback.ts', data];
    const amphora = await attach(runProcess(process.execPath, words), data);
    const authorization = `Bearer ${filled.accessToken}`;
    expect((await amphora.get('/batteries', { authorization })).text).toContain(filled.battery);
    expect((await amphora.get('/batteries')).status).toBe(401);
    // From loopback, where a test comes from, MQTT wants none: that it is the same is what can be seen.
    expect(readFileSync(join(data, 'broker-password'), 'utf8').trim()).toBe(filled.brokerPassword);
    await amphora.end('SIGTERM');
  },
  TEST_MS,
);

function unpacked(format: number): { readonly folder: string; readonly filled: FilledPeople } {
  const folder = temporaryFolder();
  execFileSync('tar', ['-xzf', kept(format, 'tar.gz'), '-C', folder]);
  return { folder, filled: JSON.parse(readFileSync(kept(format, 'json'), 'utf8')) };
}
