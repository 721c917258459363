/** One sign-in with the code grant and PKCE (RFC 7636): the address to open, and what comes back from it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Refusal } from '../command.ts';
import type { SignInPlace } from './amphora-page.ts';

const SCOPE = 'openid battery/read battery/write';
// RFC 6749, 4.1.2.1, besides access_denied. Another word is shown only where the sign-in page said it.
const KNOWN_ERROR =
  /^(invalid_request|unauthorized_client|unsupported_response_type|invalid_scope|server_error|temporarily_unavailable)$/;
const ERROR_WORD = /^[a-z_]{1,40}$/;
const MAX_DESCRIPTION = 200;
const MAX_CODE = 2048;

export type Authorization = {
  readonly place: SignInPlace;
  /** As the client of the user pool has it, to the letter. */
  readonly redirectUri: string;
  readonly verifier: string;
  readonly state: string;
};

/** `random`: 32 bytes of chance as text, another one each time. */
export const newAuthorization = (place: SignInPlace, redirectUri: string, random: () => string): Authorization => ({
  place,
  redirectUri,
  verifier: random(),
  state: random(),
});

/** What is to be opened in a browser. */
export function signInAddress({ place, redirectUri, verifier, state }: Authorization, scope = SCOPE): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: place.clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return `${place.url}/oauth2/authorize?${query.toString()}`;
}

export type Returned =
  | { readonly kind: 'code'; readonly code: string }
  /** The sign-in ended without a code. */
  | ({ readonly kind: 'refused' } & Pick<Refusal, 'sentence'>)
  /**
   * An error without a state. Cognito leaves it out of some (its page "The redirect and authorization endpoint"); but any
   * page of the web can send a browser here with one, so the sentence has no word of it but those of RFC 6749.
   */
  | ({ readonly kind: 'unmarked' } & Pick<Refusal, 'sentence'>)
  /** Not the answer to this sign-in: another one's, or nobody's. */
  | { readonly kind: 'foreign' };

/** The query that the browser came back with. */
export function returned(query: URLSearchParams, { state }: Pick<Authorization, 'state'>): Returned {
  const given = query.get('state');
  const error = query.get('error');
  if (given === null && error !== null) return { kind: 'unmarked', sentence: told(error, KNOWN_ERROR, '') };
  if (given === null || !isSame(given, state)) return { kind: 'foreign' };
  if (error !== null) {
    const description = query.get('error_description') ?? '';
    return { kind: 'refused', sentence: told(error, ERROR_WORD, description) };
  }
  const code = query.get('code') ?? '';
  return code === '' || code.length > MAX_CODE ? { kind: 'foreign' } : { kind: 'code', code };
}

/** The address that the browser ended at, as a person pastes it; undefined when it is none. */
export function pastedQuery(
  line: string,
  { redirectUri }: Pick<Authorization, 'redirectUri'>,
): URLSearchParams | undefined {
  // Some browsers show no http://.
  const text = line
    .trim()
    .replace(/^(['"])(.*)\1$/, '$2')
    .replace(/^localhost:/, 'http://localhost:');
  // To the letter: at another address it is the answer of another sign-in.
  if (!text.startsWith(`${redirectUri}?`)) return undefined;
  const query = new URLSearchParams(text.slice(redirectUri.length + 1).replace(/#.*$/, ''));
  return query.has('code') || query.has('error') ? query : undefined;
}

/** What an error of the sign-in page means, with the next step. It ends on a terminal: printable ASCII, and not too much. */
function told(error: string, shown: RegExp, description: string): string {
  if (error === 'access_denied')
    return 'the sign-in was denied, or given up on the page; type the same again to sign in';
  const word = shown.test(error) ? error : 'an error';
  const words = description.replaceAll(/[^\x20-\x7e]/g, '').slice(0, MAX_DESCRIPTION);
  return `the sign-in page answered ${word}${words === '' ? '' : ` (${words})`}; type the same again, and if it stays so, deploy that Amphora again with this version`;
}

const isSame = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
