/** To the sign-in page and back: the code grant of OAuth 2.0 with PKCE, and what is told of a way back that went wrong. */
import type { SignIn } from './answers.ts';
import { challengeOf, unguessable } from './pkce.ts';

const ATTEMPT_KEY = 'amphora-sign-in';
const NOTE_KEY = 'amphora-signed-out';
/** What a way back has in its address (RFC 6749, 4.1.2). */
const OURS = ['code', 'state', 'error', 'error_description', 'error_uri'];
const LONGEST_DESCRIPTION = 200;

const NOT_BEGUN_HERE = 'That sign-in was not begun in this tab, or is over already. Sign in here.';

/** The tab's own storage. A browser may forbid it: then each call throws. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export type Arrival =
  | { readonly kind: 'code'; readonly code: string; readonly codeVerifier: string }
  /** Told where nobody turns out to be signed in. */
  | { readonly kind: 'note'; readonly sentence: string };

type Attempt = { readonly state: string; readonly codeVerifier: string; readonly search: string };

/** Where to sign in; what proves the way back to be ours waits in this tab. `search`: what to come back to. */
export async function signInAddress(signIn: SignIn, search: string, storage: TabStorage): Promise<string> {
  const attempt: Attempt = { state: unguessable(), codeVerifier: unguessable(), search };
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: signIn.clientId,
    redirect_uri: signIn.redirectUri,
    scope: signIn.scope,
    state: attempt.state,
    code_challenge: await challengeOf(attempt.codeVerifier),
    code_challenge_method: 'S256',
  });
  storage.setItem(ATTEMPT_KEY, JSON.stringify(attempt));
  return `${signIn.url}/oauth2/authorize?${query}`;
}

export function signOutAddress({ url, clientId, redirectUri }: SignIn): string {
  return `${url}/logout?${new URLSearchParams({ client_id: clientId, logout_uri: redirectUri })}`;
}

/** For the page that comes back from there. */
export function leaveNote(sentence: string, storage: TabStorage): void {
  storage.setItem(NOTE_KEY, sentence);
}

/** How one came to this page. Its address is cleaned of that, and its query is the one that was left for the sign-in page. */
export function arrive(): Arrival | undefined {
  const { arrival, search } = arrivalAt(location.search, tabStorage());
  if (search !== location.search) history.replaceState(undefined, '', `${location.pathname}${search}`);
  return arrival;
}

// The very word throws where a browser forbids it.
function tabStorage(): TabStorage {
  try {
    return sessionStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
}

/** How one came to this address, and the address's own query without any of that. What was kept for it is gone then. */
export function arrivalAt(
  search: string,
  storage: TabStorage,
): { readonly arrival: Arrival | undefined; readonly search: string } {
  const query = new URLSearchParams(search);
  const [code, state, error] = [query.get('code'), query.get('state'), query.get('error')];
  if (code === null && error === null) {
    const sentence = taken(NOTE_KEY, storage);
    return { arrival: sentence === undefined ? undefined : { kind: 'note', sentence }, search };
  }
  const attempt = parseAttempt(taken(ATTEMPT_KEY, storage));
  if (attempt === undefined || attempt.state !== state) {
    for (const name of OURS) query.delete(name);
    return {
      arrival: { kind: 'note', sentence: NOT_BEGUN_HERE },
      search: query.size === 0 ? '' : `?${query}`,
    };
  }
  const arrival: Arrival =
    code !== null && error === null
      ? { kind: 'code', code, codeVerifier: attempt.codeVerifier }
      : { kind: 'note', sentence: errorSentence(error ?? '', query.get('error_description') ?? '') };
  return { arrival, search: attempt.search };
}

// The state matched, so these words are the sign-in service's own and not those of whoever made a link.
function errorSentence(error: string, description: string): string {
  if (error === 'access_denied') return 'The sign-in was not completed. Sign in when you like.';
  const words = description === '' ? error : `${error}, ${description}`;
  return `The sign-in page could not sign you in: ${words.slice(0, LONGEST_DESCRIPTION)}. Try it again.`;
}

function taken(key: string, storage: TabStorage): string | undefined {
  try {
    const text = storage.getItem(key);
    storage.removeItem(key);
    return text ?? undefined;
  } catch {
    // Nothing can have been kept either.
    return undefined;
  }
}

function parseAttempt(text: string | undefined): Attempt | undefined {
  try {
    const body: unknown = JSON.parse(text ?? 'null');
    if (typeof body !== 'object' || body === null) return undefined;
    const { state, codeVerifier, search }: Readonly<Record<string, unknown>> = { ...body };
    if (typeof state !== 'string' || typeof codeVerifier !== 'string' || typeof search !== 'string') return undefined;
    return { state, codeVerifier, search };
  } catch {
    return undefined;
  }
}
