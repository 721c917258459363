import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { atPage } from './at-page.ts';
import { keptLogins, loginsFile, terminal } from './logging-in.ts';
import { runCli } from './run-cli.ts';
import { signInPeer } from './sign-in-peer.ts';
import { loginHere, runHere } from './terminal.ts';

jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;

const at = atPage();

const token = (words: readonly string[] = [], typing = {}) => runHere(at.folder, ['token', ...words], typing);
const keptToken = (): string => keptLogins(at.folder).logins[0].accessToken;
const refreshes = (): number => at.peer.grants('refresh_token').length;

/** As if it had been got so long ago. */
function age(ms: number): void {
  const kept = keptLogins(at.folder);
  const logins = kept.logins.map((login: { obtainedAtMs: number }) => ({
    ...login,
    obtainedAtMs: login.obtainedAtMs - ms,
  }));
  writeFileSync(loginsFile(at.folder), JSON.stringify({ ...kept, logins }));
}

describe('token', () => {
  test('prints the token of the login and nothing else, and asks nobody while it is good', async () => {
    await loginHere(at.folder, at.peer);
    expect(await token()).toEqual({ code: 0, out: `${keptToken()}\n`, err: '' });
    expect(await token([at.peer.pageUrl])).toEqual({ code: 0, out: `${keptToken()}\n`, err: '' });
    expect(JSON.parse((await token(['--json'])).out)).toEqual({ accessToken: keptToken(), page: at.peer.pageUrl });
    expect(refreshes()).toBe(0);
  });

  test('gets a new one when less than two minutes are left, and keeps the refresh token that stays valid', async () => {
    await loginHere(at.folder, at.peer);
    const before = keptLogins(at.folder).logins[0];
    age(12.9 * 60_000);
    expect(await token()).toEqual({ code: 0, out: `${before.accessToken}\n`, err: '' });
    age(0.2 * 60_000);
    const { code, out } = await token();
    const after = keptLogins(at.folder).logins[0];
    expect({ code, out }).toEqual({ code: 0, out: `${after.accessToken}\n` });
    expect([after.accessToken === before.accessToken, after.refreshToken]).toEqual([false, before.refreshToken]);
    expect(await token()).toEqual({ code: 0, out, err: '' });
    expect(refreshes()).toBe(1);
  });

  test('keeps the refresh token that comes in place of the old one', async () => {
    at.peer.settings.isRotating = true;
    await loginHere(at.folder, at.peer);
    for (const count of [1, 2, 3]) {
      age(HOUR_MS);
      expect((await token()).code).toBe(0);
      expect(refreshes()).toBe(count);
    }
  });

  test('that many ask for at once is got once, and all print the same', async () => {
    at.peer.settings.isRotating = true;
    await loginHere(at.folder, at.peer);
    age(HOUR_MS);
    const all = await Promise.all(
      Array.from({ length: 8 }, () => runCli(at.folder.path, ['token'], terminal(at.folder))),
    );
    expect(new Set(all.map(({ out }) => out))).toEqual(new Set([`${keptToken()}\n`]));
    expect(all.map(({ code, err }) => ({ code, err }))).toEqual(all.map(() => ({ code: 0, err: '' })));
    expect(refreshes()).toBe(1);
  });

  test('of two minutes is not got anew for every command', async () => {
    at.peer.settings.lifetimeS = 120;
    await loginHere(at.folder, at.peer);
    expect((await token()).out).toBe(`${keptToken()}\n`);
    expect(refreshes()).toBe(0);
    age(61_000);
    expect((await token()).code).toBe(0);
    expect((await token()).code).toBe(0);
    expect(refreshes()).toBe(1);
  });

  test('whose age is not known, since the clock was set back, is got anew', async () => {
    await loginHere(at.folder, at.peer);
    age(-HOUR_MS);
    expect((await token()).code).toBe(0);
    expect(refreshes()).toBe(1);
  });

  test('from a machine whose clock is an hour ahead comes with a warning on stderr, and works', async () => {
    await loginHere(at.folder, at.peer);
    const { code, out, err } = await token([], { clockAheadMs: HOUR_MS });
    expect({ code, out }).toEqual({ code: 0, out: `${keptToken()}\n` });
    expect(err).toMatch(/^amphora: this machine's clock is 60 minutes ahead of the sign-in service's; .*\n$/);
  });
});

