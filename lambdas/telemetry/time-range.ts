/** `begin` and `end` of a question, parsed to instants; nothing of their text goes on to a database. */
import { formatInstant, parseInstant } from './instant.ts';

/** [fromMs, toMs), milliseconds since 1970. */
export type TimeRange = { readonly fromMs: number; readonly toMs: number };

export type ParsedRange =
  | { readonly ok: true; readonly range: TimeRange }
  | { readonly ok: false; readonly reason: string };

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const BACK = /^-(\d{1,9})([smhdw])$/;
export const MAX_RANGE_MS = 31 * UNIT_MS.d;
const FORM = 'use -<number><s|m|h|d|w> such as -1h, now(), or RFC 3339 such as 2026-01-31T12:00:00Z';

/** What a refusal calls the two. */
export type EdgeNames = { readonly begin: string; readonly end: string };

/** Absent and empty mean the defaults, the last hour. */
export function parseRange(
  begin: string | undefined,
  end: string | undefined,
  nowMs: number,
  names: EdgeNames = { begin: 'begin', end: 'end' },
): ParsedRange {
  const from = parseEdge(`'${names.begin}'`, begin === undefined || begin === '' ? '-1h' : begin, nowMs);
  if (!from.ok) return from;
  const to = parseEdge(`'${names.end}'`, end === undefined || end === '' ? 'now()' : end, nowMs);
  if (!to.ok) return to;
  const range = { fromMs: from.atMs, toMs: to.atMs };
  if (range.fromMs >= range.toMs) {
    const [first, last] = [formatInstant(range.fromMs), formatInstant(range.toMs)];
    return { ok: false, reason: `'${names.begin}' (${first}) must lie before '${names.end}' (${last})` };
  }
  const days = MAX_RANGE_MS / UNIT_MS.d;
  return range.toMs - range.fromMs > MAX_RANGE_MS
    ? { ok: false, reason: `a range may be ${days} days at most; ask for the next ones in another request` }
    : { ok: true, range };
}

export type Edge = { readonly ok: true; readonly atMs: number } | { readonly ok: false; readonly reason: string };

/** `name`: as a refusal begins. */
export function parseEdge(name: string, text: string, nowMs: number): Edge {
  const trimmed = text.trim();
  if (trimmed === 'now()') return { ok: true, atMs: nowMs };
  const [, count, unit] = BACK.exec(trimmed) ?? [];
  if (isUnit(unit)) {
    const atMs = nowMs - Number(count) * UNIT_MS[unit];
    return atMs >= 0 ? { ok: true, atMs } : { ok: false, reason: `${name} ${trimmed} lies before 1970` };
  }
  // A plus sign in an address is a space by the time it gets here.
  const instant = trimmed.includes('T') ? parseInstant(trimmed.replace(/ (\d\d:?\d\d)$/, '+$1'), 'refuse') : undefined;
  if (instant?.ok) return instant;
  return { ok: false, reason: `${name} is ${JSON.stringify(trimmed.slice(0, 64))}, which is no time; ${FORM}` };
}

function isUnit(unit: string | undefined): unit is keyof typeof UNIT_MS {
  return unit !== undefined && Object.hasOwn(UNIT_MS, unit);
}
