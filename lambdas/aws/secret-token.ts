/** The database's token from its secret: kept for five minutes, and fetched again when the database refuses it. */
import { log, messageOf } from './log.ts';
import { howToFill, secretText, secretUnavailable } from './secrets-manager.ts';

// A token that was exchanged in its secret is in use everywhere this long after.
const KEPT_MS = 5 * 60_000;
// While the secret still holds the refused token, or cannot be read, asking faster mends nothing.
const ASK_AGAIN_MS = 10_000;

/** A function that answers the token; given the one that the database refused, it looks whether there is another. */
export function secretToken(arn: string, nowMs: () => number): (refused?: string) => Promise<string> {
  let held: string | undefined;
  let keptUntilMs = 0;
  let refusalKnownUntilMs = 0;
  let pending: Promise<string> | undefined;

  async function fetchToken(refused: string | undefined): Promise<string> {
    try {
      const token = tokenIn(arn, await secretText(arn));
      if (token === refused) refusalKnownUntilMs = nowMs() + ASK_AGAIN_MS;
      keptUntilMs = nowMs() + KEPT_MS;
      held = token;
      return token;
    } catch (error) {
      // What the database takes is good, whatever Secrets Manager says now.
      if (held === undefined || held === refused) throw error;
      log.warn('secret-unavailable', { reason: messageOf(error) });
      keptUntilMs = nowMs() + ASK_AGAIN_MS;
      return held;
    }
  }

  return async (refused) => {
    const isGood = held === refused ? nowMs() < refusalKnownUntilMs : nowMs() < keptUntilMs;
    if (held !== undefined && isGood) return held;
    pending ??= fetchToken(refused).finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

/** The token itself, or that of {"token": "…"} as the console's key and value fields write it. */
export function tokenIn(arn: string, text: string): string {
  const token = text.trimStart().startsWith('{') ? memberOf(text) : text.trim();
  // What a header can carry; and nothing of it may stand in an error.
  if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token;
  throw secretUnavailable(arn, 'it holds no token, neither alone nor as {"token": "…"}', howToFill(arn));
}

function memberOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('token' in value)) return undefined;
    return typeof value.token === 'string' ? value.token.trim() : undefined;
  } catch {
    // Said by who calls, without the parser's words: they quote the text.
    return undefined;
  }
}
