/**
 * Who has signed in with this browser: for an hour, as Cognito's own cookie lasts, a second program asks for no password. In
 * memory, so that it ends with the run; the programs' own sessions do not.
 */
import { createHash, randomBytes } from 'node:crypto';

export type BrowserSession = { readonly userId: string; readonly authAtMs: number };

export type BrowserSessions = {
  /** For the header set-cookie. */
  readonly begin: (session: BrowserSession) => string;
  readonly of: (cookieHeader: string | undefined) => BrowserSession | undefined;
  /** For the header set-cookie. */
  readonly end: (cookieHeader: string | undefined) => string;
};

const NAME = 'amphora-sign-in';
const LIFE_MS = 60 * 60_000;
const MAX_SESSIONS = 1_000;
// Lax: it must come along when another site sends the browser here. Without Secure, for curl and Safari take none over http.
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Lax';

export function openBrowserSessions(nowMs: () => number): BrowserSessions {
  const byHash = new Map<string, BrowserSession>();
  return {
    begin: (session) => {
      const [oldest] = byHash.keys();
      if (byHash.size >= MAX_SESSIONS && oldest !== undefined) byHash.delete(oldest);
      const id = randomBytes(32).toString('base64url');
      byHash.set(hashOf(id), session);
      return `${NAME}=${id}; ${ATTRIBUTES}; Max-Age=${LIFE_MS / 1000}`;
    },
    of: (cookieHeader) => {
      const session = byHash.get(hashOf(idIn(cookieHeader)));
      return session !== undefined && session.authAtMs + LIFE_MS > nowMs() ? session : undefined;
    },
    end: (cookieHeader) => {
      byHash.delete(hashOf(idIn(cookieHeader)));
      return `${NAME}=; ${ATTRIBUTES}; Max-Age=0`;
    },
  };
}

function idIn(cookieHeader = ''): string {
  const own = cookieHeader.split(/;\s*/).find((cookie) => cookie.startsWith(`${NAME}=`));
  return own?.slice(NAME.length + 1) ?? '';
}

const hashOf = (id: string): string => createHash('sha256').update(id).digest('base64url');