describe('without a token, stdout stays empty and one sentence says why', () => {
  test('where the login has ended, which is forgotten then', async () => {
    await loginHere(at.folder, at.peer);
    at.peer.settings.instead.set('/oauth2/token', { status: 400, body: { error: 'invalid_grant' } });
    age(HOUR_MS);
    expect(await token()).toEqual({
      code: 2,
      out: '',
      err: `amphora: the login at ${at.peer.pageUrl} has ended; sign in again: ./amphora login ${at.peer.pageUrl}\n`,
    });
    expect(keptLogins(at.folder).logins).toEqual([]);
    expect(await token([at.peer.pageUrl])).toMatchObject({
      code: 2,
      err: expect.stringContaining('nobody is signed in at'),
    });
  });

  test.each([
    [{ status: 503 }, 'does not answer (status 503); type the same again later'],
    [{ status: 429 }, 'does not answer (status 429); type the same again later'],
    [{ status: 200, body: '<html>' }, 'does not answer as one (no access token in its answer)'],
    [{ status: 400, body: { error: 'invalid_client' } }, 'refused (invalid_client); sign in again'],
  ])('where the service answers %j, and the login is kept', async (answer, sentence) => {
    await loginHere(at.folder, at.peer);
    at.peer.settings.instead.set('/oauth2/token', answer);
    age(HOUR_MS);
    expect(await token()).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
    at.peer.settings.instead.clear();
    expect(await token()).toMatchObject({ code: 0, err: '' });
  });

  test('where many wait for one that gets no answer: each says so, and none asks the silent service again', async () => {
    await loginHere(at.folder, at.peer);
    expect((await token()).code).toBe(0);
    age(HOUR_MS);
    at.peer.settings.instead.set('/oauth2/token', { status: 503 });
    const all = await Promise.all(['', '', '', ''].map(() => token([at.peer.pageUrl])));
    for (const { code, err } of all) {
      expect(code).toBe(2);
      expect(err).toMatch(/^amphora: the sign-in service at \S+ does not answer \(status 503\); [^\n]+\n$/);
    }
    expect(refreshes()).toBe(1);
    // Who comes later asks for himself.
    at.peer.settings.instead.clear();
    expect((await token()).code).toBe(0);
  });

  test('where the tokens are of another issuer than at the sign-in', async () => {
    await loginHere(at.folder, at.peer);
    at.peer.settings.issuer = 'https://issuer.example/other';
    age(HOUR_MS);
    expect(await token()).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('gives tokens of another issuer now, https://issuer.example/other'),
    });
  });

  test('where the service is away', async () => {
    const other = await signInPeer();
    await loginHere(at.folder, other);
    age(HOUR_MS);
    await other.close();
    expect(await token()).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/does not answer \(.*ECONNREFUSED/),
    });
  });

  test('where nobody ever signed in', async () => {
    expect(await token()).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('name the page, as in ./amphora token https://'),
    });
    expect(await token(['d111.cloudfront.net'])).toEqual({
      code: 2,
      out: '',
      err: 'amphora: nobody is signed in at https://d111.cloudfront.net/ on this machine; ./amphora login https://d111.cloudfront.net/\n',
    });
  });

  test('where the Amphora of this machine runs without sign-in', async () => {
    mkdirSync(join(at.folder.path, 'data'));
    const run = { pid: process.pid, port: 5999, mqttPort: 1999 };
    at.folder.file('data/run.json', JSON.stringify(run));
    expect(await token()).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('nobody signs in at http://localhost:5999/: it was started without --auth'),
    });
    expect(await runHere(at.folder, ['login'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Nothing to do'),
    });
    at.folder.file('data/run.json', JSON.stringify({ ...run, signInUrl: 'http://localhost:5004' }));
    expect(await token()).toMatchObject({
      code: 2,
      err: expect.stringContaining('nobody is signed in at http://localhost:5999/'),
    });
  });
});
