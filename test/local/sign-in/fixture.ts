/**
 * A local runtime where people sign in: what its start needs, somebody who may sign in, and tokens. For a suite that starts
 * the runtime its own way: `authFlags` and `addUser` are enough.
 */
import { join } from 'node:path';
import { openUsers } from '../../../local/sign-in/users.ts';
import type { LocalAmphora, StartOptions } from '../../end-to-end/local.ts';
import { startLocal } from '../../end-to-end/local.ts';
import { type Program, type SignedIn, tokensFor, type User } from './browser.ts';

/** `tokenMinutes` 2 is the shortest that a refresh before expiry has time for. */
export const authFlags = (tokenMinutes?: number): readonly string[] => [
  '--auth',
  '--auth-port',
  '0',
  ...(tokenMinutes === undefined ? [] : ['--token-minutes', String(tokenMinutes)]),
];

/** Somebody who may sign in, there at once for a runtime that runs on this folder. */
export function addUser(dataDir: string, email = 'ada@example.org'): User {
  const added = openUsers(join(dataDir, 'users.json')).add(email, Date.now());
  if (!added.ok) throw new Error(`${email}: ${added.reason}`);
  return { email, password: added.password };
}

export function removeUser(dataDir: string, email = 'ada@example.org'): void {
  if (!openUsers(join(dataDir, 'users.json')).remove(email)) throw new Error(`there is no ${email}`);
}

export type PageSignIn = {
  readonly url: string;
  readonly clientId: string;
  readonly cliClientId: string;
  readonly scope: string;
  readonly redirectUri: string;
};

export type SignInAmphora = LocalAmphora & {
  readonly signInUrl: string;
  readonly signIn: PageSignIn;
  readonly user: User;
  readonly pageProgram: Program;
  readonly cliProgram: Program;
  /** What this person gets as a user of the page, or of the command line. */
  readonly tokens: (program: Program, user?: User) => Promise<SignedIn>;
};

/** The address that `./amphora login` listens at; nobody does here. */
export const cliRedirect = (signInUrl: string): string => `http://localhost:8976/${new URL(signInUrl).host}/`;

export async function startSignedIn(options: StartOptions & { tokenMinutes?: number } = {}): Promise<SignInAmphora> {
  const { tokenMinutes, flags = ['--no-demo'], ...others } = options;
  const amphora = await startLocal({ ...others, flags: [...flags, ...authFlags(tokenMinutes)] });
  const { signInUrl = '' } = amphora;
  const signIn = signInOf((await amphora.get('/config.json')).text);
  const isKnown = openUsers(join(amphora.dataDir, 'users.json')).list().length > 0;
  const user = isKnown ? { email: '', password: '' } : addUser(amphora.dataDir);
  return {
    ...amphora,
    signInUrl,
    signIn,
    user,
    pageProgram: { clientId: signIn.clientId, redirectUri: signIn.redirectUri, scope: signIn.scope },
    cliProgram: { clientId: signIn.cliClientId, redirectUri: cliRedirect(signInUrl) },
    tokens: (program, by = user) => tokensFor(signInUrl, program, by),
  };
}

function signInOf(config: string): PageSignIn {
  const { signIn }: { readonly signIn: PageSignIn } = JSON.parse(config);
  return signIn;
}
