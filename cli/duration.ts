/** Spans of time as a person types and reads them. */

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `500ms`, `1s`, `1.5s`, `1m`, `1h` to milliseconds. */
export function parseDuration(text: string): number | undefined {
  const parts = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text);
  const unit = parts?.[2];
  if (unit !== 'ms' && unit !== 's' && unit !== 'm' && unit !== 'h') return undefined;
  const ms = Number(parts?.[1]) * UNIT_MS[unit];
  return Number.isInteger(ms) ? ms : undefined;
}

/** `0.5 s`, `9 min 24 s`, `3 h 5 min`, `2 d 4 h`: the two largest units. */
export function durationText(ms: number): string {
  if (ms < 10_000) return `${Math.round(ms) / 1000} s`;
  const allS = Math.round(ms / 1000);
  const parts = [
    [Math.floor(allS / 86_400), 'd'],
    [Math.floor(allS / 3600) % 24, 'h'],
    [Math.floor(allS / 60) % 60, 'min'],
    [allS % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
