/** What a program asks of /oauth2/authorize (RFC 6749, section 4.1.1, and RFC 7636), and to whom it is told what is wrong. */
import { type Client, grantedScope } from './client.ts';

export type AuthorizeRequest = {
  readonly client: Client;
  readonly redirectUri: string;
  readonly scope: string;
  readonly challenge: string;
  readonly state: string | undefined;
};

export type Read =
  | { readonly kind: 'good'; readonly request: AuthorizeRequest }
  /** Told to the program, by sending the browser back to it. */
  | { readonly kind: 'refused'; readonly redirectUri: string }
  /** Told to the person: where the browser would be sent is nobody's, or somebody else's. */
  | { readonly kind: 'unsafe'; readonly reason: string };

const CHALLENGE = /^[\w-]{43}$/;

export function readAuthorizeRequest(query: URLSearchParams, clients: readonly Client[]): Read {
  const client = clients.find(({ id, flows }) => id === single(query, 'client_id') && flows.includes('code'));
  if (client === undefined) return { kind: 'unsafe', reason: 'the program that sent you here is not known' };
  const redirectUri = single(query, 'redirect_uri');
  if (redirectUri === undefined || !client.redirects.includes(redirectUri)) {
    const allowed = client.redirects.join(' or ');
    return { kind: 'unsafe', reason: `the address to go back to is not this program's; it may be ${allowed}` };
  }
  const state = single(query, 'state');
  const refused = (error: string, why: string): Read => ({
    kind: 'refused',
    redirectUri: sentBack(redirectUri, { error, error_description: why, state }),
  });
  const repeated = [...new Set(query.keys())].find((name) => query.getAll(name).length > 1);
  if (repeated !== undefined) return refused('invalid_request', `${repeated.slice(0, 40)} is given more than once`);
  if (query.get('response_type') !== 'code') return refused('unsupported_response_type', 'response_type must be code');
  const challenge = query.get('code_challenge') ?? '';
  if (query.get('code_challenge_method') !== 'S256' || !CHALLENGE.test(challenge))
    return refused('invalid_request', 'a code_challenge with the code_challenge_method S256 is needed');
  const scope = grantedScope(query.get('scope') ?? '', client);
  if (scope === undefined) return refused('invalid_scope', `scope may be ${client.scopes.join(' ')}`);
  return { kind: 'good', request: { client, redirectUri, scope, challenge, state } };
}

/** Where the browser goes with the answer. */
export function sentBack(redirectUri: string, members: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(redirectUri);
  for (const [name, value] of Object.entries(members)) if (value !== undefined) url.searchParams.set(name, value);
  return url.toString();
}

// A name given twice has no value: two readers could take different ones.
function single(query: URLSearchParams, name: string): string | undefined {
  const [value, ...others] = query.getAll(name);
  return others.length === 0 ? value : undefined;
}
