/** Every token that is not good: 401 or 403 as API Gateway answers, and no function ever hears of it. */
import { createSecretKey, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, type JWTPayload, SignJWT } from 'jose';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { type SignInAmphora, startSignedIn } from '../local/sign-in/fixture.ts';
import type { Answer } from './http.ts';
import { LOCAL, onTargets } from './target.ts';

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
type Key = PrivateKey | Uint8Array;

// Passwords are hashed dearly, and the machine may be busy.
jest.setTimeout(60_000);

const CHARGE = { charge: 10, unit: 'kW' };
const nowS = (): number => Math.floor(Date.now() / 1000);

onTargets(LOCAL, 'the sign-in of the local runtime', () => {
  let amphora: SignInAmphora;
  let ownKey: Key;
  let foreignKey: PrivateKey;
  let publicJwk: { readonly kid: string; readonly n: string; readonly e: string; readonly kty: string };
  let good: string;

  beforeAll(async () => {
    amphora = await startSignedIn();
    // The issuer's own key, as nobody but its owner has it: so that a claim alone can be what is wrong.
    const database = new DatabaseSync(join(amphora.dataDir, 'sign-in.sqlite'), { readOnly: true });
    const jwk = JSON.parse(String(database.prepare('SELECT jwk FROM keys').get()?.['jwk']));
    database.close();
    ownKey = await importJWK({ ...jwk, alg: 'RS256' });
    foreignKey = (await generateKeyPair('RS256')).privateKey;
    const keys: { readonly keys: readonly (typeof publicJwk)[] } = JSON.parse(
      await (await fetch(`${amphora.signInUrl}/.well-known/jwks.json`)).text(),
    );
    const [first] = keys.keys;
    if (first === undefined) throw new Error('the issuer has no key');
    publicJwk = first;
    good = await signed({});
  }, 180_000);

  const claims = (): JWTPayload => ({
    sub: randomUUID(),
    token_use: 'access',
    client_id: amphora.signIn.cliClientId,
    scope: 'openid battery/read battery/write',
    iss: amphora.signInUrl,
    iat: nowS(),
    exp: nowS() + 900,
    jti: randomUUID(),
  });

  /** A token as the issuer's, with these claims changed; undefined takes one out. */
  async function signed(
    changes: JWTPayload,
    { key = ownKey, ...header }: { readonly key?: Key; readonly alg?: string; readonly kid?: string | undefined } = {},
  ): Promise<string> {
    return new SignJWT({ ...claims(), ...changes })
      .setProtectedHeader(Object({ alg: 'RS256', kid: publicJwk.kid, ...header }))
      .sign(key);
  }

  const post = (authorization: string): Promise<Answer> => amphora.post('/charge', CHARGE, { authorization });

  test('the token that all forgeries are made from is good, with Bearer before it and without', async () => {
    for (const authorization of [`Bearer ${good}`, good, `bearer ${good}`]) {
      const { status, body } = await amphora.get('/livedata', { authorization });
      expect([status, Object.keys(Object(body))]).toEqual([200, ['charge', 'discharge', 'timestamp', 'unit']]);
    }
  });

  test.each(ROUTES.map(({ method, path, access }) => [`${method} ${path}`, access] as const))(
    '%s without a token is for those whom the route table names (%s)',
    async (route, access) => {
      const [method = '', path = ''] = route.split(' ');
      const answer = await amphora.ask(path.replace('{id}', 'boat'), {
        method,
        headers: { 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: JSON.stringify(CHARGE) } : {}),
      });
      if (access === 'public') expect(answer.status).not.toBe(401);
      else {
        expect([answer.status, answer.body]).toEqual([401, { message: 'Unauthorized' }]);
        expect(answer.headers['www-authenticate']).toBe('Bearer');
      }
    },
  );

  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const withAlg = (alg: string, signature: string): string =>
    `${base64({ alg, kid: publicJwk.kid, typ: 'JWT' })}.${base64(claims())}.${signature}`;

  const FORGERIES: readonly (readonly [string, () => Promise<string> | string])[] = [
    ['for the clients of nobody here', () => signed({ client_id: 'somebody-else' })],
    ['whose client is right, but whose audience is not', () => signed({ aud: 'somebody-else' })],
    ['of another issuer', () => signed({ iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AAAAAAAAA' })],
    ['of the same issuer with a slash behind it', () => signed({ iss: `${amphora.signInUrl}/` })],
    ['that expired a second ago', () => signed({ exp: nowS() - 1 })],
    ['that never expires', () => signed(Object({ exp: undefined }))],
    ['whose expiry is a text', () => signed(Object({ exp: '9999999999' }))],
    ['that is not good before a minute from now', () => signed({ nbf: nowS() + 60 })],
    ['that was issued an hour from now', () => signed({ iat: nowS() + 3600 })],
    ['with algorithm none and no signature', () => withAlg('none', '')],
    ['with algorithm None and a good signature', () => withAlg('None', good.split('.')[2] ?? '')],
    ['of another pool, under the key id of ours', () => signed({}, { key: foreignKey })],
    ['signed by an unknown key', () => signed({}, { key: foreignKey, kid: 'unknown' })],
    ['that names no key', () => signed({}, { kid: undefined })],
    ['that brings its own key along', async () => withOwnKey()],
    [
      'whose signature is that of another token',
      async () => `${(await signed({})).split('.', 2).join('.')}.${good.split('.')[2]}`,
    ],
    ['whose claims were changed after', () => changedClaims()],
    ['that is garbage', () => 'garbage'],
    ['that is three dots', () => '...'],
    ['that is empty', () => ''],
    ['that is only Bearer', () => 'Bearer'],
    ['in Basic', () => `Basic ${Buffer.from('a:b').toString('base64')}`],
    ['with another one behind it', () => `${good}, Bearer ${good}`],
    ['that is an AWS signature', () => 'AWS4-HMAC-SHA256 Credential=A/20261126/us-east-1/execute-api/aws4_request'],
    ['of ten thousand characters', () => 'x'.repeat(10_000)],
    ['that is a refresh token', async () => (await amphora.tokens(amphora.cliProgram)).refreshToken],
  ];

  test.each(FORGERIES)('a token %s is answered 401', async (_, forge) => {
    const answer = await post(`Bearer ${await forge()}`);
    expect([answer.status, answer.body]).toEqual([401, { message: 'Unauthorized' }]);
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer scope="battery\/write" error="invalid_token" error_description="[\w'. ]+"$/,
    );
  });

  test.each(['HS256', 'HS384', 'HS512'])(
    'a token signed with %s and the public key as the secret is answered 401',
    async (alg) => {
      const spki = await exportSPKI(await publicKey());
      const secrets = [spki, spki.trim(), publicJwk.n, JSON.stringify(publicJwk)].map((text) =>
        Buffer.from(text.padEnd(64)),
      );
      for (const secret of secrets) {
        const forged = await signed({}, { key: new Uint8Array(createSecretKey(secret).export()), alg });
        expect((await post(`Bearer ${forged}`)).status).toBe(401);
      }
    },
  );

  test.each([
    ['without a scope', () => signed({ scope: undefined })],
    ['with no scope but openid', () => signed({ scope: 'openid' })],
    ['with the scope to read alone', () => signed({ scope: 'openid battery/read' })],
    [
      'with scopes that only look like it',
      () => signed({ scope: 'xbattery/write battery/writer Battery/write write' }),
    ],
    ['of the page', async () => (await amphora.tokens(amphora.pageProgram)).accessToken],
    // Its audience is right, so that only the scope keeps it out.
    ['that is the ID token of the sign-in', async () => (await amphora.tokens(amphora.cliProgram)).idToken],
  ])('a good token %s is answered 403 where the scope to write is needed', async (_, forge) => {
    const answer = await post(`Bearer ${await forge()}`);
    expect([answer.status, answer.body]).toEqual([403, { message: 'Forbidden' }]);
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope"');
  });

  test('two headers with a good token each are answered 401', async () => {
    const response = await amphora.ask('/livedata', {
      headers: Object({ authorization: [`Bearer ${good}`, `Bearer ${good}`] }),
    });
    expect(response.status).toBe(401);
  });

  test('a token in the address, in the body or in a cookie is none', async () => {
    expect((await amphora.get(`/livedata?access_token=${good}`)).status).toBe(401);
    expect((await amphora.get('/livedata', { cookie: `access_token=${good}; Authorization=${good}` })).status).toBe(
      401,
    );
    expect((await amphora.post('/charge', { ...CHARGE, access_token: good })).status).toBe(401);
  });

  test('after all of them nothing is stored, and none of their texts is in the log', async () => {
    expect(await amphora.drained()).toEqual({ stored: 0, kept: 0 });
    expect(`${amphora.out()}${amphora.err()}`).not.toContain(good.slice(0, 40));
  });

  test('the good token does what they could not', async () => {
    expect((await post(`Bearer ${good}`)).status).toBe(200);
    expect(await amphora.drained()).toEqual({ stored: 1, kept: 0 });
  });

  async function publicKey(): Promise<PrivateKey> {
    const key = await importJWK({ ...publicJwk, alg: 'RS256' }, 'RS256', { extractable: true });
    if (key instanceof Uint8Array) throw new Error('no RSA key');
    return key;
  }

  // CVE-2018-0114: a verifier that trusts the key in the token's own header.
  async function withOwnKey(): Promise<string> {
    const pair = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(pair.publicKey);
    return new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', jwk, kid: publicJwk.kid }).sign(pair.privateKey);
  }

  async function changedClaims(): Promise<string> {
    const [header, , signature] = (await signed({ scope: 'openid' })).split('.');
    return `${header}.${base64(claims())}.${signature}`;
  }
});
