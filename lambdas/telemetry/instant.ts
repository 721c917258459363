/** Instants as text: parsed at the door, echoed with `+00:00`. */

export type Instant = { readonly ok: true; readonly atMs: number } | { readonly ok: false; readonly reason: string };

/** What a text without an offset means: nothing (refused with the fix), or UTC as the original demo took it. */
export type WithoutOffset = 'refuse' | 'utc';

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?\s?([Zz]|[+-]\d\d:?\d\d)?)?$/;
const MIN_EPOCH_MS = 100_000_000_000;
const MAX_EPOCH_MS = 253_402_300_800_000;
const MINUTE_MS = 60_000;

/** ISO 8601 with offset, or milliseconds since 1970; finer than a millisecond is cut off. */
export function parseInstant(value: unknown, withoutOffset: WithoutOffset): Instant {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string') return refused('timestamp must be ISO 8601 text with an offset or epoch milliseconds');
  const text = value.trim();
  const parts = ISO.exec(text);
  if (parts === null) return refused(withoutOffset === 'utc' ? demoWords(value) : noTime(value));
  const offset = parts[8];
  if (offset === undefined && withoutOffset === 'refuse') {
    return refused(
      `timestamp '${text}' has no offset; add Z for UTC or the zone's offset, as in 2026-01-31T12:00:00+01:00`,
    );
  }
  return fromParts(text, parts, offsetMs(offset));
}

/** `2026-11-23T12:33:33.123+00:00`; whole seconds without the fraction, as the original demo wrote them. */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString().replace(/(\.000)?Z$/, '+00:00');
}

// The original demo's answer, which its clients know.
function demoWords(value: string): string {
  return `Unknown string format: ${value.slice(0, 64)}`;
}

function noTime(value: string): string {
  return `timestamp '${value.slice(0, 64)}' is no time; send ISO 8601 with an offset, as in 2026-01-31T12:00:00Z, or epoch milliseconds`;
}

function refused(reason: string): Instant {
  return { ok: false, reason };
}

function fromEpoch(value: number): Instant {
  if (!Number.isFinite(value)) return refused('timestamp must be a finite number of milliseconds');
  if (value < MIN_EPOCH_MS) return refused(`timestamp ${value} looks like epoch seconds; send milliseconds`);
  return value < MAX_EPOCH_MS
    ? { ok: true, atMs: Math.floor(value) }
    : refused(`timestamp ${value} is beyond the year 9999; send milliseconds since 1970`);
}

function fromParts(text: string, parts: RegExpExecArray, shiftMs: number): Instant {
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const numbers = [year ?? 0, (month ?? 0) - 1, day ?? 0, hour ?? 0, minute ?? 0, second ?? 0] as const;
  const millis = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  const localMs = Date.UTC(...numbers, millis);
  const back = new Date(localMs);
  // Date.UTC rolls 30 February over to March; a round trip shows it.
  const isReal =
    back.getUTCMonth() === numbers[1] &&
    back.getUTCDate() === numbers[2] &&
    numbers[3] < 24 &&
    numbers[4] < 60 &&
    numbers[5] < 60;
  const atMs = localMs - shiftMs;
  if (!isReal || Number.isNaN(shiftMs)) return refused(`timestamp '${text}' is not a time that exists`);
  return numbers[0] < 1970 || atMs < 0 || atMs >= MAX_EPOCH_MS
    ? refused(`timestamp '${text}' must lie between the years 1970 and 9999`)
    : { ok: true, atMs };
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || offset === 'Z' || offset === 'z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(-2));
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS;
}
