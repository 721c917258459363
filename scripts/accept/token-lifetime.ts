/** How long a token holds that a person has given: no longer than the quarter of an hour that the stack allows. */
import { refused } from '../refused.ts';

export type Needed = { readonly nowMs: number; readonly neededMs: number };

const MINUTE_MS = 60_000;
const LASTS_LONGER = 'a machine client (-c machineClient=true), whose token is used without AMPHORA_TOKEN, has an hour';

/** What must be known before the tests begin; throws when it is of no use any more. */
export function lifetimeNotice(token: string, { nowMs, neededMs }: Needed): string | undefined {
  const endsAtMs = endOf(token);
  if (endsAtMs === undefined) return undefined;
  const leftMs = endsAtMs - nowMs;
  if (leftMs <= 0)
    throw refused(`the token in AMPHORA_TOKEN has ended; take a new one (./amphora token PAGE); ${LASTS_LONGER}`);
  if (leftMs >= neededMs) return undefined;
  const minutes = Math.floor(leftMs / MINUTE_MS);
  return `The token in AMPHORA_TOKEN holds for ${minutes} minutes more, and the tests may take ${neededMs / MINUTE_MS}: what is refused with 401 after that is no finding; ${LASTS_LONGER}.`;
}

/** Undefined where the token tells none: then the API says what it is worth. */
function endOf(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const isObject = typeof claims === 'object' && claims !== null;
    return isObject && 'exp' in claims && typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
