/** The session's function before a sign-in service that does what it should not: nobody is signed out, nothing leaks. */
import type { RequestListener } from 'node:http';
import { describe, expect, jest, test } from '@jest/globals';
import { freePort } from '../local/peers.ts';
import {
  answering,
  CLEARED,
  PAGE,
  printed,
  refresh,
  signIn,
  signOut,
  TOKENS,
  withEndpoint,
} from './session-fixture.ts';

/** A redirect that is followed would take the token along to wherever it leads. */
const redirecting: RequestListener = (request, response) =>
  void response.writeHead(307, { location: `http://${request.headers.host}/elsewhere` }).end();

const MISBEHAVING: readonly (readonly [string, RequestListener, RegExp])[] = [
  ['answers 500', answering(500, 'oops'), /: status 500;/],
  ['answers 503 in HTML', answering(503, '<h1>Service Unavailable</h1>'), /: status 503;/],
  ['answers 429', answering(429, { error: 'invalid_grant' }), /: status 429;/],
  ['redirects', redirecting, /: status 307;/],
  ['answers 404 in HTML, as a web server that is none', answering(404, '<h1>404</h1>'), /: status 404;/],
  ['answers 400 with a text for an error', answering(400, { error: 'A Sentence.' }), /: status 400;/],
  ['answers 200 with nothing', answering(200, ''), /no access token/],
  ['answers 200 with garbage', answering(200, '{"access_token":'), /no access token/],
  ['answers 200 with a list', answering(200, []), /no access token/],
  ['answers 200 with null', answering(200, 'null'), /no access token/],
  ['gives a token that is a number', answering(200, { ...TOKENS, access_token: 5 }), /no access token/],
  ['gives a token with a line break', answering(200, { ...TOKENS, access_token: 'a\r\nb' }), /no access token/],
  ['gives a token that has expired', answering(200, { ...TOKENS, expires_in: 0 }), /without its lifetime/],
  ['gives a token without an end', answering(200, { ...TOKENS, expires_in: undefined }), /without its lifetime/],
  ['answers without end', (_request, response) => pour(response), /more than \d+ bytes/],
  ['hangs up', (request) => void request.socket.destroy(), /socket hang up|ECONNRESET/],
  ['hangs up in the middle', (_request, response) => halfAnswer(response), /aborted|ECONNRESET/],
];

describe('a sign-in service that misbehaves', () => {
  test.each(MISBEHAVING)('and %s: 503 with when to try again, and the session stays', async (_, listener, why) => {
    const received = await withEndpoint(listener, async () => {
      for (const answer of [await refresh(), await signIn()]) {
        expect(answer).toMatchObject({ status: 503, cookies: [], headers: { 'retry-after': '5' } });
        expect(answer.body['error']).toMatch(/^the sign-in service cannot be asked: .*; try again$/);
        expect(answer.body['error']).toMatch(why);
      }
    });
    expect(received.map(({ url }) => url)).toEqual(['/oauth2/token', '/oauth2/token']);
    expect(printed.join('\n')).not.toMatch(/refresh-1|a-code|vvvvv|access\.token/);
  });

  test('and says nothing: 503 well before the function’s own end, and signing out is told that it may not be', async () => {
    // The clock of the limit is the test's own: it runs out once both questions are there.
    const limits: { readonly afterMs: number; readonly clock: AbortController }[] = [];
    jest.spyOn(AbortSignal, 'timeout').mockImplementation((afterMs) => {
      const clock = new AbortController();
      limits.push({ afterMs, clock });
      return clock.signal;
    });
    const bothAsked = Promise.withResolvers<void>();
    let asked = 0;
    await withEndpoint(
      () => {
        asked += 1;
        if (asked === 2) bothAsked.resolve();
      },
      async () => {
        const answers = Promise.all([refresh(), signOut()]);
        await bothAsked.promise;
        expect(limits.map(({ afterMs }) => afterMs)).toEqual([5_000, 5_000]);
        for (const { clock } of limits) clock.abort(new DOMException('timed out', 'TimeoutError'));
        const [refreshed, out] = await answers;
        expect(refreshed.status).toBe(503);
        expect(out).toMatchObject({ status: 200, body: { revoked: false }, cookies: [CLEARED] });
      },
    );
    expect(printed.join('\n')).toContain('session-not-revoked');
  });

  test('and is not there: the same', async () => {
    Object.assign(process.env, {
      SIGN_IN_URL: `http://127.0.0.1:${await freePort()}`,
      SIGN_IN_CLIENT_ID: 'page',
      PAGE_URL: PAGE,
    });
    expect((await refresh()).status).toBe(503);
    expect((await signOut()).body['revoked']).toBe(false);
  });

  test('and gives no refresh token with a code, or one that no cookie can carry: nobody is signed in', async () => {
    for (const token of [undefined, 'a;b', 'a b', 'ü', 'x'.repeat(4_001)]) {
      await withEndpoint(answering(200, { ...TOKENS, refresh_token: token }), async () => {
        expect(await signIn()).toMatchObject({ status: 503, cookies: [] });
      });
    }
  });
});

function pour(response: Parameters<RequestListener>[1]): void {
  response.writeHead(200);
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
  };
  response.on('drain', more);
  more();
}

function halfAnswer(response: Parameters<RequestListener>[1]): void {
  response.writeHead(200, { 'content-length': 1000 });
  response.write('{"access_token":');
  setImmediate(() => response.destroy());
}
