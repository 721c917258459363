import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keptLogins } from './logging-in.ts';
import { type Folder, temporaryFolder } from './run-cli.ts';
import { type SignInPeer, signInPeer } from './sign-in-peer.ts';
import { loginHere, runHere } from './terminal.ts';

let folder: Folder;
let peer: SignInPeer;
beforeEach(async () => {
  folder = temporaryFolder();
  peer = await signInPeer();
});
afterEach(async () => {
  await peer.close();
  folder.remove();
});

const logout = (...words: readonly string[]) => runHere(folder, ['logout', ...words]);
const refreshToken = (): string => keptLogins(folder).logins[0].refreshToken;

describe('logout', () => {
  test('ends the login at the service and on this machine', async () => {
    await loginHere(folder, peer);
    const ended = refreshToken();
    expect(await logout()).toMatchObject({ code: 0, out: expect.stringContaining(`Signed out at ${peer.pageUrl}.`) });
    expect(peer.isAlive(ended)).toBe(false);
    expect(keptLogins(folder).logins).toEqual([]);
    expect(await runHere(folder, ['token', peer.pageUrl])).toMatchObject({ code: 2, out: '' });
  });

  test('of one page leaves the login at another, which is the last one then', async () => {
    const other = await signInPeer();
    await loginHere(folder, other);
    await loginHere(folder, peer);
    expect((await logout()).code).toBe(0);
    expect(JSON.parse((await runHere(folder, ['token', '--json'])).out)).toMatchObject({ page: other.pageUrl });
    await other.close();
  });

  test('keeps the login where the service does not answer, so that the same typed again ends it', async () => {
    await loginHere(folder, peer);
    peer.settings.instead.set('/oauth2/revoke', { status: 503 });
    expect(await logout('--json')).toMatchObject({
      code: 2,
      err: expect.stringContaining('(status 503), so it is kept'),
    });
    const ended = refreshToken();
    peer.settings.instead.clear();
    expect(JSON.parse((await logout('--json')).out)).toEqual({ page: peer.pageUrl, revoked: true });
    expect(peer.isAlive(ended)).toBe(false);
  });

  test('with --forget forgets it even so', async () => {
    await loginHere(folder, peer);
    peer.settings.instead.set('/oauth2/revoke', { status: 503 });
    expect(await logout('--forget')).toMatchObject({ code: 0, out: expect.stringContaining('Forgot the login at') });
    expect(keptLogins(folder).logins).toEqual([]);
  });

  test('of a login that the service does not know any more is no mistake, nor where nobody is signed in', async () => {
    await loginHere(folder, peer);
    peer.settings.instead.set('/oauth2/revoke', { status: 400, body: { error: 'invalid_grant' } });
    expect((await logout()).code).toBe(0);
    expect(await logout(peer.pageUrl)).toMatchObject({ code: 0, out: expect.stringContaining('Nobody was signed in') });
  });
});
