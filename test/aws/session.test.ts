/** The session's function: what it asks of a token endpoint, what it makes of a refusal, and what it never asks. */
import { describe, expect, test } from '@jest/globals';
import {
  ATTRIBUTES,
  answering,
  ask,
  CLEARED,
  CODE,
  COOKIE,
  PAGE,
  refresh,
  signIn,
  signOut,
  TOKENS,
  withEndpoint,
} from './session-fixture.ts';

describe('what it asks', () => {
  test('for a code: the code with its verifier and this very page, as the client without a secret', async () => {
    const received = await withEndpoint(answering(200, { ...TOKENS, refresh_token: 'refresh-1' }), async () => {
      expect(await signIn()).toMatchObject({
        status: 200,
        body: { accessToken: TOKENS.access_token, expiresInS: 900 },
        cookies: [`${COOKIE}=refresh-1; ${ATTRIBUTES}; Max-Age=2592000`],
      });
    });
    expect(received).toEqual([
      {
        url: '/oauth2/token',
        type: 'application/x-www-form-urlencoded',
        form: {
          grant_type: 'authorization_code',
          client_id: 'page',
          code: CODE.code,
          code_verifier: CODE.codeVerifier,
          redirect_uri: PAGE,
        },
      },
    ]);
  });

  test('for a refresh: the token of the cookie; the cookie changes when the token does, and only then', async () => {
    const received = await withEndpoint(answering(200, TOKENS), async () => {
      expect(await refresh()).toMatchObject({ status: 200, cookies: [] });
    });
    expect(received[0]?.form).toEqual({ grant_type: 'refresh_token', client_id: 'page', refresh_token: 'refresh-1' });
    await withEndpoint(answering(200, { ...TOKENS, refresh_token: 'refresh-2' }), async () => {
      expect((await refresh()).cookies).toEqual([`${COOKIE}=refresh-2; ${ATTRIBUTES}; Max-Age=2592000`]);
    });
  });

  test('for a refresh, with the cookie left in the header as emulators do: the same', async () => {
    const headers = { origin: 'https://page.example', cookie: `a=b; ${COOKIE}=refresh-1; c=d` };
    const received = await withEndpoint(answering(200, TOKENS), async () => {
      expect((await ask({ path: '/session/refresh', headers })).status).toBe(200);
    });
    expect(received[0]?.form['refresh_token']).toBe('refresh-1');
  });

  test('for signing out: that the token is revoked', async () => {
    const received = await withEndpoint(answering(200, ''), async () => {
      expect(await signOut()).toMatchObject({ status: 200, body: { revoked: true }, cookies: [CLEARED] });
    });
    expect(received).toEqual([
      {
        url: '/oauth2/revoke',
        type: 'application/x-www-form-urlencoded',
        form: { client_id: 'page', token: 'refresh-1' },
      },
    ]);
  });
});

describe('what the sign-in service refuses', () => {
  test.each([
    ['invalid_grant', 401, 'the code was used already, is too old, or was not given to this page; sign in again'],
    ['invalid_client', 400, 'the sign-in service refused the code (invalid_client); sign in again'],
    ['invalid_request', 400, 'the sign-in service refused the code (invalid_request); sign in again'],
  ])('of a code (%s) is answered %i, and sets no cookie', async (error, status, sentence) => {
    await withEndpoint(answering(400, { error }), async () => {
      expect(await signIn()).toMatchObject({ status, body: { error: sentence }, cookies: [] });
    });
  });

  test.each([
    [400, 'invalid_grant'],
    [400, 'invalid_client'],
    [401, 'invalid_client'],
  ])('of a refresh token (%i %s) ends the session', async (status, error) => {
    await withEndpoint(answering(status, { error }), async () => {
      const sentence = 'the session has ended; sign in again';
      // Its cookie stays: the answer may come after another tab has signed in.
      expect(await refresh()).toMatchObject({ status: 401, body: { error: sentence }, cookies: [] });
    });
  });

  test('when signing out is told, and the cookie goes all the same', async () => {
    await withEndpoint(answering(400, { error: 'unsupported_token_type' }), async () => {
      const { status, body, cookies } = await signOut();
      expect([status, body['revoked'], cookies]).toEqual([200, false, [CLEARED]]);
      expect(body['reason']).toContain('did not end the session (unsupported_token_type)');
    });
  });
});

