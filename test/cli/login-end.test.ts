import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { atPage } from './at-page.ts';
import { keptLogins, loginsFile } from './logging-in.ts';
import { signInPeer } from './sign-in-peer.ts';
import { loginHere, runHere } from './terminal.ts';

const at = atPage();

const logout = (...words: readonly string[]) => runHere(at.folder, ['logout', ...words]);
const refreshToken = (): string => keptLogins(at.folder).logins[0].refreshToken;

describe('logout', () => {
  test('ends the login at the service and on this machine', async () => {
    await loginHere(at.folder, at.peer);
    const ended = refreshToken();
    expect(await logout()).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Signed out at ${at.peer.pageUrl}.`),
    });
    expect(at.peer.isAlive(ended)).toBe(false);
    expect(keptLogins(at.folder).logins).toEqual([]);
    expect(await runHere(at.folder, ['token', at.peer.pageUrl])).toMatchObject({ code: 2, out: '' });
  });

  test('of one page leaves the login at another, which is the last one then', async () => {
    const other = await signInPeer();
    await loginHere(at.folder, other);
    await loginHere(at.folder, at.peer);
    expect((await logout()).code).toBe(0);
    expect(JSON.parse((await runHere(at.folder, ['token', '--json'])).out)).toMatchObject({ page: other.pageUrl });
    await other.close();
  });

  test('keeps the login where the service does not answer, so that the same typed again ends it', async () => {
    await loginHere(at.folder, at.peer);
    at.peer.settings.instead.set('/oauth2/revoke', { status: 503 });
    expect(await logout('--json')).toMatchObject({
      code: 2,
      err: expect.stringContaining('(status 503), so it is kept'),
    });
    const ended = refreshToken();
    at.peer.settings.instead.clear();
    expect(JSON.parse((await logout('--json')).out)).toEqual({ page: at.peer.pageUrl, revoked: true });
    expect(at.peer.isAlive(ended)).toBe(false);
  });

  test('forgets it where an emulator has nothing that ends it, and says so', async () => {
    await loginHere(at.folder, at.peer);
    at.peer.settings.instead.set('/oauth2/revoke', { status: 400, body: { message: 'no such action' } });
    const { code, out } = await logout();
    expect([code, keptLogins(at.folder).logins]).toEqual([0, []]);
    expect(out).toBe(
      `Forgot the login at ${at.peer.pageUrl}. The sign-in service there, an emulator's, has no way to end one; it ends with the emulator.\n`,
    );
  });

  test('forgets what is kept of a machine client at that page, and at no other', async () => {
    const machine = { clientId: 'm', secretHash: 'h', accessToken: 'a', obtainedAtMs: 1, lifetimeMs: 1 };
    const elsewhere = { ...machine, pageUrl: 'https://elsewhere.example/' };
    await loginHere(at.folder, at.peer);
    const machines = [{ ...machine, pageUrl: at.peer.pageUrl }, elsewhere];
    writeFileSync(loginsFile(at.folder), JSON.stringify({ ...keptLogins(at.folder), machines }));
    expect((await logout()).code).toBe(0);
    expect(keptLogins(at.folder).machines).toEqual([elsewhere]);
  });

  test('with --forget forgets it even so', async () => {
    await loginHere(at.folder, at.peer);
    at.peer.settings.instead.set('/oauth2/revoke', { status: 503 });
    expect(await logout('--forget')).toMatchObject({ code: 0, out: expect.stringContaining('Forgot the login at') });
    expect(keptLogins(at.folder).logins).toEqual([]);
  });

  test('of a login that the service does not know any more is no mistake, nor where nobody is signed in', async () => {
    await loginHere(at.folder, at.peer);
    at.peer.settings.instead.set('/oauth2/revoke', { status: 400, body: { error: 'invalid_grant' } });
    expect((await logout()).code).toBe(0);
    expect(await logout(at.peer.pageUrl)).toMatchObject({
      code: 0,
      out: expect.stringContaining('Nobody was signed in'),
    });
  });
});
