import { describe, expect, test } from '@jest/globals';
import { atPage } from './at-page.ts';
import { keptLogins } from './logging-in.ts';
import { MACHINE, signInPeer } from './sign-in-peer.ts';
import { pasted, runHere } from './terminal.ts';

const at = atPage();

const run = (...words: readonly string[]) => runHere(at.folder, words);

describe('the page that is named', () => {
  test('may have no sign-in, which is no mistake', async () => {
    at.peer.settings.config = { apiUrl: '', minPollSeconds: 1, local: true };
    expect(await run('login', at.peer.pageUrl)).toMatchObject({
      code: 0,
      out: `Nothing to do: nobody signs in at ${at.peer.pageUrl}.\n`,
    });
    expect(JSON.parse((await run('login', at.peer.pageUrl, '--json')).out)).toEqual({ signIn: false });
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

  test.each<[string, Readonly<Record<string, unknown>> | undefined, string]>([
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
    at.peer.settings.config = config;
    expect(await run('login', at.peer.pageUrl)).toMatchObject({
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
    at.peer.settings.instead.set('/config.json', answer);
    expect(await run('login', at.peer.pageUrl)).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(sentence),
    });
  });

  test('cannot send the browser on to the sign-in of another page: no code of that one comes here', async () => {
    const victim = await signInPeer();
    try {
      const sendOn = async (err: string): Promise<readonly string[]> => {
        const { search } = new URL(/^ {2}(http\S+\/oauth2\/authorize\S+)$/m.exec(err)?.[1] ?? '');
        return [await victim.browse(`${victim.pageUrl}oauth2/authorize${search}`)];
      };
      const ran = await runHere(at.folder, ['login', at.peer.pageUrl, '--no-browser'], { lines: sendOn });
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect([at.peer.asked, keptLogins(at.folder)]).toEqual([[], undefined]);
    } finally {
      await victim.close();
    }
  });

  test('is refused when it signs in where another page does, which would give that page’s tokens to it', async () => {
    const victim = await signInPeer();
    const signIn = Object(victim.settings.config?.['signIn']);
    const login = () => runHere(at.folder, ['login', at.peer.pageUrl, '--no-browser'], { lines: pasted(victim) });
    try {
      at.peer.settings.config = { apiUrl: '/api', signIn };
      expect(await login()).toMatchObject({
        code: 2,
        out: '',
        err: `amphora: ${at.peer.pageUrl} signs in for another page, ${victim.pageUrl}; if that is the one you mean, give its address\n`,
      });
      at.peer.settings.config = { apiUrl: '/api', signIn: { ...signIn, redirectUri: at.peer.pageUrl } };
      expect(await login()).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining(`${victim.pageUrl.slice(0, -1)} does not know ${at.peer.pageUrl} as a page`),
      });
      const machine = ['token', at.peer.pageUrl, '--client-id', MACHINE.id];
      expect(await runHere(at.folder, machine, { env: { AMPHORA_CLIENT_SECRET: MACHINE.secret } })).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('as a page'),
      });
      expect(victim.asked).toEqual([]);
    } finally {
      await victim.close();
    }
  });

  test.each([
    ['another program’s page comes', { status: 200, body: '<p>Hello' }, 'does not know'],
    ['it sends on to elsewhere', { status: 302, headers: { location: 'https://x.example/login' } }, 'does not know'],
    ['it refuses', { status: 400, body: 'no' }, 'does not know'],
    ['it has a fault', { status: 503 }, 'does not answer (status 503); type the same again later'],
  ])('is refused when its sign-in is asked for it and %s', async (_, answer, sentence) => {
    at.peer.settings.instead.set('/oauth2/authorize', answer);
    const ran = await run('login', at.peer.pageUrl, '--no-browser');
    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) });
  });

  test('may show a form at once, as the emulator of AWS does', async () => {
    const form = { status: 200, body: '<form method="post">' };
    at.peer.settings.instead.set('/oauth2/authorize', form);
    const ran = await run('login', at.peer.pageUrl, '--no-browser');
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('no address was pasted') });
  });

  test('plays with no terminal by what it says of itself', async () => {
    at.peer.settings.config = { apiUrl: 'https://thief.example/\u001b[2J\u202e\n' };
    const { err } = await run('login', at.peer.pageUrl);
    expect(err).toMatch(/^amphora: [\x20-\x7e]+ an API elsewhere, https:\/\/thief[\x20-\x7e]+\n$/);
  });

  test('may not answer without end', async () => {
    at.peer.settings.instead.set('/config.json', { status: 200, body: `{"apiUrl":"${'x'.repeat(20_000)}"}` });
    expect(await run('login', at.peer.pageUrl)).toMatchObject({
      code: 2,
      err: expect.stringContaining('its config.json has more than 16384 bytes'),
    });
  });

  test('may be written as a person writes it, and is one page all the same', async () => {
    for (const written of [
      at.peer.pageUrl.slice(0, -1),
      `${at.peer.pageUrl}index.html?battery=b#x`,
      at.peer.pageUrl.slice(7),
    ]) {
      const ran = await runHere(at.folder, ['login', written, '--no-browser'], { lines: pasted(at.peer) });
      expect(ran.code).toBe(0);
    }
    expect(keptLogins(at.folder).logins.map(({ pageUrl }: { pageUrl: string }) => pageUrl)).toEqual([at.peer.pageUrl]);
  });

  test('is asked for where none is known', async () => {
    expect(await run('login')).toMatchObject({ code: 2, err: expect.stringMatching(/name the page.*--auth/) });
    expect(await run('login', '--data', 'nowhere')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no Amphora runs in nowhere'),
    });
  });
});
