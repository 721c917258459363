/** What the local issuer gives to whom, and what it refuses. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import {
  authorizeQuery,
  codeFor,
  newProof,
  type Program,
  postForm,
  postTo,
  type TokenAnswer,
  tokensFor,
} from './browser.ts';
import { CLI, type IssuerOn, issuerOn, MACHINE, PAGE } from './issuer-on.ts';

// Passwords are hashed dearly, and the machine may be busy.
jest.setTimeout(60_000);

const DAY_MS = 24 * 3600 * 1000;

let on: IssuerOn;

beforeAll(async () => {
  on = await issuerOn();
});
afterAll(() => on.close());

type Exchange = Readonly<Record<string, string>>;

const token = (form: Exchange, headers?: Exchange): Promise<TokenAnswer> =>
  postTo(`${on.url}/oauth2/token`, form, headers);
const revoke = (form: Exchange): Promise<TokenAnswer> => postTo(`${on.url}/oauth2/revoke`, form);
const refreshed = (refreshToken: string, clientId = PAGE.clientId): Promise<TokenAnswer> =>
  token({ grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken });
const REFUSED = { status: 400, body: { error: 'invalid_grant' } };

describe('a code', () => {
  const exchanged = (code: string, verifier: string, changes: Exchange = {}): Promise<TokenAnswer> =>
    token({
      grant_type: 'authorization_code',
      client_id: PAGE.clientId,
      redirect_uri: PAGE.redirectUri,
      code,
      code_verifier: verifier,
      ...changes,
    });
  async function newCode(program: Program = PAGE): Promise<{ readonly code: string; readonly verifier: string }> {
    const { verifier, challenge } = newProof();
    return { code: await codeFor(on.url, program, on.user, challenge), verifier };
  }

  test('is exchanged once for tokens with Cognito’s claims, and the access token names no audience', async () => {
    const { code, verifier } = await newCode();
    const { status, body } = await exchanged(code, verifier);
    expect([status, Object.keys(body).toSorted()]).toEqual([
      200,
      ['access_token', 'expires_in', 'id_token', 'refresh_token', 'token_type'],
    ]);
    const nowS = Math.floor(on.clock.nowMs / 1000);
    expect(decodeJwt(String(body['access_token']))).toEqual({
      sub: on.users.list()[0]?.id,
      username: on.users.list()[0]?.id,
      iss: on.url,
      client_id: 'page',
      token_use: 'access',
      scope: 'openid battery/read',
      version: 2,
      auth_time: nowS,
      iat: nowS,
      exp: nowS + 900,
      jti: expect.any(String),
      origin_jti: expect.any(String),
    });
    expect(decodeJwt(String(body['id_token']))).toMatchObject({
      aud: 'page',
      token_use: 'id',
      email: 'ada@example.org',
    });
    expect(decodeProtectedHeader(String(body['access_token']))).toEqual({ alg: 'RS256', kid: expect.any(String) });
    expect(await exchanged(code, verifier)).toEqual(REFUSED);
  });

  test.each<readonly [string, Exchange]>([
    ['another verifier', { code_verifier: newProof().verifier }],
    ['no verifier', { code_verifier: '' }],
    ['the challenge in place of the verifier', { code_verifier: 'challenge' }],
    ['another redirect', { redirect_uri: 'http://localhost:5003/other' }],
    ['no redirect', { redirect_uri: '' }],
    ['another client', { client_id: CLI.clientId, redirect_uri: PAGE.redirectUri }],
  ])('with %s is refused, and good for nothing after', async (_, changes) => {
    const { verifier, challenge } = newProof();
    const code = await codeFor(on.url, PAGE, on.user, challenge);
    const wrong = changes['code_verifier'] === 'challenge' ? { code_verifier: challenge } : changes;
    expect(await exchanged(code, verifier, wrong)).toEqual(REFUSED);
    expect(await exchanged(code, verifier)).toEqual(REFUSED);
  });

  test('that is five minutes old is refused', async () => {
    const [fresh, old] = [await newCode(), await newCode()];
    on.clock.nowMs += 5 * 60_000 - 1;
    expect((await exchanged(fresh.code, fresh.verifier)).status).toBe(200);
    on.clock.nowMs += 1;
    expect(await exchanged(old.code, old.verifier)).toEqual(REFUSED);
  });

  test('that nobody gave is refused', async () => {
    for (const code of ['', 'guess', '__proto__']) expect(await exchanged(code, newProof().verifier)).toEqual(REFUSED);
  });

  test('of somebody who was removed meanwhile is refused', async () => {
    const added = on.users.add('brief@example.org', on.clock.nowMs);
    if (!added.ok) throw new Error(added.reason);
    const { verifier, challenge } = newProof();
    const user = { email: 'brief@example.org', password: added.password };
    const code = await codeFor(on.url, PAGE, user, challenge);
    on.users.remove(user.email);
    expect(await exchanged(code, verifier)).toEqual(REFUSED);
  });
});

describe('a refresh token', () => {
  test('is good for thirty days, for its own client, and stays the same', async () => {
    const { refreshToken, accessToken } = await tokensFor(on.url, PAGE, on.user);
    on.clock.nowMs += 29 * DAY_MS;
    const { status, body } = await refreshed(refreshToken);
    expect([status, body['refresh_token']]).toEqual([200, undefined]);
    const [first, next] = [decodeJwt(accessToken), decodeJwt(String(body['access_token']))];
    expect([next['auth_time'], next['origin_jti']]).toEqual([first['auth_time'], first['origin_jti']]);
    expect(await refreshed(refreshToken, CLI.clientId)).toEqual(REFUSED);
    on.clock.nowMs += DAY_MS;
    expect(await refreshed(refreshToken)).toEqual(REFUSED);
  });

  test('that is revoked is dead; another client cannot revoke it, and what is none is no error', async () => {
    const { refreshToken } = await tokensFor(on.url, PAGE, on.user);
    expect((await revoke({ client_id: CLI.clientId, token: refreshToken })).status).toBe(200);
    expect((await refreshed(refreshToken)).status).toBe(200);
    expect(await revoke({ client_id: PAGE.clientId, token: refreshToken })).toEqual({ status: 200, body: {} });
    expect(await refreshed(refreshToken)).toEqual(REFUSED);
    expect((await revoke({ client_id: PAGE.clientId, token: refreshToken })).status).toBe(200);
  });

  test('is what is revoked, not an access token, and not nothing', async () => {
    const { accessToken } = await tokensFor(on.url, PAGE, on.user);
    const ofPage = { client_id: PAGE.clientId };
    expect(await revoke({ ...ofPage, token: accessToken })).toEqual({
      status: 400,
      body: { error: 'unsupported_token_type' },
    });
    expect(await revoke(ofPage)).toEqual({ status: 400, body: { error: 'invalid_request' } });
    expect(await revoke({ token: 'x' })).toEqual({ status: 400, body: { error: 'invalid_client' } });
  });

  test('of somebody who was removed is dead', async () => {
    const added = on.users.add('gone@example.org', on.clock.nowMs);
    if (!added.ok) throw new Error(added.reason);
    const user = { email: 'gone@example.org', password: added.password };
    const { refreshToken } = await tokensFor(on.url, PAGE, user);
    expect((await refreshed(refreshToken)).status).toBe(200);
    on.users.remove(user.email);
    expect(await refreshed(refreshToken)).toEqual(REFUSED);
  });

  test('is kept as a hash, in a file for its owner’s eyes', async () => {
    const { refreshToken } = await tokensFor(on.url, PAGE, on.user);
    const { readFileSync } = await import('node:fs');
    for (const name of ['sign-in.sqlite', 'sign-in.sqlite-wal']) {
      expect([name, statSync(join(on.folder, name)).mode & 0o777]).toEqual([name, 0o600]);
      expect(readFileSync(join(on.folder, name), 'latin1')).not.toContain(refreshToken);
    }
  });
});

describe('a machine', () => {
  const basic = (secret: string): Exchange => ({
    authorization: `Basic ${Buffer.from(`${MACHINE.clientId}:${secret}`).toString('base64')}`,
  });

  test('gets a token in its own name, for an hour, by its secret in the form or in Basic', async () => {
    const inForm = await token({
      grant_type: 'client_credentials',
      client_id: 'machine',
      client_secret: MACHINE.secret,
    });
    const inBasic = await token({ grant_type: 'client_credentials', scope: 'battery/read' }, basic(MACHINE.secret));
    expect([inForm.status, inForm.body['expires_in'], inForm.body['refresh_token']]).toEqual([200, 3600, undefined]);
    const claims = [inForm, inBasic].map(({ body }) => decodeJwt(String(body['access_token'])));
    expect(claims.map(({ sub, scope }) => [sub, scope])).toEqual([
      ['machine', 'battery/read battery/write'],
      ['machine', 'battery/read'],
    ]);
  });

  test.each<readonly [string, Exchange, Exchange]>([
    ['without a secret', { client_id: 'machine' }, {}],
    ['with a wrong secret', { client_id: 'machine', client_secret: 'wrong' }, {}],
    ['with a wrong secret in Basic', {}, basic('wrong')],
    ['as the page, which has none', { client_id: 'page', client_secret: 'x' }, {}],
    ['as nobody', { client_id: 'nobody' }, {}],
  ])('%s gets none', async (_, form, headers) => {
    expect(await token({ grant_type: 'client_credentials', ...form }, headers)).toEqual({
      status: 400,
      body: { error: 'invalid_client' },
    });
  });

  test('gets no scope that is not its own, and a program of people no token in its own name', async () => {
    const asMachine = { grant_type: 'client_credentials', client_id: 'machine', client_secret: MACHINE.secret };
    expect((await token({ ...asMachine, scope: 'openid' })).body).toEqual({ error: 'invalid_scope' });
    expect((await token({ grant_type: 'client_credentials', client_id: 'page' })).body).toEqual({
      error: 'unauthorized_client',
    });
    for (const grant of ['password', 'implicit', ''])
      expect((await token({ grant_type: grant, client_id: 'page' })).body).toEqual({ error: 'unsupported_grant_type' });
  });
});

describe('the address of tokens', () => {
  test('takes forms alone, of a bounded length, and from no page of another origin', async () => {
    const address = `${on.url}/oauth2/token`;
    const ask = async (headers: Exchange, body: string): Promise<number> =>
      (await fetch(address, { method: 'POST', headers, body })).status;
    expect(await ask({ 'content-type': 'application/json' }, '{"grant_type":"refresh_token"}')).toBe(400);
    expect(await ask({ 'content-type': 'application/x-www-form-urlencoded' }, `x=${'y'.repeat(20_000)}`)).toBe(400);
    expect(
      await ask({ 'content-type': 'application/x-www-form-urlencoded', origin: 'http://evil.example' }, 'x=y'),
    ).toBe(403);
    expect((await fetch(address)).status).toBe(404);
  });

  test('tells where everything is, as OpenID Connect Discovery has it, and its public key alone', async () => {
    const text = async (path: string): Promise<string> => (await fetch(`${on.url}${path}`)).text();
    expect(JSON.parse(await text('/.well-known/openid-configuration'))).toMatchObject({
      issuer: on.url,
      token_endpoint: `${on.url}/oauth2/token`,
      jwks_uri: `${on.url}/.well-known/jwks.json`,
      code_challenge_methods_supported: ['S256'],
    });
    const { keys }: { readonly keys: readonly object[] } = JSON.parse(await text('/.well-known/jwks.json'));
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([['alg', 'e', 'kid', 'kty', 'n', 'use']]);
  });
});

test('a form that is asked for with a code, and one without, lead on alike: state comes back as it went', async () => {
  for (const state of ['a b&c=d#e', 'ü'.repeat(100), undefined]) {
    const query = new URLSearchParams(authorizeQuery(CLI, newProof().challenge));
    if (state === undefined) query.delete('state');
    else query.set('state', state);
    const { location } = await postForm(on.url, query.toString(), on.user);
    expect([location?.searchParams.get('state') ?? undefined, location?.origin]).toEqual([
      state,
      'http://localhost:8976',
    ]);
  }
});
