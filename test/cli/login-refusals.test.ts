import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { atPage } from './at-page.ts';
import { keptLogins, loginsFile } from './logging-in.ts';
import { loginHere, runHere } from './terminal.ts';

const at = atPage();

const run = (...words: readonly string[]) => runHere(at.folder, words);

describe('a sign-in that fails is one sentence, and nothing is kept', () => {
  const login = () => loginHere(at.folder, at.peer);

  test.each([
    ['the answer to another sign-in', 'http://localhost:8976/?code=c&state=other', 'its state is another one'],
    [
      'an error that came without a state',
      'localhost:8976/?error=invalid_request&error_description=Pay',
      'the sign-in page answered invalid_request; type the same',
    ],
    [
      'an error that came without a state, in words of nobody known',
      'localhost:8976/?error=call_this_number',
      'the sign-in page answered an error; type the same',
    ],
    [
      'an error with the state of another sign-in',
      'localhost:8976/?error=server_error&state=o',
      'its state is another',
    ],
    ['an answer without its state', 'http://localhost:8976/?code=c', 'its state is another one'],
  ])('refuses %s', async (_, line, sentence) => {
    const ran = await runHere(at.folder, ['login', at.peer.pageUrl, '--no-browser'], {
      lines: async () => [line.replace('8976/', `8976/${new URL(at.peer.pageUrl).host}/`)],
    });
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
    expect(at.peer.asked).toEqual([]);
    expect(keptLogins(at.folder)).toBeUndefined();
  });

  test.each([
    ['it was denied', { error: 'access_denied' }, 'the sign-in was denied'],
    [
      'the service would not have it, in words that would play with a terminal',
      { error: 'invalid_scope', error_description: 'no\u001b[31m such\nscope' },
      'the sign-in page answered invalid_scope (no[31m suchscope)',
    ],
  ])('where %s', async (_, refusal, sentence) => {
    at.peer.settings.refusal = refusal;
    const { code, out, err } = await login();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(keptLogins(at.folder)).toBeUndefined();
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
    ['it answers without end', { status: 200, body: 'x'.repeat(70_000) }, 'service: more than 65536 bytes'],
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
    at.peer.settings.instead.set('/oauth2/token', answer);
    const { code, out, err } = await login();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(sentence);
    expect(keptLogins(at.folder)).toBeUndefined();
  });

  test.each([
    ['another client', { client_id: 'page-client' }],
    ['an identity', { token_use: 'id' }],
  ])('where the token is one of %s', async (_, claims) => {
    at.peer.settings.claims = claims;
    expect(await login()).toMatchObject({ code: 2, err: expect.stringContaining('an access token of another client') });
  });
});

describe('a login', () => {
  test('is told with a line that a shell takes as it stands, whatever the address of the API', async () => {
    at.peer.settings.config = { ...at.peer.settings.config, apiUrl: '/$default/$(reboot)' };
    const { out } = await loginHere(at.folder, at.peer);
    expect(out).toContain(` '${at.peer.pageUrl}$default/$(reboot)/livedata'\n`);
  });

  test('is ended when somebody signs in there again', async () => {
    await loginHere(at.folder, at.peer);
    const { refreshToken } = keptLogins(at.folder).logins[0];
    expect((await loginHere(at.folder, at.peer)).code).toBe(0);
    expect(keptLogins(at.folder).logins).toHaveLength(1);
    expect([at.peer.isAlive(refreshToken), at.peer.isAlive(keptLogins(at.folder).logins[0].refreshToken)]).toEqual([
      false,
      true,
    ]);
  });
});

describe('this machine', () => {
  test('whose clock is an hour off is told so', async () => {
    at.peer.settings.clockAheadS = 3600;
    expect(await loginHere(at.folder, at.peer)).toMatchObject({
      code: 0,
      err: expect.stringContaining("this machine's clock is 60 minutes behind the sign-in service's"),
    });
  });

  test('where logins cannot be kept is told before anybody signs in', async () => {
    at.folder.file('config', 'a file where a folder is wanted');
    const { code, err } = await run('login', at.peer.pageUrl, '--no-browser');
    expect(code).toBe(2);
    expect(err).toMatch(/^amphora: the folder \S+ of the logins cannot be made \(\w+\); .*\n$/);
  });

  test('whose logins are not readable loses none of them', async () => {
    await loginHere(at.folder, at.peer);
    writeFileSync(loginsFile(at.folder), 'half a fi');
    for (const words of [['login', at.peer.pageUrl], ['token'], ['logout']]) {
      expect(await run(...words)).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('holds no logins of this version'),
      });
    }
    expect(readFileSync(loginsFile(at.folder), 'utf8')).toBe('half a fi');
  });

  test.each([['0'], ['x'], ['9999']])('is not made to wait %s seconds', async (text) => {
    expect(await run('login', at.peer.pageUrl, '--wait', text)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--wait must be a whole number of seconds, 1 to 3600'),
    });
  });
});
