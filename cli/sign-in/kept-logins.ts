/** What logins.json holds, and how it is read: anything may stand in a file. */
import { jsonMembers } from '../json-members.ts';

export const FILE_FORMAT = 1;

/** An access token with the time that it was got at, by this machine's clock. */
export type KeptToken = {
  readonly accessToken: string;
  readonly obtainedAtMs: number;
  readonly lifetimeMs: number;
};

export type Login = KeptToken & {
  readonly pageUrl: string;
  readonly apiUrl: string;
  readonly signInUrl: string;
  readonly clientId: string;
  readonly issuer: string;
  readonly scope: string;
  readonly user?: string;
  readonly refreshToken: string;
};

/** A machine client's token; kept since Cognito bills each one that is asked for. */
export type MachineLogin = KeptToken & {
  readonly pageUrl: string;
  readonly clientId: string;
  /** SHA-256: with another secret the token is not given out. */
  readonly secretHash: string;
};

/** The last question to a sign-in service that found no answer, for those who waited behind the one who asked. */
export type Silence = {
  /** Counted up, so that one that came while somebody waited is told from an older one, whatever the clock did. */
  readonly count: number;
  readonly signInUrl: string;
  readonly reason: string;
};

export type Kept = {
  /** The page that was signed in to last. */
  readonly lastPageUrl?: string;
  readonly logins: readonly Login[];
  readonly machines: readonly MachineLogin[];
  readonly silence?: Silence;
};

export const NOTHING_KEPT: Kept = { logins: [], machines: [] };

/** Undefined: it is none of this format. An entry that is broken counts as not there: one signs in again. */
export function keptOf(text: string): Kept | undefined {
  const { format, lastPageUrl, logins, machines, silence } = jsonMembers(text);
  const last = silenceOf(silence);
  if (format !== FILE_FORMAT || !Array.isArray(logins) || !Array.isArray(machines)) return undefined;
  return {
    ...(typeof lastPageUrl === 'string' ? { lastPageUrl } : {}),
    logins: logins.flatMap((entry) => loginOf(entry) ?? []),
    machines: machines.flatMap((entry) => machineOf(entry) ?? []),
    ...(last === undefined ? {} : { silence: last }),
  };
}

export const textOf = (kept: Kept): string => `${JSON.stringify({ format: FILE_FORMAT, ...kept }, undefined, 2)}\n`;

export const loginAt = ({ logins }: Kept, pageUrl: string): Login | undefined =>
  logins.find((login) => login.pageUrl === pageUrl);

/** With this login in place of the page's old one. */
export const withLogin = (kept: Kept, login: Login): Kept => ({
  ...kept,
  logins: [...kept.logins.filter(({ pageUrl }) => pageUrl !== login.pageUrl), login],
});

export function withoutLogin({ lastPageUrl, ...others }: Kept, pageUrl: string): Kept {
  const left = others.logins.filter((login) => login.pageUrl !== pageUrl);
  const last = lastPageUrl === pageUrl ? left.at(-1)?.pageUrl : lastPageUrl;
  return { ...others, ...(last === undefined ? {} : { lastPageUrl: last }), logins: left };
}

/** Without what any machine client was given there. */
export const withoutMachines = (kept: Kept, pageUrl: string): Kept => ({
  ...kept,
  machines: kept.machines.filter((one) => one.pageUrl !== pageUrl),
});

export const withSilence = (kept: Kept, signInUrl: string, reason: string): Kept => ({
  ...kept,
  silence: { count: (kept.silence?.count ?? 0) + 1, signInUrl, reason },
});

/** Why this service gave no answer to somebody else between these two looks; undefined: as far as known it would. */
export function silenceBetween(before: Kept, now: Kept, signInUrl: string): string | undefined {
  const { silence } = now;
  return silence?.signInUrl === signInUrl && silence.count !== before.silence?.count ? silence.reason : undefined;
}

function loginOf(entry: unknown): Login | undefined {
  const token = tokenOf(entry);
  const { pageUrl, apiUrl, signInUrl, clientId, issuer, scope, user, refreshToken } = textsOf(entry);
  if (token === undefined || pageUrl === undefined || apiUrl === undefined || signInUrl === undefined) return undefined;
  if (clientId === undefined || refreshToken === undefined) return undefined;
  const place = { pageUrl, apiUrl, signInUrl, clientId, issuer: issuer ?? '', scope: scope ?? '' };
  return { ...place, ...(user === undefined ? {} : { user }), refreshToken, ...token };
}

function machineOf(entry: unknown): MachineLogin | undefined {
  const token = tokenOf(entry);
  const { pageUrl, clientId, secretHash } = textsOf(entry);
  if (token === undefined || pageUrl === undefined || clientId === undefined || secretHash === undefined)
    return undefined;
  return { pageUrl, clientId, secretHash, ...token };
}

function tokenOf(entry: unknown): KeptToken | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  if (!('accessToken' in entry && 'obtainedAtMs' in entry && 'lifetimeMs' in entry)) return undefined;
  const { accessToken, obtainedAtMs, lifetimeMs } = entry;
  return typeof accessToken === 'string' && typeof obtainedAtMs === 'number' && typeof lifetimeMs === 'number'
    ? { accessToken, obtainedAtMs, lifetimeMs }
    : undefined;
}

function silenceOf(entry: unknown): Silence | undefined {
  if (typeof entry !== 'object' || entry === null || !('count' in entry)) return undefined;
  const { signInUrl, reason } = textsOf(entry);
  const { count } = entry;
  if (typeof count !== 'number' || signInUrl === undefined || reason === undefined) return undefined;
  return { count, signInUrl, reason };
}

/** Those members of an entry that are texts. */
function textsOf(entry: unknown): Readonly<Record<string, string | undefined>> {
  if (typeof entry !== 'object' || entry === null) return {};
  const texts = Object.entries(entry).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return Object.fromEntries(texts);
}
