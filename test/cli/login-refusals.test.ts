import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keptLogins, loginsFile } from './logging-in.ts';
import { type Folder, temporaryFolder } from './run-cli.ts';
import { type SignInPeer, signInPeer } from './sign-in-peer.ts';
import { loginHere, pasted, runHere } from './terminal.ts';

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

const run = (...words: readonly string[]) => runHere(folder, words);

describe('a sign-in that fails is one sentence, and nothing is kept', () => {
  const login = () => loginHere(folder, peer);

  test.each([
    ['the answer to another sign-in', 'http://localhost:8976/?code=c&state=other', 'its state is another one'],
    [
      'an error that came without a state',
      'localhost:8976/?error=invalid_request',
      'answered invalid_request; type the same',
    ],
    ['an answer without its state', 'http://localhost:8976/?code=c', 'its state is another one'],
  ])('refuses %s', async (_, line, sentence) => {
    const ran = await runHere(folder, ['login', peer.pageUrl, '--no-browser'], { lines: async () => [line] });
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
    expect(peer.asked).toEqual([]);
    expect(keptLogins(folder)).toBeUndefined();
  });

  test.each([
    ['it was denied', { error: 'access_denied' }, 'the sign-in was denied'],
    [
      'the service would not have it, in words that would play with a terminal',
      { error: 'invalid_scope', error_description: 'no\u001b[31m such\nscope' },
      'the sign-in page answered invalid_scope (no[31m suchscope)',
    ],
  ])('where %s', async (_, refusal, sentence) => {
    peer.settings.refusal = refusal;
    const { code, out, err } = await login();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(keptLogins(folder)).toBeUndefined();
  });

  test.each([
    [
      'the code is too old',
      { status: 400, body: { error: 'invalid_grant' } },
      'the code of this sign-in was not taken',
    ],
    [
      'the client is not known',
      { status: 400, body: { error: 'invalid_client' } },
      'refused the code (invalid_client)',
    ],
    ['the service has a fault', { status: 500, body: {} }, 'does not answer (status 500); type the same again'],
    ['another program answers', { status: 200, body: '<html>' }, "is not Amphora's sign-in service: no access token"],
    ['it sends on', { status: 307, headers: { location: 'http://elsewhere.example/' } }, 'service: status 307'],
    [
      'the token is no JWT',
      { status: 200, body: { access_token: 'opaque', refresh_token: 'r', expires_in: 900 } },
      'an access token that is no JWT',
    ],
    [
      'the lifetime is missing',
      { status: 200, body: { access_token: 'opaque', refresh_token: 'r' } },
      'an access token without its lifetime',
    ],
  ])('where %s', async (_, answer, sentence) => {
    peer.settings.instead.set('/oauth2/token', answer);
    const { code, out, err } = await login();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(keptLogins(folder)).toBeUndefined();
  });

  test.each([
    ['another client', { client_id: 'page-client' }],
    ['an identity', { token_use: 'id' }],
  ])('where the token is one of %s', async (_, claims) => {
    peer.settings.claims = claims;
    expect(await login()).toMatchObject({ code: 2, err: expect.stringContaining('an access token of another client') });
  });
});

describe('a login', () => {
  test('is ended when somebody signs in there again', async () => {
    await loginHere(folder, peer);
    const { refreshToken } = keptLogins(folder).logins[0];
    expect((await loginHere(folder, peer)).code).toBe(0);
    expect(keptLogins(folder).logins).toHaveLength(1);
    expect([peer.isAlive(refreshToken), peer.isAlive(keptLogins(folder).logins[0].refreshToken)]).toEqual([
      false,
      true,
    ]);
  });
});

