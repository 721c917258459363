/**
 * API Gateway's JWT authorizer, step by step as its developer guide lists them ("Control access to HTTP APIs with JWT
 * authorizers"): what a request must carry, and what its function then learns of the caller.
 */
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';

export type JwtContext = {
  /** All as text, as API Gateway hands them over. */
  readonly claims: Readonly<Record<string, string>>;
  /** Of the route's scopes those that the token has; null of a route that asks for none. */
  readonly scopes: readonly string[] | null;
};

export type Authorization =
  | { readonly ok: true; readonly jwt: JwtContext }
  | {
      readonly ok: false;
      readonly status: 401 | 403;
      readonly message: 'Unauthorized' | 'Forbidden';
      /** For the header www-authenticate. */
      readonly challenge: string;
    };

export type AuthorizerOptions = {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** The one that carries the token, in small letters. */
  readonly header: string;
  /** As the issuer's jwks_uri has them. */
  readonly keys: JSONWebKeySet;
  readonly nowMs: () => number;
};

/** Of a request's headers, each with all its values. */
export type Authorizer = (
  headers: Readonly<Record<string, readonly string[] | undefined>>,
  routeScopes: readonly string[],
) => Promise<Authorization>;

// "Currently, only RSA-based algorithms are supported."
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

export function jwtAuthorizer({ issuer, audience, header, keys, nowMs }: AuthorizerOptions): Authorizer {
  const keyOf = createLocalJWKSet(keys);
  return async (headers, routeScopes) => {
    const scope = routeScopes.join(' ');
    // Given twice, a header's values are joined, and that is no token.
    const [value, ...others] = headers[header] ?? [];
    if (value === undefined) return unauthorized('Bearer');
    const wrong = (what: string): Authorization =>
      unauthorized(`Bearer scope="${scope}" error="invalid_token" error_description="${what}"`);
    if (others.length > 0) return wrong('the request has more than one token');
    const token = value.replace(/^Bearer\s+/i, '').trim();
    const claims = await verified(token);
    if (typeof claims === 'string') return wrong(claims);
    const granted = scopesOf(claims);
    const shared = routeScopes.filter((one) => granted.includes(one));
    if (routeScopes.length > 0 && shared.length === 0) return forbidden(scope);
    return { ok: true, jwt: { claims: asTexts(claims), scopes: routeScopes.length === 0 ? null : shared } };
  };

  // The claims, or what is wrong with the token; nothing of the token itself.
  async function verified(token: string): Promise<JWTPayload | string> {
    try {
      const { payload } = await jwtVerify(
        token,
        // Alone, jose would take a token without a key id for one of the only key.
        (protectedHeader, jws) => {
          if (typeof protectedHeader.kid !== 'string') throw new Error('the token names no key');
          return keyOf(protectedHeader, jws);
        },
        { algorithms: ALGORITHMS, issuer, currentDate: new Date(nowMs()), clockTolerance: 0, requiredClaims: ['exp'] },
      );
      if (!isOfAudience(payload)) return 'the token does not have a valid audience';
      return payload.iat !== undefined && payload.iat * 1000 > nowMs() ? 'the token is from the future' : payload;
    } catch (error) {
      return whatIsWrong(error);
    }
  }

  // "API Gateway validates client_id only if aud is not present."
  function isOfAudience({ aud, client_id: clientId }: JWTPayload): boolean {
    const given = aud === undefined ? [clientId] : [aud].flat();
    return given.some((one) => typeof one === 'string' && audience.includes(one));
  }
}

function scopesOf({ scope, scp }: JWTPayload): readonly string[] {
  return [scope, scp].flat().flatMap((one) => (typeof one === 'string' ? one.split(' ') : []));
}

// As measured on AWS by others (floci-io/floci#2011): lists in brackets, without commas; no claim that is null.
function asTexts(claims: JWTPayload): Readonly<Record<string, string>> {
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(String).join(' ')}]`;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const entries = Object.entries(claims).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, text(value)]));
}

// jose says by a code what it did not like.
function whatIsWrong(error: unknown): string {
  const { code = '', claim = '' }: { readonly code?: string; readonly claim?: string } = { ...Object(error) };
  switch (code) {
    case 'ERR_JWT_EXPIRED':
      return 'the token has expired';
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      return `the token's ${claim} is not what it must be`;
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return "the token's key is none of the issuer's";
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return "the token's signature is not the issuer's";
    case 'ERR_JOSE_ALG_NOT_ALLOWED':
      return 'the token is not signed with an RSA key';
    default:
      return 'the token is not a JSON Web Token of the issuer';
  }
}

const unauthorized = (challenge: string): Authorization => ({
  ok: false,
  status: 401,
  message: 'Unauthorized',
  challenge,
});

const forbidden = (scope: string): Authorization => ({
  ok: false,
  status: 403,
  message: 'Forbidden',
  challenge: `Bearer scope="${scope}" error="insufficient_scope" error_description="the token has none of these scopes"`,
});
