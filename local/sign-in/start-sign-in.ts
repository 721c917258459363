/** The local runtime's sign-in, whole: the issuer on its port, and the authorizer of the template's routes. */

import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { openSecret } from '../access/secret.ts';
import { type Authorization, jwtAuthorizer } from '../authorizer.ts';
import type { DataFolder } from '../data-folder.ts';
import { USERS_FILE } from '../files/registered-files.ts';
import { listenOnLoopback } from '../listen.ts';
import type { LocalLog } from '../local-log.ts';
import { createServer } from '../node-http.ts';
import { quoted } from '../shell-word.ts';
import type { TemplateRoute } from '../template.ts';
import type { TemplateAuthorizer, TemplateClient, TemplateSignIn } from '../template-sign-in.ts';
import type { Client } from './client.ts';
import { issuer } from './issuer.ts';
import { openSignInStore } from './sign-in-store.ts';
import { newSigningKey, openTokens } from './tokens.ts';
import { openUsers } from './users.ts';

/** What whoever starts it chooses. */
export type SignInOptions = {
  /** 0 picks a free one. */
  readonly port: number;
  /** Of the access tokens of people; absent: as the template says. */
  readonly tokenMinutes?: number;
};

/** Who asks a route: its headers, each with all its values. */
type Asking = { readonly headersDistinct: Readonly<Record<string, readonly string[] | undefined>> };

export type LocalSignIn = {
  /** Without a slash at its end. */
  readonly url: string;
  /** As config.json tells the page. */
  readonly forPage: {
    readonly url: string;
    readonly clientId: string;
    readonly cliClientId: string;
    readonly scope: string;
  };
  readonly isAnybody: () => boolean;
  readonly addCommand: string;
  /** For scripts that no person signs in for; undefined: the stack has no such client. */
  readonly machine: { readonly clientId: string; readonly secretFile: string } | undefined;
  /** Undefined: the route asks for nothing. */
  readonly authorize: (route: TemplateRoute, asking: Asking) => Promise<Authorization | undefined>;
  readonly close: () => Promise<void>;
};

export type StartOptions = SignInOptions & {
  readonly template: TemplateSignIn;
  readonly folder: Pick<DataFolder, 'file' | 'path'>;
  /** Known once the page's port is. */
  readonly pageUrl: () => string;
  readonly log: LocalLog;
  readonly nowMs: () => number;
};

const HEADERS_TIMEOUT_MS = 10_000;
const SECRET_FILE = 'machine-client-secret';
const SECRET_BYTES = 32;

export async function startSignIn(options: StartOptions): Promise<LocalSignIn> {
  const { template, folder, nowMs, log } = options;
  const { page, commandLine, machine } = template.clientIds;
  const pageClient = template.clients.find(({ id }) => id === page);
  if (page === undefined || commandLine === undefined || pageClient === undefined) throw noSignIn();
  const store = openSignInStore(folder.file('sign-in.sqlite'), nowMs());
  let url = '';
  const tokens = await openTokens({
    privateJwk: await store.signingKey(newSigningKey),
    issuer: () => url,
    nowMs,
  });
  const users = openUsers(folder.file(USERS_FILE));
  const secretFile = folder.file(SECRET_FILE);
  const secret = template.clients.some(({ hasSecret }) => hasSecret) ? keptSecret(secretFile) : undefined;
  const clients = (): readonly Client[] =>
    template.clients.map((one) => ({
      ...clientOf(one, { isPage: one.id === page, isCli: one.id === commandLine, url }, options),
      ...(one.hasSecret && secret !== undefined ? { secret } : {}),
    }));
  const addCommand = addUserCommand(folder.path);
  const listener = issuer({ url: () => url, clients, addCommand, users, store, tokens, nowMs, log });
  const listening = await listenOnLoopback(
    () => createServer({ headersTimeout: HEADERS_TIMEOUT_MS }, listener),
    options.port,
    '--auth-port',
  ).catch((error: unknown) => {
    store.close();
    throw error;
  });
  url = `http://localhost:${listening.port}`;
  // In place of the user pool's own address, from which nobody here has a token.
  const open = ({ audience, header }: TemplateAuthorizer) =>
    jwtAuthorizer({ issuer: url, audience, header, keys: tokens.keys, nowMs });
  const authorizers = new Map(template.authorizers.map((one) => [one.logicalId, open(one)]));
  return {
    url,
    forPage: { url, clientId: page, cliClientId: commandLine, scope: pageClient.scopes.join(' ') },
    addCommand,
    machine: machine === undefined ? undefined : { clientId: machine, secretFile },
    isAnybody: () => users.list().length > 0,
    authorize: async ({ authorization, authorizerId = '', scopes = [] }, { headersDistinct }) => {
      if (authorization === 'NONE') return undefined;
      const authorizer = authorizers.get(authorizerId);
      // A kind of authorization that is not emulated lets nobody in.
      if (authorization !== 'JWT' || authorizer === undefined) return NOBODY;
      return authorizer(headersDistinct, scopes);
    },
    close: async () => {
      await listening.close();
      store.close();
    },
  };
}

const addUserCommand = (folder: string): string => `./amphora user add you@example.org --data ${quoted(folder)}`;

const NOBODY: Authorization = { ok: false, status: 401, message: 'Unauthorized', challenge: 'Bearer' };

type Who = { readonly isPage: boolean; readonly isCli: boolean; readonly url: string };

function clientOf(one: TemplateClient, { isPage, isCli, url }: Who, { pageUrl, tokenMinutes }: StartOptions): Client {
  const minutes = one.flows.includes('code') ? (tokenMinutes ?? one.accessMinutes) : one.accessMinutes;
  // The page is here, and not where the template would have it.
  const [redirects, logouts] = isPage ? [[pageUrl()], [pageUrl()]] : [one.redirects, one.logouts];
  // Each of them names the sign-in that it belongs to.
  const hereToo = (redirect: string): string => new URL(`/${new URL(url).host}/`, redirect).href;
  return {
    id: one.id,
    redirects: isCli ? redirects.map(hereToo) : redirects,
    logouts,
    scopes: one.scopes,
    flows: (['code', 'client_credentials'] as const).filter((flow) => one.flows.includes(flow)),
    accessS: Math.round(minutes * 60),
    refreshS: Math.round(one.refreshMinutes * 60),
  };
}

const keptSecret = (file: string): string =>
  openSecret(file, {
    bytes: SECRET_BYTES,
    isRotated: false,
    remedy: 'restore it, or remove it and start again to have a new one',
  });

function noSignIn(): AmphoraError {
  return new AmphoraError(
    'setting-invalid',
    'the stack has no user pool with a client for the page and one for the command line; start without --auth',
    { retry: false },
  );
}
