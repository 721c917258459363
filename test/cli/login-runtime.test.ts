/** user, login, token and logout with a real `./amphora start --auth`, its own sign-in page and its own API. */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type LocalAmphora, startLocal } from '../end-to-end/local.ts';
import { temporaryFolder as folderOfFile } from '../end-to-end/process.ts';
import { until } from '../end-to-end/until.ts';
import { postForm } from '../local/sign-in/browser.ts';
import { authFlags } from '../local/sign-in/fixture.ts';
import { signInPeer } from './sign-in-peer.ts';
import { runHere, type Typing } from './terminal.ts';

const START_MS = 180_000;
jest.setTimeout(60_000);

const MAIL = 'ada@example.org';

let amphora: LocalAmphora;
const terminal = { path: folderOfFile() };
const run = (words: readonly string[], typing: Typing = {}) =>
  runHere({ ...terminal, file: () => '', remove: () => undefined }, words, {
    ...typing,
    env: { AMPHORA_DATA: amphora.dataDir, ...typing.env },
  });

beforeAll(async () => {
  amphora = await startLocal({ flags: ['--no-demo', ...authFlags()] });
}, START_MS);

/** Fills in the sign-in page that `login --no-browser` printed the address of, and pastes where it leads. */
const signingIn = (password: string) => async (err: string) => {
  const address = new URL(/^ {2}(http\S+\/oauth2\/authorize\S+)$/m.exec(err)?.[1] ?? '');
  const { location, html } = await postForm(address.origin, address.search.slice(1), { email: MAIL, password });
  if (location === undefined) throw new Error(`the sign-in page did not lead on: ${html}`);
  return [location.href];
};

const add = async (): Promise<string> => JSON.parse((await run(['user', 'add', MAIL, '--json'])).out).password;
const login = async (password: string) => run(['login', '--no-browser'], { lines: signingIn(password) });
const livedata = async (token: string): Promise<number> =>
  (await amphora.get('/livedata', { authorization: `Bearer ${token}` })).status;

describe('a person at a terminal, beside an Amphora that asks who is there', () => {
  test('is added, signs in, sends and reads, signs out, and is removed', async () => {
    expect((await amphora.get('/livedata')).status).toBe(401);
    const password = await add();
    expect(await login(password)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Signed in at ${amphora.url}/ as ${MAIL}.`),
    });

    const token = (await run(['token'])).out.trim();
    expect(await livedata(token)).toBe(200);
    const headers = { authorization: `Bearer ${token}` };
    expect((await amphora.post('/charge', { charge: 3, unit: 'kW' }, headers)).status).toBe(200);
    expect(
      await run(['simulate', '--battery', 'boat', '--url', amphora.url, '--count', '2', '--period', '10ms']),
    ).toMatchObject({ code: 0, out: 'Sent 2 samples of battery boat, all acknowledged.\n' });
    await until('the samples', async () => {
      const { text } = await amphora.get('/batteries', headers);
      return text.includes('"boat"');
    });

    expect((await run(['logout'])).out).toContain(`Signed out at ${amphora.url}/.`);
    expect(await run(['token'])).toMatchObject({ code: 2, out: '' });
    // As it is with a JWT: nobody asks whether it still holds.
    expect(await livedata(token)).toBe(200);
    expect((await run(['user', 'remove', MAIL])).code).toBe(0);
  });

  test('who is sent to a stranger’s page that names this sign-in does not sign in for it', async () => {
    const stranger = await signInPeer();
    try {
      const { signIn } = JSON.parse((await amphora.get('/config.json')).text);
      for (const [redirectUri, sentence] of [
        [signIn.redirectUri, `${stranger.pageUrl} signs in for another page, ${amphora.url}/;`],
        [stranger.pageUrl, `does not know ${stranger.pageUrl} as a page of its own`],
      ]) {
        stranger.settings.config = { apiUrl: '/api', signIn: { ...signIn, redirectUri } };
        expect(await run(['login', stranger.pageUrl, '--no-browser'])).toMatchObject({
          code: 2,
          out: '',
          err: expect.stringContaining(sentence),
        });
      }
    } finally {
      await stranger.close();
    }
  });

  test('who was removed gets no new token, and is told to sign in', async () => {
    const password = await add();
    await login(password);
    const first = (await run(['token'])).out;
    // An hour later by this machine's clock: a new one has to be got.
    const later = { clockAheadMs: 3_600_000 };
    const renewed = (await run(['token'], later)).out;
    expect([renewed === first, await livedata(renewed.trim())]).toEqual([false, 200]);
    await run(['user', 'remove', MAIL]);
    expect(await run(['token'], { clockAheadMs: 2 * 3_600_000 })).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(`the login at ${amphora.url}/ has ended; sign in again: ./amphora login`),
    });
  });

  test('with a code of somebody else’s sign-in gets nothing', async () => {
    const password = await add();
    let elsewhere: readonly string[] = [];
    await run(['login', '--no-browser'], {
      lines: async (err) => {
        elsewhere = await signingIn(password)(err);
        return [];
      },
    });
    const code = new URL(elsewhere[0] ?? '').searchParams.get('code') ?? '';
    const stolen = await run(['login', '--no-browser'], {
      lines: async (err) => {
        const state = /[?&]state=([\w-]+)/.exec(err)?.[1] ?? '';
        return [`${(elsewhere[0] ?? '').replace(/\?.*$/, '')}?code=${code}&state=${state}`];
      },
    });
    expect(stolen).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('the code of this sign-in was not taken'),
    });
    await run(['user', 'remove', MAIL]);
  });
});
