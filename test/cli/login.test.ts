import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { redirectUriAt } from '../../cli/sign-in/callback.ts';
import { atPage } from './at-page.ts';
import { callbackPorts, occupy } from './callback-ports.ts';
import { addressOf, fakeBrowser, keptLogins, loginsFile, startLogin, terminal, typed } from './logging-in.ts';
import { runCli, startCli } from './run-cli.ts';
import { CLIENT } from './sign-in-peer.ts';

// Each test starts a process or two; on a busy machine that alone takes seconds.
jest.setTimeout(60_000);

const at = atPage();

let giveBack = (): void => {};
beforeAll(async () => {
  giveBack = await callbackPorts();
}, 150_000);
afterAll(() => giveBack());

describe('login in the browser of this machine', () => {
  test('signs in with the code grant and PKCE, and tells the terminal and the browser', async () => {
    const browser = fakeBrowser(at.folder);
    const { code, out, err } = await runCli(at.folder.path, ['login', at.peer.pageUrl], browser.env);
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining('Opening the sign-in page in the browser.'),
    });
    expect(out).toContain(`Signed in at ${at.peer.pageUrl} as ada@example.org.`);
    expect(out).toContain(`curl -H "Authorization: Bearer $(./amphora token)" ${at.peer.apiUrl}/livedata\n`);
    const shown = await browser.shown();
    expect(shown).toMatchObject({ status: 200, text: expect.stringContaining('You may close this page') });
    expect(shown.headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'none'/),
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(shown.text).not.toMatch(/<(script|link|img)|url\(|@import/);
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(shown.text) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(shown.headers['content-security-policy']).toContain(`style-src 'sha256-${hash}';`);
    const [grant] = at.peer.grants('authorization_code');
    expect(grant).toMatchObject({ client_id: CLIENT, code_verifier: expect.stringMatching(/^[\w-]{43}$/) });
    expect(err + out).not.toContain(grant?.['code_verifier'] ?? '-');
  });

  test('keeps the login where only this user can read it', async () => {
    const browser = fakeBrowser(at.folder);
    expect((await runCli(at.folder.path, ['login', at.peer.pageUrl, '--json'], browser.env)).code).toBe(0);
    expect(statSync(loginsFile(at.folder)).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(loginsFile(at.folder))).mode & 0o777).toBe(0o700);
    expect(keptLogins(at.folder)).toMatchObject({
      lastPageUrl: at.peer.pageUrl,
      logins: [{ pageUrl: at.peer.pageUrl, apiUrl: at.peer.apiUrl, clientId: CLIENT, user: 'ada@example.org' }],
    });
  });

  test('comes back to the second port where the first is taken, and says so where both are', async () => {
    const free = await occupy(8976);
    const browser = fakeBrowser(at.folder);
    expect((await runCli(at.folder.path, ['login', at.peer.pageUrl], browser.env)).code).toBe(0);
    expect(at.peer.grants('authorization_code')[0]?.['redirect_uri']).toBe(redirectUriAt(8977, at.peer.pageUrl));
    const freeToo = await occupy(8977);
    const { code, out, err } = await runCli(at.folder.path, ['login', at.peer.pageUrl], browser.env);
    await Promise.all([free(), freeToo()]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^amphora: ports 8976 and 8977, .* are both in use; .*--no-browser\n$/);
  });

  test('leaves the answer to another sign-in alone, and everything else that asks at that port', async () => {
    const running = startCli(at.folder.path, ['login', at.peer.pageUrl], terminal(at.folder));
    const address = await addressOf(running);
    const foreign = await fetch(`${redirectUriAt(8976, at.peer.pageUrl)}?code=c&state=other`);
    expect([foreign.status, await foreign.text()]).toEqual([
      400,
      expect.stringContaining('not the answer to the sign-in'),
    ]);
    expect((await fetch('http://localhost:8976/favicon.ico')).status).toBe(404);
    const here = new URL(redirectUriAt(8976, at.peer.pageUrl)).pathname;
    expect((await fetch(`http://127.0.0.1:8976${here}?code=c&state=other`)).status).toBe(404);
    // Where the codes of another sign-in would come.
    expect((await fetch('http://localhost:8976/elsewhere.example/?code=c&state=other')).status).toBe(404);
    expect((await fetch(`http://localhost:8976${here}?code=c`, { method: 'POST' })).status).toBe(404);
    expect(at.peer.asked).toEqual([]);
    expect((await fetch(await at.peer.browse(address))).status).toBe(200);
    expect(await running.done).toMatchObject({ code: 0, err: expect.stringContaining('was left alone') });
  });

  test('goes on where any page of the web sends the browser there with an error, whose words nobody gets to see', async () => {
    const running = startCli(at.folder.path, ['login', at.peer.pageUrl], terminal(at.folder));
    const address = await addressOf(running);
    const callback = new URL(address).searchParams.get('redirect_uri');
    for (const state of ['', '&state=other']) {
      const page = await fetch(`${callback}?error=call_this_number&error_description=Pay%20now${state}`);
      const text = await page.text();
      expect([page.status, /call_this_number|Pay/.test(text)]).toEqual([400, false]);
    }
    expect((await fetch(await at.peer.browse(address))).status).toBe(200);
    const { code, err } = await running.done;
    expect({ code, words: /call_this_number|Pay/.exec(err) }).toEqual({ code: 0, words: null });
    expect(err.match(/was left alone/g)).toHaveLength(1);
  });

  test('one answer that the browser asks for twice is exchanged once', async () => {
    const running = startCli(at.folder.path, ['login', at.peer.pageUrl], terminal(at.folder));
    const to = await at.peer.browse(await addressOf(running));
    const pages = await Promise.allSettled([fetch(to), fetch(to)]);
    expect(pages.some((page) => page.status === 'fulfilled' && page.value.status === 200)).toBe(true);
    expect((await running.done).code).toBe(0);
    expect(at.peer.grants('authorization_code')).toHaveLength(1);
  });

  test('that nobody finishes ends after the time that was given, and with Ctrl-C at once', async () => {
    expect(await runCli(at.folder.path, ['login', at.peer.pageUrl, '--wait', '1'], terminal(at.folder))).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('nobody signed in within 1 s; nothing was changed'),
    });
    const running = startCli(at.folder.path, ['login', at.peer.pageUrl], terminal(at.folder));
    await addressOf(running);
    running.child.kill('SIGINT');
    expect(await running.done).toMatchObject({
      code: 2,
      err: expect.stringContaining('stopped before anybody signed in'),
    });
    expect(keptLogins(at.folder)).toBeUndefined();
  });
});

describe('login with a browser elsewhere', () => {
  test('takes the address that the browser ended at, and asks again for what is none', async () => {
    const running = await startLogin(at.folder, [at.peer.pageUrl, '--no-browser', '--json']);
    const { code, out, err } = await typed(running, 'what?', '', `'${await at.peer.browse(running.address)}'`);
    expect(code).toBe(0);
    expect(err.match(/That is not it/g)).toHaveLength(2);
    expect(JSON.parse(out)).toEqual({
      page: at.peer.pageUrl,
      api: at.peer.apiUrl,
      user: 'ada@example.org',
      scope: 'openid battery/read battery/write',
    });
  });

  test('ends with a sentence when nothing is pasted', async () => {
    const running = await startLogin(at.folder, [at.peer.pageUrl, '--no-browser']);
    expect(await typed(running)).toMatchObject({ code: 2, err: expect.stringContaining('no address was pasted') });
  });
});
