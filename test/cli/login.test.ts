import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { addressOf, fakeBrowser, keptLogins, loginsFile, startLogin, terminal, typed } from './logging-in.ts';
import { type Folder, runCli, startCli, temporaryFolder } from './run-cli.ts';
import { CLIENT, type SignInPeer, signInPeer } from './sign-in-peer.ts';

// Each test starts a process or two; on a busy machine that alone takes seconds.
jest.setTimeout(60_000);

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

/** Takes a port away, on both loopback addresses. */
async function occupy(port: number): Promise<() => Promise<void>> {
  const servers = ['127.0.0.1', '::1'].map((host) => createServer().listen(port, host));
  await Promise.all(
    servers.map((server) => new Promise((resolve) => server.once('listening', resolve).once('error', resolve))),
  );
  return async () => void (await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))));
}

describe('login in the browser of this machine', () => {
  test('signs in with the code grant and PKCE, and tells the terminal and the browser', async () => {
    const browser = fakeBrowser(folder);
    const { code, out, err } = await runCli(folder.path, ['login', peer.pageUrl], browser.env);
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining('Opening the sign-in page in the browser.'),
    });
    expect(out).toContain(`Signed in at ${peer.pageUrl} as ada@example.org.`);
    expect(out).toContain(`curl -H "Authorization: Bearer $(./amphora token)" ${peer.apiUrl}/livedata`);
    const shown = await browser.shown();
    expect(shown).toMatchObject({ status: 200, text: expect.stringContaining('You may close this page') });
    expect(shown.headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'none'/),
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(shown.text).not.toMatch(/<(script|style|link|img)/);
    const [grant] = peer.grants('authorization_code');
    expect(grant).toMatchObject({ client_id: CLIENT, code_verifier: expect.stringMatching(/^[\w-]{43}$/) });
    expect(err + out).not.toContain(grant?.['code_verifier'] ?? '-');
  });

  test('keeps the login where only this user can read it', async () => {
    const browser = fakeBrowser(folder);
    expect((await runCli(folder.path, ['login', peer.pageUrl, '--json'], browser.env)).code).toBe(0);
    expect(statSync(loginsFile(folder)).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(loginsFile(folder))).mode & 0o777).toBe(0o700);
    expect(keptLogins(folder)).toMatchObject({
      lastPageUrl: peer.pageUrl,
      logins: [{ pageUrl: peer.pageUrl, apiUrl: peer.apiUrl, clientId: CLIENT, user: 'ada@example.org' }],
    });
  });

  test('comes back to the second port where the first is taken, and says so where both are', async () => {
    const free = await occupy(8976);
    const browser = fakeBrowser(folder);
    expect((await runCli(folder.path, ['login', peer.pageUrl], browser.env)).code).toBe(0);
    expect(peer.grants('authorization_code')[0]?.['redirect_uri']).toBe('http://localhost:8977/');
    const freeToo = await occupy(8977);
    const { code, out, err } = await runCli(folder.path, ['login', peer.pageUrl], browser.env);
    await Promise.all([free(), freeToo()]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^amphora: ports 8976 and 8977, .* are both in use; .*--no-browser\n$/);
  });

  test('leaves the answer to another sign-in alone, and everything else that asks at that port', async () => {
    const running = startCli(folder.path, ['login', peer.pageUrl], terminal(folder));
    const address = await addressOf(running);
    const foreign = await fetch('http://localhost:8976/?code=c&state=other');
    expect([foreign.status, await foreign.text()]).toEqual([400, expect.stringContaining('another sign-in')]);
    expect((await fetch('http://localhost:8976/favicon.ico')).status).toBe(404);
    expect((await fetch('http://127.0.0.1:8976/?code=c&state=other')).status).toBe(404);
    expect((await fetch('http://localhost:8976/?code=c', { method: 'POST' })).status).toBe(404);
    expect(peer.asked).toEqual([]);
    expect((await fetch(await peer.browse(address))).status).toBe(200);
    expect(await running.done).toMatchObject({ code: 0, err: expect.stringContaining('was left alone') });
  });

  test('one answer that the browser asks for twice is exchanged once', async () => {
    const running = startCli(folder.path, ['login', peer.pageUrl], terminal(folder));
    const to = await peer.browse(await addressOf(running));
    const pages = await Promise.allSettled([fetch(to), fetch(to)]);
    expect(pages.some((page) => page.status === 'fulfilled' && page.value.status === 200)).toBe(true);
    expect((await running.done).code).toBe(0);
    expect(peer.grants('authorization_code')).toHaveLength(1);
  });

  test('that nobody finishes ends after the time that was given, and with Ctrl-C at once', async () => {
    expect(await runCli(folder.path, ['login', peer.pageUrl, '--wait', '1'], terminal(folder))).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('nobody signed in within 1 s; nothing was changed'),
    });
    const running = startCli(folder.path, ['login', peer.pageUrl], terminal(folder));
    await addressOf(running);
    running.child.kill('SIGINT');
    expect(await running.done).toMatchObject({
      code: 2,
      err: expect.stringContaining('stopped before anybody signed in'),
    });
    expect(keptLogins(folder)).toBeUndefined();
  });
});

describe('login with a browser elsewhere', () => {
  test('takes the address that the browser ended at, and asks again for what is none', async () => {
    const running = await startLogin(folder, [peer.pageUrl, '--no-browser', '--json']);
    const { code, out, err } = await typed(running, 'what?', '', `'${await peer.browse(running.address)}'`);
    expect(code).toBe(0);
    expect(err.match(/That is not it/g)).toHaveLength(2);
    expect(JSON.parse(out)).toEqual({
      page: peer.pageUrl,
      api: peer.apiUrl,
      user: 'ada@example.org',
      scope: 'openid battery/read battery/write',
    });
  });

  test('ends with a sentence when nothing is pasted', async () => {
    const running = await startLogin(folder, [peer.pageUrl, '--no-browser']);
    expect(await typed(running)).toMatchObject({ code: 2, err: expect.stringContaining('no address was pasted') });
  });
});
