/** What GET /status and GET /quarantine answer, parsed at the door. */
import { instantMs, isFields, isNumber, listOf } from './answers.ts';

export type StatusPart = 'stored' | 'waiting' | 'failed' | 'quarantined' | 'database';

/** A part that is undefined is not known; where there is a reason for that, it stands in `unknown`. */
export type Status = {
  /** By the server's clock. */
  readonly asOfMs: number;
  /** Readings of the last minute, so many a second at least. */
  readonly storedPerS: number | undefined;
  /** Messages. */
  readonly waiting: number | undefined;
  readonly failed: number | undefined;
  readonly quarantined: { readonly count: number; readonly isAtLeast: boolean } | undefined;
  readonly database: { readonly isReachable: boolean; readonly reason: string } | undefined;
  readonly unknown: ReadonlyMap<StatusPart, string>;
};

export type QuarantineEntry = {
  readonly id: string;
  /** Undefined: its topic names none. */
  readonly battery: string | undefined;
  readonly reason: string;
  readonly receivedAtMs: number;
};

const PARTS: readonly StatusPart[] = ['stored', 'waiting', 'failed', 'quarantined', 'database'];

export function parseStatus(body: unknown): Status | undefined {
  if (!isFields(body) || !isFields(body['unknown'])) return undefined;
  const asOfMs = instantMs(body['asOf']);
  if (asOfMs === undefined) return undefined;
  const reasons = Object.entries(body['unknown']);
  return {
    asOfMs,
    storedPerS: numberIn(body['stored'], 'perS'),
    waiting: numberIn(body['waiting'], 'messages'),
    failed: numberIn(body['failed'], 'messages'),
    quarantined: quarantinedIn(body['quarantined']),
    database: databaseIn(body['database']),
    unknown: new Map(
      PARTS.flatMap((part) => {
        const [, reason] = reasons.find(([name]) => name === part) ?? [];
        return typeof reason === 'string' ? [[part, reason] as const] : [];
      }),
    ),
  };
}

export function parseQuarantined(body: unknown): readonly QuarantineEntry[] | undefined {
  return listOf(body, (item) => {
    if (!isFields(item)) return undefined;
    const { id, battery, reason } = item;
    const receivedAtMs = instantMs(item['receivedAt']);
    if (typeof id !== 'string' || typeof reason !== 'string' || receivedAtMs === undefined) return undefined;
    return { id, battery: typeof battery === 'string' ? battery : undefined, reason, receivedAtMs };
  });
}

function numberIn(part: unknown, name: string): number | undefined {
  const value = isFields(part) ? part[name] : undefined;
  return isNumber(value) && value >= 0 ? value : undefined;
}

function quarantinedIn(part: unknown): Status['quarantined'] {
  const count = numberIn(part, 'count');
  return count === undefined || !isFields(part) ? undefined : { count, isAtLeast: part['atLeast'] === true };
}

function databaseIn(part: unknown): Status['database'] {
  if (!isFields(part) || typeof part['reachable'] !== 'boolean') return undefined;
  const { reachable, reason } = part;
  return { isReachable: reachable, reason: typeof reason === 'string' ? reason : '' };
}
