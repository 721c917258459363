/** /oauth2/token and /oauth2/revoke: forms in, JSON out, errors by their codes (RFC 6749, section 5.2; RFC 7009). */
import { randomUUID } from 'node:crypto';
import { isSame } from '../access/secret.ts';
import { type Client, grantedScope } from './client.ts';
import type { Codes } from './codes.ts';
import type { Session, SignInStore } from './sign-in-store.ts';
import type { Tokens } from './tokens.ts';
import type { LocalUser, LocalUsers } from './users.ts';

export type TokenAnswer = { readonly status: 200 | 400; readonly body: Readonly<Record<string, unknown>> | undefined };

export type TokenEndpoint = {
  readonly token: (form: URLSearchParams, authorization: string | undefined) => Promise<TokenAnswer>;
  readonly revoke: (form: URLSearchParams, authorization: string | undefined) => TokenAnswer;
};

type Options = {
  readonly clients: () => readonly Client[];
  readonly codes: Codes;
  readonly store: SignInStore;
  readonly users: Pick<LocalUsers, 'byId'>;
  readonly tokens: Tokens;
  readonly nowMs: () => number;
};

export function tokenEndpoint(options: Options): TokenEndpoint {
  const { store } = options;
  return {
    token: async (form, authorization) => {
      const client = clientOf(options.clients(), form, authorization);
      if (client === undefined) return refused('invalid_client');
      switch (form.get('grant_type')) {
        case 'authorization_code':
          return byCode(options, client, form);
        case 'refresh_token':
          return byRefreshToken(options, client, form);
        case 'client_credentials':
          return byOwnName(options, client, form);
        case null:
        default:
          return refused('unsupported_grant_type');
      }
    },
    revoke: (form, authorization) => {
      const client = clientOf(options.clients(), form, authorization);
      if (client === undefined) return refused('invalid_client');
      const token = form.get('token') ?? '';
      if (token === '') return refused('invalid_request');
      // Three parts are an access token, which nobody can take back.
      if (token.split('.').length === 3) return refused('unsupported_token_type');
      store.end(token, client.id);
      return { status: 200, body: undefined };
    },
  };
}

async function byCode(options: Options, client: Client, form: URLSearchParams): Promise<TokenAnswer> {
  const { codes, store, users, nowMs } = options;
  if (!client.flows.includes('code')) return refused('unauthorized_client');
  const allowed = codes.take(form.get('code') ?? '', {
    clientId: client.id,
    redirectUri: form.get('redirect_uri') ?? '',
    verifier: form.get('code_verifier') ?? '',
  });
  const user = allowed === undefined ? undefined : users.byId(allowed.userId);
  if (allowed === undefined || user === undefined) return refused('invalid_grant');
  const { scope, authAtMs } = allowed;
  const expiresAtMs = nowMs() + client.refreshS * 1000;
  const session = { clientId: client.id, userId: user.id, scope, authAtMs, originId: randomUUID(), expiresAtMs };
  const refreshToken = store.begin(session);
  const answer = await granted(options, client, user, session);
  return { ...answer, body: { ...answer.body, refresh_token: refreshToken } };
}

// The refresh token stays the same, as Cognito's does unless its rotation is on.
async function byRefreshToken(options: Options, client: Client, form: URLSearchParams): Promise<TokenAnswer> {
  const { store, users, nowMs } = options;
  const refreshToken = form.get('refresh_token') ?? '';
  const session = store.session(refreshToken, nowMs());
  if (session?.clientId !== client.id) return refused('invalid_grant');
  const user = users.byId(session.userId);
  if (user !== undefined) return granted(options, client, user, session);
  store.end(refreshToken, client.id);
  return refused('invalid_grant');
}

async function granted(
  { tokens }: Options,
  client: Client,
  user: LocalUser,
  { scope, authAtMs, originId }: Session,
): Promise<TokenAnswer> {
  const grant = { clientId: client.id, scope, authAtMs, originId };
  const body = {
    access_token: await tokens.access(user, grant, client.accessS),
    ...(scope.split(' ').includes('openid') ? { id_token: await tokens.id(user, grant, client.accessS) } : {}),
    token_type: 'Bearer',
    expires_in: client.accessS,
  };
  return { status: 200, body };
}

async function byOwnName({ tokens }: Options, client: Client, form: URLSearchParams): Promise<TokenAnswer> {
  if (client.secret === undefined || !client.flows.includes('client_credentials'))
    return refused('unauthorized_client');
  const scope = grantedScope(form.get('scope') ?? '', client);
  if (scope === undefined) return refused('invalid_scope');
  const accessToken = await tokens.machine(client.id, scope, client.accessS);
  return { status: 200, body: { access_token: accessToken, token_type: 'Bearer', expires_in: client.accessS } };
}

/** Whoever has a secret must show it: in the form, or as Basic authorization. Whoever has none must show none. */
function clientOf(
  clients: readonly Client[],
  form: URLSearchParams,
  authorization: string | undefined,
): Client | undefined {
  const basic = /^Basic ([\w+/=]+)$/i.exec(authorization ?? '')?.[1];
  const [id = '', ...rest] = basic === undefined ? [] : Buffer.from(basic, 'base64').toString('utf8').split(':');
  const given = basic === undefined ? [form.get('client_id'), form.get('client_secret')] : [id, rest.join(':')];
  const [clientId, secret] = given;
  const client = clients.find((one) => one.id === clientId);
  if (client === undefined || form.getAll('client_id').length > 1) return undefined;
  return isSame(secret ?? '', client.secret ?? '') ? client : undefined;
}

const refused = (error: string): TokenAnswer => ({ status: 400, body: { error } });
