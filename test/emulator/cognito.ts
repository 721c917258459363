/** The emulator's Cognito, as its owner, as a browser and as a script meet it. */
import { createHash, randomBytes } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { CREDENTIALS, REGION } from '../../scripts/emulator/cdklocal.ts';

export const cognitoOf = (endpoint: string): CognitoIdentityProviderClient =>
  new CognitoIdentityProviderClient({ endpoint, region: REGION, credentials: CREDENTIALS });

export type Person = { readonly email: string; readonly password: string };

/** Without a mail; with a password of their own, or a temporary one that has to be changed at the first sign-in. */
export async function addPerson(
  cognito: CognitoIdentityProviderClient,
  poolId: string,
  { email, password }: Person,
  { isTemporary = false } = {},
): Promise<void> {
  await cognito.send(
    new AdminCreateUserCommand({
      UserPoolId: poolId,
      Username: email,
      TemporaryPassword: password,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  );
  if (isTemporary) return;
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId: poolId, Username: email, Password: password, Permanent: true }),
  );
}

export async function clientSecret(
  cognito: CognitoIdentityProviderClient,
  poolId: string,
  clientId: string,
): Promise<string> {
  const command = new DescribeUserPoolClientCommand({ UserPoolId: poolId, ClientId: clientId });
  const { UserPoolClient } = await cognito.send(command);
  return UserPoolClient?.ClientSecret ?? '';
}

export type Machine = { readonly clientId: string; readonly secret: string };

/** Another client of this pool that may ask for the same scopes. */
export async function otherClient(cognito: CognitoIdentityProviderClient, poolId: string): Promise<Machine> {
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: poolId,
      ClientName: 'another',
      GenerateSecret: true,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['battery/read', 'battery/write'],
    }),
  );
  return { clientId: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret ?? '' };
}

/** A client of another pool, whose scopes have the same names. */
export async function otherPool(cognito: CognitoIdentityProviderClient): Promise<Machine> {
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'another' }));
  const UserPoolId = UserPool?.Id ?? '';
  const Scopes = ['read', 'write'].map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName }));
  await cognito.send(new CreateResourceServerCommand({ UserPoolId, Identifier: 'battery', Name: 'battery', Scopes }));
  return otherClient(cognito, UserPoolId);
}

export type TokenAnswer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/** What `/oauth2/token` says to a script. */
export async function machineToken(
  signInUrl: string,
  { clientId, secret }: Machine,
  scope?: string,
): Promise<TokenAnswer> {
  const basic = Buffer.from(`${clientId}:${secret}`).toString('base64');
  const fields = { grant_type: 'client_credentials', ...(scope === undefined ? {} : { scope }) };
  return token(signInUrl, fields, { authorization: `Basic ${basic}` });
}

export async function token(
  signInUrl: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const answer = await fetch(`${signInUrl}/oauth2/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
  });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

export type Grant = {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
};

/** A code, and what proves that it is ours. */
export type Code = { readonly code: string; readonly codeVerifier: string };

/** The address that a browser is sent to. */
export function authorizeAddress(signInUrl: string, { clientId, redirectUri, scope }: Grant, verifier: string): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state: 'state-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return `${signInUrl}/oauth2/authorize?${query.toString()}`;
}

/** Where a browser ends that goes to this address and signs in with the page's own forms; `newPassword` where it asks for one. */
export async function signedInAddress(address: string, { email, password }: Person, newPassword = ''): Promise<string> {
  let page = await (await fetch(address)).text();
  const typed = { username: email, password, new_password: newPassword, confirm_password: newPassword };
  for (let forms = 0; forms < 2; forms += 1) {
    const login = new URL('/login', address);
    const answer = await fetch(login, { method: 'POST', body: filled(page, typed), redirect: 'manual' });
    if (answer.status === 302) return answer.headers.get('location') ?? '';
    page = await answer.text();
  }
  throw new Error(`signed in with no success: ${page}`);
}

export async function signedInCode(signInUrl: string, grant: Grant, person: Person, newPassword = ''): Promise<Code> {
  const codeVerifier = randomBytes(32).toString('base64url');
  const address = authorizeAddress(signInUrl, grant, codeVerifier);
  const back = new URL(await signedInAddress(address, person, newPassword));
  if (`${back.origin}${back.pathname}` !== grant.redirectUri) throw new Error(`it led to ${back.href}`);
  if (back.searchParams.get('state') !== 'state-1') throw new Error(`the state came back changed: ${back.href}`);
  return { code: back.searchParams.get('code') ?? '', codeVerifier };
}

/** The fields of the page's form: those that it hides, and what a person types into the others. */
function filled(page: string, typed: Readonly<Record<string, string>>): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [input] of page.matchAll(/<input [^>]*>/g)) {
    const name = /name="([^"]*)"/.exec(input)?.[1] ?? '';
    const value = /value="([^"]*)"/.exec(input)?.[1] ?? typed[name] ?? '';
    fields.set(name, value.replaceAll('&amp;', '&'));
  }
  return fields;
}
