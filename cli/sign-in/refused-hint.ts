/** What to do about an answer of 401 or 403, by what is known of who asked and of who answered. */
import type { Bearer } from './api-access.ts';
import { localPageOf } from './page-address.ts';

// What local/access/http-access.ts names itself in its refusals. There nobody signs in.
const OWN_TOKEN_CHALLENGE = 'Bearer realm="amphora"';

/** What to do about an answer that says who asks has no right; undefined where it says something else. */
export function refusedHint(
  { status, challenge }: { readonly status: number; readonly challenge: string | null },
  asked: { readonly address: string; readonly bearer: Bearer | undefined; readonly verb: 'read' | 'write' },
): string | undefined {
  const { address, bearer, verb } = asked;
  if (status !== 401 && status !== 403) return undefined;
  if (bearer !== undefined) return status === 401 ? bearer.hint : `Who is signed in may not ${verb} there`;
  if (challenge === OWN_TOKEN_CHALLENGE)
    return 'Type the same again with AMPHORA_TOKEN=$(cat FOLDER/access-token) before it, FOLDER being its data folder; where that is on this machine, --data FOLDER in place of --url does as well';
  return `This Amphora wants a sign-in: ./amphora login ${localPageOf(address) ?? 'with the address of its page'}, or a token in AMPHORA_TOKEN`;
}
