/** How a command that speaks to an API over HTTP shows who it is: with AMPHORA_TOKEN, or with the login at that API's page. */
import { type Io, type Refusal, refusal } from '../command.ts';
import { accessToken, isGood } from './access-token.ts';
import type { Login } from './kept-logins.ts';
import { openLogins } from './logins.ts';
import { isSafe } from './page-address.ts';

export type Bearer = {
  readonly token: () => Promise<
    | { readonly ok: true; readonly token: string }
    /** `isFinal`: asking again later does not help. */
    | { readonly ok: false; readonly isFinal: boolean; readonly sentence: string }
  >;
  /** What to do when the API does not take the token. */
  readonly hint: string;
  /** What a shell puts the token in place of. */
  readonly inShell: string;
};

export type ApiAccess = {
  readonly ok: true;
  readonly apiUrl: string;
  /** Absent: no token is known for it, and none may be needed. */
  readonly bearer?: Bearer;
  /** Its page, as far as a login tells. */
  readonly pageUrl?: string;
};

/** `url`: the API's address, without a slash at its end; that of a page where one is signed in means its API. */
export function apiAccess(
  url: string,
  io: Pick<Io, 'env' | 'homeFolder' | 'platform' | 'nowMs' | 'err'>,
): ApiAccess | Refusal {
  const given = io.env['AMPHORA_TOKEN']?.trim() ?? '';
  if (given !== '') return accessWithToken(url, given, io);
  const logins = openLogins(io);
  const found = logins.read().logins.find(({ apiUrl, pageUrl }) => apiUrl === url || pageUrl === `${url}/`);
  if (found === undefined) return { ok: true, apiUrl: url };
  const { apiUrl, pageUrl } = found;
  let login: Login = found;
  return {
    ok: true,
    apiUrl,
    pageUrl,
    bearer: {
      token: async () => {
        if (isGood(login, io.nowMs())) return { ok: true, token: login.accessToken };
        const got = await accessToken(logins, pageUrl, io);
        if (got.ok) login = got.login;
        return got;
      },
      hint: `The login at ${pageUrl} is not taken there; sign in again with ./amphora login ${pageUrl}`,
      inShell: `$(./amphora token ${pageUrl})`,
    },
  };
}

function accessWithToken(url: string, token: string, { err }: Pick<Io, 'err'>): ApiAccess | Refusal {
  // It becomes a header. What is wrong with it is told without showing it.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    return refusal('AMPHORA_TOKEN holds characters that no token has; put the token there and nothing else');
  }
  const place = URL.parse(url);
  if (place !== null && !isSafe(place)) {
    err(`amphora: the token in AMPHORA_TOKEN goes to ${place.origin} unencrypted; whoever is between can read it\n`);
  }
  return {
    ok: true,
    apiUrl: url,
    bearer: {
      token: async () => ({ ok: true, token }),
      hint: 'The token in AMPHORA_TOKEN is not taken there; most live for minutes, and ./amphora token prints a new one',
      inShell: '$AMPHORA_TOKEN',
    },
  };
}
