/** user, login, token and logout on a stack in the emulator: its user pool, its own sign-in page, its authorizer. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clientSecret, cognitoOf, signedInAddress } from '../emulator/cognito.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from '../emulator/running.ts';
import { keptLogins, loginsFile } from './logging-in.ts';
import { type Folder, runCli, temporaryFolder } from './run-cli.ts';
import { signInPeer } from './sign-in-peer.ts';
import { runHere, type Typing } from './terminal.ts';

const START_MS = 120_000;
const MAIL = 'ada@example.org';
const NEW_PASSWORD = 'Correct-horse-7-battery';

let emulator: RunningEmulator;
let stack: RunningStack;
let folder: Folder;

beforeAll(async () => {
  folder = temporaryFolder();
  emulator = await startEmulator();
  stack = await emulator.deploy({ hasSignIn: true });
}, START_MS);
afterAll(async () => {
  await emulator?.end();
  folder?.remove();
});

const user = (...words: readonly string[]) =>
  runCli(folder.path, ['user', ...words, '--stack', 'Amphora', '--json'], {
    AWS_ENDPOINT_URL: emulator.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
const run = (words: readonly string[], typing: Typing = {}) => runHere(folder, words, typing);
const livedata = async (token: string): Promise<number> =>
  (await fetch(`${stack.apiUrl}/livedata`, { headers: { authorization: `Bearer ${token}` } })).status;

/** A person who fills in the page's forms, the one for a new password too, and pastes where they lead. */
const signingIn = (password: string) => async (err: string) => [
  await signedInAddress(
    /^ {2}(http\S+\/oauth2\/authorize\S+)$/m.exec(err)?.[1] ?? '',
    { email: MAIL, password },
    NEW_PASSWORD,
  ),
];

describe('a terminal, with a stack in the emulator', () => {
  test('signs in with the temporary password of user add, sends and reads', async () => {
    const { password } = JSON.parse((await user('add', MAIL, '--no-mail')).out);
    const login = await run(['login', stack.pageUrl, '--no-browser'], { lines: signingIn(password) });
    expect(login).toMatchObject({ code: 0, out: expect.stringContaining('Signed in at') });
    expect(keptLogins(folder).logins[0].clientId).toBe(stack.outputs['CliClientId']);
    const { code, out, err } = await run(['token']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(await livedata(out.trim())).toBe(200);
    const words = ['simulate', '--battery', 'boat', '--url', stack.apiUrl, '--count', '2', '--period', '10ms'];
    expect(await run(words)).toMatchObject({ code: 0, out: 'Sent 2 samples of battery boat, all acknowledged.\n' });
    expect(JSON.parse((await user('list')).out).users).toMatchObject([{ email: MAIL, status: 'active' }]);
  });

  test('signs in for no page of a stranger that names this sign-in', async () => {
    const stranger = await signInPeer();
    try {
      const { signIn } = JSON.parse(await (await fetch(new URL('config.json', stack.pageUrl))).text());
      stranger.settings.config = { apiUrl: '/api', signIn: { ...signIn, redirectUri: stranger.pageUrl } };
      expect(await run(['login', stranger.pageUrl, '--no-browser'])).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining(`does not know ${stranger.pageUrl} as a page of its own`),
      });
    } finally {
      await stranger.close();
    }
  });

  test('gets a new token for the refresh token, which is taken too', async () => {
    const first = (await run(['token'])).out;
    const second = await run(['token'], { clockAheadMs: 3_600_000 });
    expect(second).toMatchObject({ code: 0, err: expect.stringContaining('clock is 60 minutes ahead') });
    expect(second.out).not.toBe(first);
    expect(await livedata(second.out.trim())).toBe(200);
  });

  test('forgets the login at logout, since this emulator ends none (no /oauth2/revoke), and says so', async () => {
    const kept = readFileSync(loginsFile(folder));
    expect(await run(['logout', stack.pageUrl])).toMatchObject({
      code: 0,
      out: expect.stringContaining('has no way to end one; it ends with the emulator'),
    });
    expect(keptLogins(folder).logins).toEqual([]);
    writeFileSync(loginsFile(folder), kept);
  });

  test('gets a token for the machine client with its secret', async () => {
    const cognito = cognitoOf(emulator.url);
    const clientId = stack.outputs['MachineClientId'] ?? '';
    const secret = await clientSecret(cognito, stack.outputs['UserPoolId'] ?? '', clientId);
    cognito.destroy();
    const words = ['token', stack.pageUrl, '--client-id', clientId];
    const { code, out } = await run(words, { env: { AMPHORA_CLIENT_SECRET: secret } });
    expect([code, await livedata(out.trim())]).toEqual([0, 200]);
    expect(await run(words, { env: { AMPHORA_CLIENT_SECRET: 'wrong' } })).toMatchObject({ code: 2, out: '' });
  });

  test('of a user who was removed gets no new token', async () => {
    expect(JSON.parse((await user('remove', MAIL)).out)).toEqual({ email: MAIL, removed: true });
    const later = await run(['token', stack.pageUrl], { clockAheadMs: 3 * 3_600_000 });
    expect(later).toMatchObject({ code: 2, out: '', err: expect.stringContaining('sign in again') });
  });
});
