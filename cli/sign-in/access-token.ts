/** An access token that is good for a while yet: the kept one, or a new one for the kept refresh token. */
import { quoted } from '../../local/shell-word.ts';
import type { Io } from '../command.ts';
import { printable, shortened } from '../printable.ts';
import { clockWarning } from './clock-warning.ts';
import {
  type Kept,
  type KeptToken,
  type Login,
  loginAt,
  silenceBetween,
  withLogin,
  withoutLogin,
  withSilence,
} from './kept-logins.ts';
import type { Changed, Logins } from './logins.ts';
import { askForTokens, type ReadTokens } from './token-service.ts';

/** With less left than this, or than half of a short life, a new one is got. */
const MARGIN_MS = 2 * 60_000;
// The clock was set back: how much of its life is over is not known.
const CLOCK_STEP_MS = 5000;
const SHOWN_CHARACTERS = 200;

export type AccessToken =
  | { readonly ok: true; readonly token: string; readonly login: Login }
  /** `isFinal`: only signing in again helps. */
  | { readonly ok: false; readonly isFinal: boolean; readonly sentence: string };

type Surroundings = Pick<Io, 'nowMs' | 'err'>;

/** Of the login at this page; many processes may ask at once, and one of them asks the sign-in service. */
export async function accessToken(logins: Logins, pageUrl: string, { nowMs, err }: Surroundings): Promise<AccessToken> {
  const before = logins.read();
  const login = loginAt(before, pageUrl);
  if (login !== undefined && isGood(login, nowMs())) return { ok: true, token: login.accessToken, login };
  if (login === undefined) return { ok: false, isFinal: true, sentence: notSignedIn(pageUrl) };
  return logins.change(async (kept): Promise<Changed<AccessToken>> => {
    const now = loginAt(kept, pageUrl);
    if (now === undefined) return { result: { ok: false, isFinal: true, sentence: notSignedIn(pageUrl) } };
    // Another process was here first.
    if (isGood(now, nowMs())) return { result: { ok: true, token: now.accessToken, login: now } };
    const silence = silenceBetween(before, kept, now.signInUrl);
    if (silence !== undefined)
      return { result: { ok: false, isFinal: false, sentence: silentSentence(now.signInUrl, silence) } };
    return refreshed(kept, now, { nowMs, err });
  });
}

export const notSignedIn = (pageUrl: string): string =>
  `nobody is signed in at ${pageUrl} on this machine; ./amphora login ${quoted(pageUrl)}`;

export const silentSentence = (signInUrl: string, reason: string): string =>
  `the sign-in service at ${signInUrl} does not answer (${reason}); type the same again later`;

export function isGood({ obtainedAtMs, lifetimeMs }: KeptToken, nowMs: number): boolean {
  const leftMs = obtainedAtMs + lifetimeMs - nowMs;
  return leftMs > Math.min(MARGIN_MS, lifetimeMs / 2) && leftMs <= lifetimeMs + CLOCK_STEP_MS;
}

async function refreshed(kept: Kept, login: Login, { nowMs, err }: Surroundings): Promise<Changed<AccessToken>> {
  const { pageUrl, signInUrl, clientId, refreshToken } = login;
  const failed = (isFinal: boolean, sentence: string): { readonly result: AccessToken } => ({
    result: { ok: false, isFinal, sentence },
  });
  const again = `sign in again: ./amphora login ${quoted(pageUrl)}`;
  const answer = await askForTokens(
    { url: signInUrl, clientId },
    { grant_type: 'refresh_token', refresh_token: refreshToken },
  );
  if (answer.kind === 'unavailable') {
    return answer.isFinal
      ? failed(true, `the sign-in service at ${signInUrl} does not answer as one (${answer.reason}); ${again}`)
      : {
          kept: withSilence(kept, signInUrl, answer.reason),
          ...failed(false, silentSentence(signInUrl, answer.reason)),
        };
  }
  // Revoked, too old, or its user is gone. It will not come to life again.
  if (answer.kind === 'refused' && answer.error === 'invalid_grant')
    return { kept: withoutLogin(kept, pageUrl), ...failed(true, `the login at ${pageUrl} has ended; ${again}`) };
  if (answer.kind === 'refused') return failed(true, `the sign-in service refused (${answer.error}); ${again}`);
  if (answer.issuer !== login.issuer)
    return failed(
      true,
      `${signInUrl} gives tokens of another issuer now, ${shortened(printable(answer.issuer), SHOWN_CHARACTERS)}; ${again}`,
    );
  const warning = clockWarning(answer.issuedAtMs, nowMs());
  if (warning !== undefined) err(`amphora: ${warning}\n`);
  const next = withTokens(login, answer, nowMs());
  return { kept: withLogin(kept, next), result: { ok: true, token: next.accessToken, login: next } };
}

/** The login with what the service gave; the refresh token stays where it gave none. */
const withTokens = (
  login: Login,
  { accessToken, refreshToken, lifetimeMs, scope }: ReadTokens,
  atMs: number,
): Login => ({
  ...login,
  accessToken,
  refreshToken: refreshToken ?? login.refreshToken,
  lifetimeMs,
  scope,
  obtainedAtMs: atMs,
});
