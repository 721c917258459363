/** What the page sends when it comes back from signing in: the code, and the verifier that shows that the code is its own. */

export type CodeForm =
  | { readonly ok: true; readonly code: string; readonly codeVerifier: string }
  | { readonly ok: false; readonly reason: string };

// RFC 6749, appendix A.11: a code is visible ASCII. RFC 7636, section 4.1: a verifier is 43 to 128 unreserved characters.
const CODE = /^[\x21-\x7e]{1,2048}$/;
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

export function parseCodeForm(body: unknown): CodeForm {
  const { code, codeVerifier }: Readonly<Record<string, unknown>> = { ...Object(body) };
  if (typeof code !== 'string' || !CODE.test(code))
    return refused("'code' must be the code with which the sign-in page sent back, at most 2048 visible characters");
  if (typeof codeVerifier !== 'string' || !VERIFIER.test(codeVerifier))
    return refused(
      "'codeVerifier' must be the verifier behind the code challenge: 43 to 128 of letters, digits, - . _ ~",
    );
  return { ok: true, code, codeVerifier };
}

const refused = (reason: string): CodeForm => ({ ok: false, reason });
