/** Who reaches the deployed API: whoever has a token for it, and nobody else. */
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { ROUTES } from '../../lambdas/api/routes.ts';
import { ACCESS_TOKEN, hasSignIn, own } from './run.ts';
import { stackClient } from './stack-in-use.ts';

const nobody = stackClient({});
const somebody = stackClient();

const closed = ROUTES.filter(({ access }) => access !== 'public').map(({ method, path }) => ({ method, path }));

describe('public', () => {
  test('are /health, /swagger.json, and the answers for what no route has', async () => {
    expect((await nobody.get('/health')).status).toBe(200);
    expect((await nobody.get('/swagger.json')).body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
    expect((await nobody.get('/nothing-here')).status).toBe(404);
    const wrong = await nobody.get('/charge');
    expect({ status: wrong.status, allow: wrong.headers['allow'] }).toEqual({ status: 405, allow: 'POST' });
  });
});

(hasSignIn ? describe : describe.skip)(hasSignIn ? 'signed in' : 'not tested, for this stack has no sign-in:', () => {
  const [head = '', claims = '', signature = ''] = ACCESS_TOKEN.split('.');
  const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString() || '{}');
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const status = async (token: string): Promise<number> =>
    (await nobody.get('/batteries', { authorization: `Bearer ${token}` })).status;

  test.each(closed)('without a token $method $path is 401', async ({ method, path }) => {
    const body = method === 'POST' ? { body: '{"charge":1,"discharge":1,"soc":1}' } : {};
    const asked = { method, headers: { 'content-type': 'application/json' }, ...body };
    expect((await nobody.ask(path.replace('{id}', own('nobody')), asked)).status).toBe(401);
  });

  test('with the run’s own token it answers', async () => {
    expect((await somebody.get('/batteries')).status).toBe(200);
  });

  test.each(['', 'x', 'a.b.c', '..', 'null'])('a token of the text %p is 401', async (text) => {
    expect(await status(text)).toBe(401);
  });

  test('of no algorithm it is 401', async () => {
    expect(await status(`${encoded({ ...json(head), alg: 'none' })}.${claims}.`)).toBe(401);
  });

  test('signed by HS256, or by another key under the known id, it is 401', async () => {
    const changed = `${encoded({ ...json(head), alg: 'HS256' })}.${claims}`;
    expect(await status(`${changed}.${createHmac('sha256', 'key').update(changed).digest('base64url')}`)).toBe(401);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const forged = new SignJWT(json(claims)).setProtectedHeader({ alg: 'RS256', kid: String(json(head).kid) });
    expect(await status(await forged.sign(privateKey))).toBe(401);
  });

  test('with claims that were changed after it was signed it is 401', async () => {
    expect(await status(`${head}.${encoded({ ...json(claims), exp: 4_102_444_800 })}.${signature}`)).toBe(401);
  });

  test('a session is not begun, gone on with or ended from another page', async () => {
    const foreign = { origin: 'https://evil.example', 'content-type': 'application/json' };
    const body = JSON.stringify({ code: 'x', codeVerifier: 'x'.repeat(43) });
    expect((await nobody.ask('/session', { method: 'POST', headers: foreign, body })).status).toBe(403);
    expect((await nobody.ask('/session/refresh', { method: 'POST', headers: foreign })).status).toBe(403);
    expect((await nobody.ask('/session', { method: 'DELETE', headers: foreign })).status).toBe(403);
  });
});
