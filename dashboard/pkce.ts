/** Proof key for code exchange (RFC 7636): a code that is stolen on its way back is of no use without the verifier. */

const BYTES = 32;

/** 43 characters that nobody guesses: a code verifier, or a state. */
export function unguessable(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(BYTES)));
}

/** The S256 challenge of a verifier. */
export async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return base64Url(new Uint8Array(digest));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
