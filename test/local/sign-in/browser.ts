/** A browser's part in a sign-in, played over HTTP: it follows where it is sent, keeps cookies, and fills in the form. */
import { createHash, randomBytes } from 'node:crypto';

export type User = { readonly email: string; readonly password: string };

export type Program = {
  readonly clientId: string;
  readonly redirectUri: string;
  /** Absent: all that the client may have. */
  readonly scope?: string;
};

export type Proof = { readonly verifier: string; readonly challenge: string };

/** RFC 7636: a verifier and its S256. */
export function newProof(): Proof {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export function authorizeQuery({ clientId, redirectUri, scope }: Program, challenge: string, state = 'state'): string {
  return new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    ...(scope === undefined ? {} : { scope }),
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }).toString();
}

export type FormAnswer = {
  readonly status: number;
  /** Where the browser is sent. */
  readonly location: URL | undefined;
  readonly cookie: string;
  readonly html: string;
  readonly headers: Headers;
};

/** Posts the form as the sign-in page would. */
export async function postForm(
  signInUrl: string,
  query: string,
  { email, password }: User,
  headers: Readonly<Record<string, string>> = { origin: signInUrl },
): Promise<FormAnswer> {
  const response = await fetch(`${signInUrl}/login?${query}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ username: email, password }).toString(),
  });
  const location = response.headers.get('location');
  return {
    status: response.status,
    location: location === null ? undefined : new URL(location, signInUrl),
    cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '',
    html: await response.text(),
    headers: response.headers,
  };
}

/** The code that the program gets when this person signs in. */
export async function codeFor(signInUrl: string, program: Program, user: User, challenge: string): Promise<string> {
  const { location, html } = await postForm(signInUrl, authorizeQuery(program, challenge), user);
  const code = location?.searchParams.get('code');
  if (code === null || code === undefined) throw new Error(`no code came back: ${html}`);
  return code;
}

export type TokenAnswer = {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
};

export async function postTo(
  address: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : { ...Object(JSON.parse(text)) } };
}

export type SignedIn = { readonly accessToken: string; readonly refreshToken: string; readonly idToken: string };

/** The tokens of a program that exchanges its own code. */
export async function tokensFor(signInUrl: string, program: Program, user: User): Promise<SignedIn> {
  const { verifier, challenge } = newProof();
  const code = await codeFor(signInUrl, program, user, challenge);
  const { status, body } = await postTo(`${signInUrl}/oauth2/token`, {
    grant_type: 'authorization_code',
    client_id: program.clientId,
    redirect_uri: program.redirectUri,
    code,
    code_verifier: verifier,
  });
  if (status !== 200) throw new Error(`no tokens: ${status} ${JSON.stringify(body)}`);
  return {
    accessToken: String(body['access_token']),
    refreshToken: String(body['refresh_token']),
    idToken: String(body['id_token']),
  };
}
