/** The tokens of a user pool: signed with RS256, with the claims that Cognito puts into its own. */
import { randomUUID } from 'node:crypto';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWTPayload,
  SignJWT,
} from 'jose';
import type { LocalUser } from './users.ts';

/** What all tokens of one sign-in share. */
export type Grant = {
  readonly clientId: string;
  readonly scope: string;
  readonly authAtMs: number;
  readonly originId: string;
};

export type Tokens = {
  /** As jwks_uri answers them: the public halves. */
  readonly keys: JSONWebKeySet;
  readonly access: (user: LocalUser, grant: Grant, lifeS: number) => Promise<string>;
  readonly id: (user: LocalUser, grant: Grant, lifeS: number) => Promise<string>;
  /** Of a program, in nobody's name. */
  readonly machine: (clientId: string, scope: string, lifeS: number) => Promise<string>;
};

type Options = {
  readonly privateJwk: string;
  /** Known once its port is. */
  readonly issuer: () => string;
  readonly nowMs: () => number;
};

/** A new signing key, as JWK text. */
export async function newSigningKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return JSON.stringify(await exportJWK(privateKey));
}

export async function openTokens({ privateJwk, issuer, nowMs }: Options): Promise<Tokens> {
  const { kty = '', n = '', e = '', ...secret }: Readonly<Record<string, string>> = JSON.parse(privateJwk);
  const kid = await calculateJwkThumbprint({ kty, n, e });
  const key = await importJWK({ kty, n, e, ...secret, alg: 'RS256' });
  const signed = (claims: JWTPayload, lifeS: number): Promise<string> => {
    const iat = Math.floor(nowMs() / 1000);
    return new SignJWT({ ...claims, iss: issuer(), iat, exp: iat + lifeS, jti: randomUUID() })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(key);
  };
  return {
    keys: { keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' }] },
    // Cognito's access tokens name their client in client_id and have no aud.
    access: ({ id }, { clientId, scope, ...grant }, lifeS) =>
      signed(
        { sub: id, token_use: 'access', client_id: clientId, scope, version: 2, username: id, ...ofGrant(grant) },
        lifeS,
      ),
    id: ({ id, email }, { clientId, ...grant }, lifeS) =>
      signed(
        {
          sub: id,
          aud: clientId,
          token_use: 'id',
          email,
          email_verified: true,
          'cognito:username': id,
          ...ofGrant(grant),
        },
        lifeS,
      ),
    machine: (clientId, scope, lifeS) =>
      signed({ sub: clientId, token_use: 'access', client_id: clientId, scope, version: 2 }, lifeS),
  };
}

const ofGrant = ({ authAtMs, originId }: Pick<Grant, 'authAtMs' | 'originId'>): JWTPayload => ({
  auth_time: Math.floor(authAtMs / 1000),
  origin_jti: originId,
});
