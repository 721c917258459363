/** Authorization codes (RFC 6749, section 4.1, with RFC 7636): in memory, for minutes, each good for one exchange. */
import { createHash, randomUUID } from 'node:crypto';

/** What was allowed, and to whom the code may be exchanged. */
export type Allowed = {
  readonly clientId: string;
  readonly redirectUri: string;
  /** S256 of the verifier. */
  readonly challenge: string;
  readonly scope: string;
  readonly userId: string;
  readonly authAtMs: number;
};

export type Codes = {
  readonly give: (allowed: Allowed) => string;
  /** Undefined: unknown, used, too old, or not for this exchange. In every case it is good for nothing after. */
  readonly take: (code: string, exchange: Exchange) => Allowed | undefined;
};

type Exchange = { readonly clientId: string; readonly redirectUri: string; readonly verifier: string };

// Cognito's codes live as long.
const LIFE_MS = 5 * 60_000;
/** More than people sign in within five minutes; the oldest goes. */
const MAX_CODES = 1_000;

export function openCodes(nowMs: () => number): Codes {
  const given = new Map<string, Allowed & { readonly untilMs: number }>();
  return {
    give: (allowed) => {
      const [oldest] = given.keys();
      if (given.size >= MAX_CODES && oldest !== undefined) given.delete(oldest);
      const code = randomUUID();
      given.set(code, { ...allowed, untilMs: nowMs() + LIFE_MS });
      return code;
    },
    take: (code, { clientId, redirectUri, verifier }) => {
      const allowed = given.get(code);
      given.delete(code);
      if (allowed === undefined || allowed.untilMs <= nowMs()) return undefined;
      const isRight =
        allowed.clientId === clientId &&
        allowed.redirectUri === redirectUri &&
        allowed.challenge === createHash('sha256').update(verifier).digest('base64url');
      return isRight ? allowed : undefined;
    },
  };
}
