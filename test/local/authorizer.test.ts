/** The JWT authorizer of API Gateway, by the steps of its developer guide; forged tokens are in end-to-end/forged-tokens. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose';
import { type Authorization, jwtAuthorizer } from '../../local/authorizer.ts';

const ISSUER = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc';
const NOW_MS = Date.parse('2026-11-26T12:00:00.500Z');
const NOW_S = Math.floor(NOW_MS / 1000);

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256'] as const;

const pairs = new Map<string, Keys>();
let keys: JSONWebKeySet;

beforeAll(async () => {
  for (const alg of ALGORITHMS) pairs.set(alg, await generateKeyPair(alg, { extractable: true }));
  keys = {
    keys: await Promise.all(
      [...pairs].map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid, use: 'sig' })),
    ),
  };
});

const CLAIMS = { iss: ISSUER, client_id: 'page', scope: 'openid battery/read', iat: NOW_S, exp: NOW_S + 60 };

async function signed(claims: object, alg = 'RS256'): Promise<string> {
  const pair = pairs.get(alg);
  if (pair === undefined) throw new Error(`no key of ${alg}`);
  const payload: JWTPayload = { ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg, kid: alg }).sign(pair.privateKey);
}

async function judged(token: string | readonly string[], scopes: readonly string[] = []): Promise<Authorization> {
  const authorizer = jwtAuthorizer({
    issuer: ISSUER,
    audience: ['page', 'cli'],
    header: 'authorization',
    keys,
    nowMs: () => NOW_MS,
  });
  return authorizer({ authorization: typeof token === 'string' ? [token] : token }, scopes);
}

const what = (authorization: Authorization): string =>
  authorization.ok
    ? 'ok'
    : (/error_description="([^"]*)"/.exec(authorization.challenge)?.[1] ?? authorization.challenge);

describe('the authorizer', () => {
  test.each<readonly [string, object, string]>([
    ['a client of the audience, without aud', {}, 'ok'],
    ['another client of it', { client_id: 'cli' }, 'ok'],
    ['an aud of it', { client_id: undefined, aud: 'page' }, 'ok'],
    ['one aud of several', { client_id: undefined, aud: ['other', 'cli'] }, 'ok'],
    ['an aud of it, whatever the client is', { client_id: 'other', aud: 'page' }, 'ok'],
    ['another aud, though the client is of it', { aud: 'other' }, 'the token does not have a valid audience'],
    ['neither', { client_id: undefined }, 'the token does not have a valid audience'],
    ['a client that is a list', { client_id: ['page'] }, 'the token does not have a valid audience'],
    ['an expiry a second ahead', { exp: NOW_S + 1 }, 'ok'],
    ['an expiry now', { exp: NOW_S }, 'the token has expired'],
    ['a not-before now', { nbf: NOW_S }, 'ok'],
    ['a not-before in a second', { nbf: NOW_S + 1 }, "the token's nbf is not what it must be"],
    ['an issue in a second', { iat: NOW_S + 1 }, 'the token is from the future'],
    ['no issue', { iat: undefined }, 'ok'],
    ['no issuer', { iss: undefined }, "the token's iss is not what it must be"],
    ['no expiry', { exp: undefined }, "the token's exp is not what it must be"],
  ])('of a token with %s says: %s', async (_, changes, sentence) => {
    expect(what(await judged(`Bearer ${await signed({ ...CLAIMS, ...changes })}`))).toBe(sentence);
  });

  test.each(ALGORITHMS)('takes %s only where it is RSA with PKCS #1', async (alg) => {
    const { ok } = await judged(await signed(CLAIMS, alg));
    expect(ok).toBe(alg.startsWith('RS'));
  });

  test.each<readonly [string, object, boolean]>([
    ['scope', { scope: 'openid battery/read' }, true],
    ['scp as a text', { scope: undefined, scp: 'battery/read' }, true],
    ['scp as a list', { scope: undefined, scp: ['x', 'battery/read'] }, true],
    ['neither', { scope: undefined }, false],
    ['scope with another one', { scope: 'battery/write' }, false],
  ])('finds a scope of the route in %s', async (_, changes, isFound) => {
    const authorization = await judged(await signed({ ...CLAIMS, ...changes }), ['battery/read', 'admin']);
    expect(authorization).toMatchObject(
      isFound
        ? { ok: true, jwt: { scopes: ['battery/read'] } }
        : { ok: false, status: 403, message: 'Forbidden', challenge: expect.stringContaining('insufficient_scope') },
    );
  });

  test('of a route that wants no scope takes any token, and tells no scopes', async () => {
    expect(await judged(await signed({ ...CLAIMS, scope: undefined }))).toMatchObject({
      ok: true,
      jwt: { scopes: null },
    });
  });

  test('hands the claims over as text: lists in brackets, without what is null', async () => {
    const more = { 'cognito:groups': ['admin', 'site:home:owner'], verified: true, none: null, nested: { a: 1 } };
    expect(await judged(await signed({ ...CLAIMS, ...more }))).toMatchObject({
      ok: true,
      jwt: {
        claims: {
          iss: ISSUER,
          client_id: 'page',
          scope: 'openid battery/read',
          iat: String(NOW_S),
          exp: String(NOW_S + 60),
          'cognito:groups': '[admin site:home:owner]',
          verified: 'true',
          nested: '{"a":1}',
        },
      },
    });
    const authorization = await judged(await signed({ ...CLAIMS, ...more }));
    expect(authorization.ok && Object.keys(authorization.jwt.claims)).not.toContain('none');
  });

  test('without a token asks for one, and of two takes none', async () => {
    expect(await judged([])).toEqual({ ok: false, status: 401, message: 'Unauthorized', challenge: 'Bearer' });
    const good = await signed(CLAIMS);
    expect(what(await judged([good, good]))).toBe('the request has more than one token');
  });

  test('never repeats what is in a token', async () => {
    const secretive = await signed({ ...CLAIMS, iss: 'https://"hidden".example', aud: 'hidden', nbf: 'hidden' });
    for (const token of [secretive, `hidden.${secretive}`, 'hidden"'])
      expect(JSON.stringify(await judged(token, ['battery/read']))).not.toContain('hidden');
  });
});