describe('the page that is named', () => {
  test('may have no sign-in, which is no mistake', async () => {
    peer.settings.config = { apiUrl: '', minPollSeconds: 1, local: true };
    expect(await run('login', peer.pageUrl)).toMatchObject({
      code: 0,
      out: `Nothing to do: nobody signs in at ${peer.pageUrl}.\n`,
    });
    expect(JSON.parse((await run('login', peer.pageUrl, '--json')).out)).toEqual({ signIn: false });
  });

  test.each([
    ['no address', 'https://', "must be one like https://example.org/, not 'https://'"],
    ['one of another protocol', 'ftp://example.org', "must be one like https://example.org/, not 'ftp://example.org'"],
    ['one with a password', 'https://u:p@example.org', 'takes no user name or password'],
    ['one whose login would be readable', 'http://amphora.example/', 'is not https: the login would travel readable'],
    ['one where nobody answers', 'http://127.0.0.1:1', 'nothing answers at http://127.0.0.1:1/ ('],
  ])('is refused when it is %s', async (_, address, sentence) => {
    const { code, out, err } = await run('login', address);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^amphora: [^\n]+\n$/);
    expect(err).toContain(sentence);
  });

  test.each<[string, unknown, string]>([
    ['has no config.json', undefined, 'is not the page of an Amphora: its config.json names no API'],
    ['names no API', { signIn: {} }, 'its config.json names no API'],
    ['names an API elsewhere', { apiUrl: 'https://thief.example/api' }, 'an API elsewhere, https://thief.example/api'],
    [
      'does not know the command line',
      { apiUrl: '', signIn: { url: 'https://s.example' } },
      'does not say where the command line signs in',
    ],
    [
      'signs in without encryption',
      { apiUrl: '', signIn: { url: 'http://s.example', cliClientId: 'c' } },
      'does not say where',
    ],
  ])('is refused when it %s', async (_, config, sentence) => {
    peer.settings.config = config;
    expect(await run('login', peer.pageUrl)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(sentence),
    });
  });

  test.each([
    ['its config.json is not found', { status: 404, body: 'no' }, 'its config.json is answered with status 404'],
    [
      'it sends on',
      { status: 301, headers: { location: 'https://new.example/x' } },
      'sends on to https://new.example;',
    ],
  ])('is refused when %s', async (_, answer, sentence) => {
    peer.settings.instead.set('/config.json', answer);
    expect(await run('login', peer.pageUrl)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(sentence),
    });
  });

  test('may be written as a person writes it, and is one page all the same', async () => {
    for (const written of [peer.pageUrl.slice(0, -1), `${peer.pageUrl}index.html?battery=b#x`, peer.pageUrl.slice(7)]) {
      const ran = await runHere(folder, ['login', written, '--no-browser'], { lines: pasted(peer) });
      expect(ran.code).toBe(0);
    }
    expect(keptLogins(folder).logins.map(({ pageUrl }: { pageUrl: string }) => pageUrl)).toEqual([peer.pageUrl]);
  });

  test('is asked for where none is known', async () => {
    expect(await run('login')).toMatchObject({ code: 2, err: expect.stringMatching(/name the page.*--auth/) });
    expect(await run('login', '--data', 'nowhere')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no Amphora runs in nowhere'),
    });
  });
});

describe('this machine', () => {
  test('whose clock is an hour off is told so', async () => {
    peer.settings.clockAheadS = 3600;
    expect(await loginHere(folder, peer)).toMatchObject({
      code: 0,
      err: expect.stringContaining("this machine's clock is 60 minutes behind the sign-in service's"),
    });
  });

  test('where logins cannot be kept is told before anybody signs in', async () => {
    folder.file('config', 'a file where a folder is wanted');
    const { code, err } = await run('login', peer.pageUrl, '--no-browser');
    expect(code).toBe(2);
    expect(err).toMatch(/^amphora: the folder \S+ of the logins cannot be made \(\w+\); .*\n$/);
  });

  test('whose logins are not readable loses none of them', async () => {
    await loginHere(folder, peer);
    writeFileSync(loginsFile(folder), 'half a fi');
    for (const words of [['login', peer.pageUrl], ['token'], ['logout']]) {
      expect(await run(...words)).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('holds no logins of this version'),
      });
    }
    expect(readFileSync(loginsFile(folder), 'utf8')).toBe('half a fi');
  });

  test.each([['0'], ['x'], ['9999']])('is not made to wait %s seconds', async (text) => {
    expect(await run('login', peer.pageUrl, '--wait', text)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--wait must be a whole number of seconds, 1 to 3600'),
    });
  });
});
