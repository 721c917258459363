/** Signing in to the local runtime, as the page, the command line and a script do it. */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { codeFor, newProof, tokensFor } from '../local/sign-in/browser.ts';
import { addUser, removeUser, type SignInAmphora, startSignedIn } from '../local/sign-in/fixture.ts';
import { type Answer, rawAnswer, sentenceOf } from './http.ts';
import { startLocal } from './local.ts';
import { LOCAL, onTargets } from './target.ts';

const START_MS = 180_000;
// Passwords are hashed dearly, and the machine may be busy.
jest.setTimeout(60_000);
const COOKIE = /^__Host-amphora-session=([\w-]{43}); Path=\/; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000$/;
const CLEARED = '__Host-amphora-session=; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0';

/** A browser at the page, which is at localhost and nowhere else. */
const fromPage = ({
  port,
  url,
}: {
  readonly port: number;
  readonly url: string;
}): Readonly<Record<string, string>> => ({
  host: `localhost:${port}`,
  origin: url,
});

type PageSession = { readonly accessToken: string; readonly expiresInS: number; readonly cookie: string };

onTargets(LOCAL, 'the sign-in of the local runtime', () => {
  let amphora: SignInAmphora;
  let page: Readonly<Record<string, string>>;

  beforeAll(async () => {
    amphora = await startSignedIn();
    page = fromPage(amphora);
  }, START_MS);

  /** As the page does it on coming back. */
  async function pageSession(on = amphora, user = amphora.user): Promise<PageSession> {
    const { verifier, challenge } = newProof();
    const code = await codeFor(on.signInUrl, on.pageProgram, user, challenge);
    return sessionOf(await on.post('/session', { code, codeVerifier: verifier }, fromPage(on)));
  }

  const refresh = (cookie: string, on = amphora): Promise<Answer> =>
    on.ask('/session/refresh', { method: 'POST', headers: { ...fromPage(on), cookie } });
  const signOut = (cookie: string): Promise<Answer> =>
    amphora.ask('/session', { method: 'DELETE', headers: { ...page, cookie } });
  const livedata = async (token: string, on = amphora): Promise<number> =>
    (await on.get('/livedata', { authorization: `Bearer ${token}` })).status;

  describe('the session of the page', () => {
    test('is told by config.json where to begin, with the scope to read alone', () => {
      expect(amphora.signIn).toEqual({
        url: amphora.signInUrl,
        clientId: expect.stringMatching(/Page/),
        cliClientId: expect.stringMatching(/CommandLine/),
        scope: 'openid battery/read',
        redirectUri: `${amphora.url}/`,
      });
    });

    test('begins with a code: an access token for the page, and a cookie that no script reads', async () => {
      const { verifier, challenge } = newProof();
      const code = await codeFor(amphora.signInUrl, amphora.pageProgram, amphora.user, challenge);
      const answer = await amphora.post('/session', { code, codeVerifier: verifier }, page);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ accessToken: expect.any(String), expiresInS: 900 });
      expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(COOKIE)]);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.text).not.toContain(COOKIE.exec(answer.headers['set-cookie']?.[0] ?? '')?.[1]);
    });

    test('reads and does not write', async () => {
      const { accessToken } = await pageSession();
      expect(await livedata(accessToken)).toBe(200);
      const authorization = `Bearer ${accessToken}`;
      expect((await amphora.post('/charge', { charge: 1 }, { authorization })).status).toBe(403);
      expect((await amphora.ask('/batteries/demo', { method: 'DELETE', headers: { authorization } })).status).toBe(403);
    });

    test('goes on by its cookie alone, and its access tokens are of the same sign-in', async () => {
      const session = await pageSession();
      const answer = await refresh(session.cookie);
      expect([answer.status, answer.headers['set-cookie']]).toEqual([200, undefined]);
      const next = sessionOf(answer);
      expect(next.expiresInS).toBe(900);
      const [first, second] = [decodeJwt(session.accessToken), decodeJwt(next.accessToken)];
      expect(second['origin_jti']).toBe(first['origin_jti']);
      expect(second.jti).not.toBe(first.jti);
      expect(await livedata(next.accessToken)).toBe(200);
    });

    test('ends with signing out: its refresh token is dead, its access token lives out its minutes', async () => {
      const session = await pageSession();
      const answer = await signOut(session.cookie);
      expect([answer.status, answer.body]).toEqual([200, { revoked: true }]);
      expect(answer.headers['set-cookie']).toEqual([CLEARED]);
      const refused = await refresh(session.cookie);
      expect([refused.status, refused.headers['set-cookie']]).toEqual([401, undefined]);
      expect(sentenceOf(refused)).toBe('the session has ended; sign in again');
      expect(await livedata(session.accessToken)).toBe(200);
    });

    test('of somebody who signs out elsewhere goes on here', async () => {
      const [here, there] = [await pageSession(), await pageSession()];
      await signOut(there.cookie);
      expect((await refresh(here.cookie)).status).toBe(200);
    });

    test('is not there without a cookie, or with one that is none of ours', async () => {
      for (const cookie of [
        '',
        'theme=dark',
        '__Host-amphora-session=',
        '__Host-amphora-session=x y',
        '__Host-amphora-session=guess',
      ]) {
        const { status, headers } = await refresh(cookie);
        expect([cookie, status, headers['set-cookie']]).toEqual([cookie, 401, undefined]);
      }
      expect((await signOut('')).body).toEqual({ revoked: false, reason: 'nobody was signed in here' });
    });

    test.each([undefined, 'http://localhost', 'http://evil.example', 'null'])(
      'is not for a request with the origin %s',
      async (origin) => {
        const { cookie } = await pageSession();
        const headers = { cookie, host: `localhost:${amphora.port}`, ...(origin === undefined ? {} : { origin }) };
        for (const [method, path] of [
          ['POST', '/session'],
          ['POST', '/session/refresh'],
          ['DELETE', '/session'],
        ] as const) {
          const answer = await amphora.ask(path, {
            method,
            headers: { ...headers, 'content-type': 'application/json' },
            body: '{}',
          });
          expect([method, path, answer.status]).toEqual([method, path, 403]);
          expect(answer.headers['set-cookie']).toBeUndefined();
        }
        expect((await refresh(cookie)).status).toBe(200);
      },
    );

    test('is not for a code of the command line, nor for a verifier of somebody else, nor for the same code twice', async () => {
      const { verifier, challenge } = newProof();
      const signedIn = (code: string, codeVerifier: string): Promise<Answer> =>
        amphora.post('/session', { code, codeVerifier }, page);
      const ofCli = await codeFor(amphora.signInUrl, amphora.cliProgram, amphora.user, challenge);
      expect((await signedIn(ofCli, verifier)).status).toBe(401);
      const stolen = await codeFor(amphora.signInUrl, amphora.pageProgram, amphora.user, challenge);
      expect((await signedIn(stolen, newProof().verifier)).status).toBe(401);
      const good = await codeFor(amphora.signInUrl, amphora.pageProgram, amphora.user, challenge);
      expect((await signedIn(good, verifier)).status).toBe(200);
      const again = await signedIn(good, verifier);
      expect([again.status, again.headers['set-cookie']]).toEqual([401, undefined]);
      expect(sentenceOf(again)).toMatch(/the code was used already, .*; sign in again/);
    });
  });

  describe('a script', () => {
    test('charges with a token of the command line, as the curl of the demo did without', async () => {
      const { accessToken } = await amphora.tokens(amphora.cliProgram);
      const answer = await amphora.post(
        '/charge',
        { charge: 10, unit: 'kW' },
        { authorization: `Bearer ${accessToken}` },
      );
      expect([answer.status, answer.body]).toEqual([200, { message: 'charge set to: 10 kW' }]);
    });

    test('removes the simulated battery with it, and nobody without', async () => {
      const { accessToken } = await amphora.tokens(amphora.cliProgram);
      const removed = (headers: Readonly<Record<string, string>>): Promise<Answer> =>
        amphora.ask('/batteries/demo', { method: 'DELETE', headers });
      expect((await removed({})).status).toBe(401);
      expect((await removed({ authorization: `Bearer ${accessToken}` })).status).toBe(204);
    });
  });

  describe('what stays open, and what does not', () => {
    test('the page, its files, the description and the health are for everybody', async () => {
      for (const path of ['/', '/docs', '/config.json', '/health', '/swagger.json'])
        expect([path, (await amphora.get(path)).status]).toEqual([path, 200]);
      expect((await amphora.get('/nothing')).status).toBe(404);
      expect((await amphora.ask('/livedata', { method: 'PUT' })).status).toBe(405);
    });

    test('MQTT over WebSocket is closed, for a page sends no token with it', async () => {
      const head =
        'HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: mqtt';
      expect(await rawAnswer(amphora.port, '/mqtt', head)).toMatch(/^HTTP\/1\.1 401 Unauthorized/);
    });

    test('the start says where to sign in and how to add somebody', () => {
      expect(amphora.out()).toContain(`sign in at ${amphora.signInUrl}`);
      expect(amphora.out()).toContain(`./amphora user add you@example.org --data ${amphora.dataDir}`);
    });
  });

  test('no token and no password is in what the runtime prints', async () => {
    const { accessToken, refreshToken } = await amphora.tokens(amphora.cliProgram);
    const { cookie } = await pageSession();
    await signOut(cookie);
    for (const secret of [accessToken, refreshToken, cookie.split('=')[1] ?? '', amphora.user.password])
      expect(`${amphora.out()}${amphora.err()}`).not.toContain(secret);
  });

  test(
    'a session outlives a restart, and its user’s removal ends it at once',
    async () => {
      const first = await startSignedIn();
      const { user, port } = first;
      const { cookie } = await pageSession(first, user);
      expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
      const second = await startSignedIn({ dataDir: first.dataDir, port, tokenMinutes: 2 });
      const answer = await refresh(cookie, second);
      expect(sessionOf(answer).expiresInS).toBe(120);
      expect(await livedata(sessionOf(answer).accessToken, second)).toBe(200);

      const other = addUser(second.dataDir, 'bob@example.org');
      const bobs = await pageSession(second, other);
      removeUser(second.dataDir);
      const ended = await refresh(cookie, second);
      expect([ended.status, ended.headers['set-cookie']]).toEqual([401, undefined]);
      await expect(tokensFor(second.signInUrl, second.cliProgram, user)).rejects.toThrow(
        'This e-mail address or this password is wrong.',
      );
      expect((await refresh(bobs.cookie, second)).status).toBe(200);
    },
    START_MS,
  );

  test(
    'without --auth there is no sign-in, and every route is open',
    async () => {
      const open = await startLocal();
      const answer = await open.post('/session', { code: 'x', codeVerifier: 'x'.repeat(43) }, fromPage(open));
      expect([answer.status, answer.body]).toEqual([404, { error: 'this stack has no sign-in' }]);
      expect((await open.get('/livedata')).status).toBe(200);
      expect(JSON.parse((await open.get('/config.json')).text)).not.toHaveProperty('signIn');
    },
    START_MS,
  );
});

function sessionOf({ status, body, headers, text }: Answer): PageSession {
  if (status !== 200) throw new Error(`no session: ${status} ${text}`);
  const { accessToken, expiresInS }: { readonly accessToken: string; readonly expiresInS: number } = {
    ...Object(body),
  };
  return { accessToken, expiresInS, cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
}
