/** The query of GET /quarantine, judged as a whole. */
import { parseEdge } from '../telemetry/time-range.ts';
import { wordsOf } from './list-records.ts';
import type { QuarantineQuery } from './quarantine.ts';
import { recordPlace } from './record.ts';

export type ParsedQuarantineQuery =
  | { readonly ok: true; readonly query: QuarantineQuery }
  | { readonly ok: false; readonly reason: string };

export const DEFAULT_LIMIT = 100;
/** An answer of so many fits into the 6 MB that Lambda passes on, with the longest topics and reasons there are. */
export const MAX_LIMIT = 500;

export function parseQuarantineQuery(
  { battery, reason, from, to, limit, after }: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): ParsedQuarantineQuery {
  const start = from === undefined ? undefined : parseEdge("'from'", from, nowMs);
  if (start?.ok === false) return start;
  const end = to === undefined ? undefined : parseEdge("'to'", to, nowMs);
  if (end?.ok === false) return end;
  if (start !== undefined && end !== undefined && start.atMs >= end.atMs) return refused(`'from' must lie before 'to'`);
  if (reason !== undefined && wordsOf(reason) === ' ')
    return refused(`'reason' must have a word in it: one that stands in the reason`);
  const count = limit === undefined ? DEFAULT_LIMIT : wholeNumber(limit);
  if (count === undefined) return refused(`'limit' must be a whole number, 1 to ${MAX_LIMIT}`);
  if (after !== undefined && recordPlace(after) === undefined)
    return refused("'after' is not from a Link header of this request");
  return {
    ok: true,
    query: {
      ...(battery === undefined ? {} : { battery }),
      ...(reason === undefined ? {} : { reason }),
      ...(start === undefined ? {} : { fromMs: start.atMs }),
      ...(end === undefined ? {} : { toMs: end.atMs }),
      limit: count,
      ...(after === undefined ? {} : { after }),
    },
  };
}

const refused = (reason: string): ParsedQuarantineQuery => ({ ok: false, reason });

function wholeNumber(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT ? Number(text) : undefined;
}