describe('what never reaches the sign-in service', () => {
  const unasked = async (work: () => Promise<void>): Promise<void> => {
    expect(await withEndpoint(answering(200, { ...TOKENS, refresh_token: 'refresh-1' }), work)).toEqual([]);
  };

  test.each([
    ['POST', '/session'],
    ['POST', '/session/refresh'],
    ['DELETE', '/session'],
  ])('%s %s of another page, or without an Origin, whatever else is wrong with it', async (method, path) => {
    const origins = [
      'http://page.example',
      'https://page.example:8443',
      'https://page.example.evil',
      'null',
      '',
      undefined,
    ];
    await unasked(async () => {
      for (const origin of origins) {
        const headers: Record<string, string> = origin === undefined ? {} : { origin };
        const answer = await ask({ method, path, headers, body: 'no json', cookies: [`${COOKIE}=refresh-1`] });
        expect([origin, answer.status, answer.cookies]).toEqual([origin, 403, []]);
        expect(answer.body['error']).toContain('only the page at https://page.example may ask this');
      }
    });
  });

  test.each([
    ['no code', { codeVerifier: CODE.codeVerifier }, "'code' must be"],
    ['a code with a space', { ...CODE, code: 'a b' }, "'code' must be"],
    ['a code that is a number', { ...CODE, code: 5 }, "'code' must be"],
    ['a code of 2049 characters', { ...CODE, code: 'x'.repeat(2049) }, "'code' must be"],
    ['no verifier', { code: 'x' }, "'codeVerifier' must be"],
    ['a short verifier', { ...CODE, codeVerifier: 'v'.repeat(42) }, "'codeVerifier' must be"],
    ['a long verifier', { ...CODE, codeVerifier: 'v'.repeat(129) }, "'codeVerifier' must be"],
    ['a verifier with a line break', { ...CODE, codeVerifier: `${'v'.repeat(43)}\n` }, "'codeVerifier' must be"],
    ['null', null, "'code' must be"],
    ['a list', [], "'code' must be"],
  ])('a form with %s', async (_, body, sentence) => {
    await unasked(async () => {
      const answer = await signIn(body);
      expect([answer.status, answer.cookies]).toEqual([400, []]);
      expect(answer.body['error']).toContain(sentence);
    });
  });

  test('a body that is no JSON, that says a code twice, that is another type, or too long', async () => {
    await unasked(async () => {
      for (const body of ['', '{', `{"code":"a","code":"b","codeVerifier":"${CODE.codeVerifier}"}`])
        expect((await signIn(body)).status).toBe(400);
      const headers = { origin: 'https://page.example', 'content-type': 'text/plain' };
      expect((await ask({ body: CODE, headers })).status).toBe(415);
      expect((await signIn({ ...CODE, more: 'x'.repeat(129 * 1024) })).status).toBe(413);
    });
  });

  test('a refresh or a sign-out without a session’s cookie, among whatever other cookies', async () => {
    await unasked(async () => {
      for (const cookies of [undefined, [], ['a=b'], [`x${COOKIE}=y`], [`${COOKIE}=`], [`${COOKIE}=a"b`], [COOKIE]]) {
        const refreshed = await ask({ path: '/session/refresh', ...(cookies === undefined ? {} : { cookies }) });
        expect([refreshed.status, refreshed.cookies]).toEqual([401, []]);
        const out = await ask({ method: 'DELETE', ...(cookies === undefined ? {} : { cookies }) });
        expect([out.status, out.body['revoked'], out.cookies]).toEqual([200, false, [CLEARED]]);
      }
    });
  });
});

describe('a stack without sign-in', () => {
  test.each(['SIGN_IN_URL', 'SIGN_IN_CLIENT_ID', 'PAGE_URL'])(
    'says so, even when only %s is missing',
    async (missing) => {
      Object.assign(process.env, {
        SIGN_IN_URL: 'http://127.0.0.1:9',
        SIGN_IN_CLIENT_ID: 'page',
        PAGE_URL: PAGE,
        [missing]: '',
      });
      for (const answer of [await signIn(), await refresh(), await signOut()])
        expect([answer.status, answer.body]).toEqual([404, { error: 'this stack has no sign-in' }]);
    },
  );
});
