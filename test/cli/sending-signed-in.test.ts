import { writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { atPage } from './at-page.ts';
import { keptLogins, loginsFile } from './logging-in.ts';
import { signInPeer } from './sign-in-peer.ts';
import { loginHere, runHere, type Typing } from './terminal.ts';

const at = atPage();
beforeEach(() => void at.folder.file('rows.csv', 'timestamp,soc\n2026-01-01T00:00:00Z,50\n2026-01-01T00:00:01Z,51\n'));

const replay = (url: string, typing: Typing = {}, ...words: readonly string[]) =>
  runHere(
    at.folder,
    ['replay', 'rows.csv', '--battery', 'boat', '--url', url, '--as-recorded', '--speed', 'max', ...words],
    typing,
  );
const tokens = (): readonly (string | undefined)[] =>
  at.peer.asked.filter(({ path }) => path.endsWith('/telemetry')).map(({ authorization }) => authorization);

describe('samples over HTTP, where one has to be signed in', () => {
  test('go with the token of the login, and the page is named to look at', async () => {
    await loginHere(at.folder, at.peer);
    expect(await replay(at.peer.apiUrl)).toMatchObject({
      code: 0,
      out: `Sent 2 rows, 2 acknowledged. See them: ${at.peer.pageUrl}?battery=boat\n`,
    });
    expect(tokens()).toEqual([`Bearer ${keptLogins(at.folder).logins[0].accessToken}`]);
  });

  test("go to the API where the page's address was given", async () => {
    await loginHere(at.folder, at.peer);
    expect((await replay(at.peer.pageUrl)).code).toBe(0);
    expect(tokens()).toHaveLength(1);
  });

  test('go with a new token where the kept one is old', async () => {
    await loginHere(at.folder, at.peer);
    const kept = keptLogins(at.folder);
    const old = kept.logins[0];
    writeFileSync(loginsFile(at.folder), JSON.stringify({ ...kept, logins: [{ ...old, obtainedAtMs: 0 }] }));
    expect((await replay(at.peer.apiUrl)).code).toBe(0);
    expect(tokens()).toEqual([`Bearer ${keptLogins(at.folder).logins[0].accessToken}`]);
    expect(tokens()).not.toEqual([`Bearer ${old.accessToken}`]);
  });

  test('wait for the sign-in service that does not answer, as long as for the API', async () => {
    await loginHere(at.folder, at.peer);
    const kept = keptLogins(at.folder);
    writeFileSync(loginsFile(at.folder), JSON.stringify({ ...kept, logins: [{ ...kept.logins[0], obtainedAtMs: 0 }] }));
    at.peer.settings.instead.set('/oauth2/token', { status: 503 });
    const { code, err } = await replay(at.peer.apiUrl, {}, '--patience', '0.6');
    expect(code).toBe(2);
    expect(err).toMatch(/does not answer \(status 503\).*trying again …\n.*gave up after 1 s/s);
    expect(tokens()).toEqual([]);
  });

  test('go with AMPHORA_TOKEN before any login', async () => {
    await loginHere(at.folder, at.peer);
    expect((await replay(at.peer.apiUrl, { env: { AMPHORA_TOKEN: 'given' } })).code).toBe(0);
    expect(tokens()).toEqual(['Bearer given']);
  });

  test.each([
    ['nobody is signed in', {}, 401, 'This Amphora wants a sign-in: ./amphora login with the address of its page'],
    ['the given token is too old', { AMPHORA_TOKEN: 't' }, 401, 'The token in AMPHORA_TOKEN is not taken there'],
    ['the given token may only read', { AMPHORA_TOKEN: 't' }, 403, 'Who is signed in may not write there'],
  ])('are refused with the next step where %s', async (_, env, status, sentence) => {
    at.peer.settings.instead.set('/api/batteries/boat/telemetry', { status, body: { message: 'no' } });
    const { code, err } = await replay(at.peer.apiUrl, { env });
    expect(code).toBe(2);
    expect(err).toContain(`answered ${status}: no. ${sentence}`);
    expect(tokens()).toHaveLength(1);
  });

  test('are refused with the way to the access token where that is wanted, and nobody signs in', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="amphora"' };
    at.peer.settings.instead.set('/api/batteries/boat/telemetry', { status: 401, body: { message: 'no' }, headers });
    const { code, err } = await replay(at.peer.apiUrl);
    expect(code).toBe(2);
    expect(err).toContain('no. Type the same again with AMPHORA_TOKEN=$(cat FOLDER/access-token) before it');
    expect(err).not.toContain('login');
  });

  test('are to be seen at the file of a page that lies in a folder, as a bucket has it', async () => {
    await loginHere(at.folder, at.peer);
    const kept = keptLogins(at.folder);
    const inBucket = { ...kept.logins[0], pageUrl: `${at.peer.pageUrl}bucket/` };
    writeFileSync(loginsFile(at.folder), JSON.stringify({ ...kept, logins: [inBucket] }));
    const { out } = await replay(at.peer.apiUrl);
    expect(out).toContain(`See them: ${at.peer.pageUrl}bucket/index.html?battery=boat\n`);
  });

  test('are refused with the next step where the login is not taken', async () => {
    await loginHere(at.folder, at.peer);
    at.peer.settings.instead.set('/api/batteries/boat/telemetry', { status: 401, body: { message: 'Unauthorized' } });
    expect(await replay(at.peer.apiUrl)).toMatchObject({
      code: 2,
      err: expect.stringContaining(`sign in again with ./amphora login ${at.peer.pageUrl}`),
    });
  });

  test('take no token to another address that the API sends on to', async () => {
    const thief = await signInPeer();
    await loginHere(at.folder, at.peer);
    const location = `${thief.apiUrl}/batteries/boat/telemetry`;
    at.peer.settings.instead.set('/api/batteries/boat/telemetry', { status: 307, headers: { location } });
    expect(await replay(at.peer.apiUrl)).toMatchObject({ code: 2, err: expect.stringContaining('answered 307') });
    expect(thief.asked).toEqual([]);
    await thief.close();
  });

  test('take no login to an API that only looks like it', async () => {
    const other = await signInPeer();
    await loginHere(at.folder, at.peer);
    expect((await replay(other.apiUrl)).code).toBe(2);
    expect(other.asked.map(({ authorization }) => authorization)).toEqual([undefined]);
    await other.close();
  });

  test('that would go unencrypted with a token are warned of', async () => {
    const { err } = await replay('http://amphora.invalid/api', { env: { AMPHORA_TOKEN: 't' } });
    expect(err).toMatch(/^amphora: the token in AMPHORA_TOKEN goes to http:\/\/amphora\.invalid unencrypted;/);
  });

  test('go nowhere with a token that is none', async () => {
    expect(await replay(at.peer.apiUrl, { env: { AMPHORA_TOKEN: 'two words' } })).toMatchObject({
      code: 2,
      err: expect.stringContaining('AMPHORA_TOKEN holds characters that no token has'),
    });
  });
});
