/** The local issuer alone, on a port and a folder of its own, with a clock that the test moves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../../local/sign-in/client.ts';
import { issuer } from '../../../local/sign-in/issuer.ts';
import { openSignInStore } from '../../../local/sign-in/sign-in-store.ts';
import { newSigningKey, openTokens } from '../../../local/sign-in/tokens.ts';
import { type LocalUsers, openUsers } from '../../../local/sign-in/users.ts';
import { type Logged, recordedLog } from '../recorded-log.ts';
import type { Program, User } from './browser.ts';

export const PAGE: Program = { clientId: 'page', redirectUri: 'http://localhost:5003/' };
export const CLI: Program = { clientId: 'cli', redirectUri: 'http://localhost:8976/' };
export const MACHINE = { clientId: 'machine', secret: 'machine-secret' };

const REFRESH_S = 30 * 24 * 3600;

export const CLIENTS: readonly Client[] = [
  {
    id: PAGE.clientId,
    redirects: [PAGE.redirectUri],
    logouts: [PAGE.redirectUri],
    scopes: ['openid', 'battery/read'],
    flows: ['code'],
    accessS: 900,
    refreshS: REFRESH_S,
  },
  {
    id: CLI.clientId,
    redirects: [CLI.redirectUri, 'http://localhost:8977/'],
    logouts: [],
    scopes: ['openid', 'battery/read', 'battery/write'],
    flows: ['code'],
    accessS: 900,
    refreshS: REFRESH_S,
  },
  {
    id: MACHINE.clientId,
    redirects: [],
    logouts: [],
    scopes: ['battery/read', 'battery/write'],
    flows: ['client_credentials'],
    secret: MACHINE.secret,
    accessS: 3600,
    refreshS: REFRESH_S,
  },
];

export type IssuerOn = {
  readonly url: string;
  readonly folder: string;
  readonly users: LocalUsers;
  readonly user: User;
  readonly logged: readonly Logged[];
  readonly clock: { nowMs: number };
  readonly close: () => Promise<void>;
};

export async function issuerOn(): Promise<IssuerOn> {
  const folder = mkdtempSync(join(tmpdir(), 'amphora-issuer-'));
  const clock = { nowMs: Date.now() };
  const nowMs = (): number => clock.nowMs;
  const store = openSignInStore(join(folder, 'sign-in.sqlite'), nowMs());
  const users = openUsers(join(folder, 'users.json'));
  const { log, logged } = recordedLog();
  const place = { url: '' };
  const tokens = await openTokens({
    privateJwk: await store.signingKey(newSigningKey),
    issuer: () => place.url,
    nowMs,
  });
  const listener = issuer({
    url: () => place.url,
    clients: () => CLIENTS,
    addCommand: './amphora user add you@example.org',
    users,
    store,
    tokens,
    nowMs,
    log,
  });
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  place.url = `http://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const added = users.add('ada@example.org', nowMs());
  if (!added.ok) throw new Error(added.reason);
  return {
    url: place.url,
    folder,
    users,
    user: { email: added.user.email, password: added.password },
    logged,
    clock,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
