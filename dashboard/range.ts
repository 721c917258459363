/** Which stretch of time the chart shows, and in which steps. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The API's limit of one question. */
export const LONGEST_MS = 31 * DAY_MS;
const SHORTEST_MS = 10 * SECOND_MS;

export const PRESETS = [
  { key: '15m', spanMs: 15 * MINUTE_MS, short: '15 min', long: '15 minutes' },
  { key: '1h', spanMs: HOUR_MS, short: '1 h', long: '1 hour' },
  { key: '6h', spanMs: 6 * HOUR_MS, short: '6 h', long: '6 hours' },
  { key: '24h', spanMs: DAY_MS, short: '24 h', long: '24 hours' },
  { key: '7d', spanMs: 7 * DAY_MS, short: '7 d', long: '7 days' },
  { key: '31d', spanMs: LONGEST_MS, short: '31 d', long: '31 days' },
] as const;

/** `endMs` undefined: up to now, moving along. */
export type Range = { readonly spanMs: number; readonly endMs: number | undefined };

export const FIRST_RANGE: Range = { spanMs: 15 * MINUTE_MS, endMs: undefined };

export type Window = { readonly beginMs: number; readonly endMs: number };

export function windowOf(range: Range, nowMs: number): Window {
  const endMs = range.endMs ?? nowMs;
  return { beginMs: endMs - range.spanMs, endMs };
}

/** The same for rows, up to a whole second: everybody who looks at it asks the same, which a database is asked once. */
export function rowsWindow(range: Range, nowMs: number): Window {
  return windowOf(range, Math.floor(nowMs / SECOND_MS + 1) * SECOND_MS);
}

/** One whole span back (-1) or forth (1); forth past now is now. */
export function stepped(range: Range, direction: -1 | 1, nowMs: number): Range {
  return ending(range.spanMs, (range.endMs ?? nowMs) + direction * range.spanMs, nowMs);
}

/** A stretch picked in the chart, within what may be asked. */
export function picked({ beginMs, endMs }: Window, nowMs: number): Range {
  const spanMs = Math.min(Math.max(Math.round(endMs - beginMs), SHORTEST_MS), LONGEST_MS);
  const middleMs = (beginMs + endMs) / 2;
  return ending(spanMs, Math.round(middleMs + spanMs / 2), nowMs);
}

/** The same span, placed so that an instant is well inside. */
export function around(range: Range, atMs: number, nowMs: number): Range {
  return ending(range.spanMs, Math.round(atMs + range.spanMs / 4), nowMs);
}

/** The next shorter (-1) or longer (1) preset, with the same end. */
export function zoomed(range: Range, direction: -1 | 1): Range {
  const longer = PRESETS.find(({ spanMs }) => spanMs > range.spanMs);
  const shorter = PRESETS.findLast(({ spanMs }) => spanMs < range.spanMs);
  return { ...range, spanMs: (direction === 1 ? longer : shorter)?.spanMs ?? range.spanMs };
}

function ending(spanMs: number, endMs: number, nowMs: number): Range {
  return { spanMs, endMs: endMs >= nowMs ? undefined : endMs };
}

const STEPS_MS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map(
  (seconds) => seconds * SECOND_MS,
);

/** What to ask the API for: steps at round times, so that a moving window does not shift the readings between them. */
export type SeriesQuery = Window & { readonly points: number; readonly stepMs: number };

export function seriesQuery(range: Range, nowMs: number, mostSteps: number): SeriesQuery {
  const { beginMs, endMs } = windowOf(range, nowMs);
  const stepMs = STEPS_MS.find((candidate) => range.spanMs / candidate <= mostSteps) ?? DAY_MS;
  const toMs = Math.ceil((endMs + 1) / stepMs) * stepMs;
  const fromMs = Math.max(Math.floor(beginMs / stepMs) * stepMs, toMs - Math.floor(LONGEST_MS / stepMs) * stepMs);
  return { beginMs: fromMs, endMs: toMs, stepMs, points: Math.round((toMs - fromMs) / stepMs) };
}

/** `?range=6h&end=2026-…` of the page's address; anything else is the first range. */
export function rangeFromAddress(query: URLSearchParams): Range {
  const preset = PRESETS.find(({ key }) => key === query.get('range'));
  const seconds = /^(\d{1,7})s$/.exec(query.get('range') ?? '')?.[1];
  const asked = preset?.spanMs ?? (seconds === undefined ? FIRST_RANGE.spanMs : Number(seconds) * SECOND_MS);
  const endMs = Date.parse(query.get('end') ?? '');
  const spanMs = Math.min(Math.max(asked, SHORTEST_MS), LONGEST_MS);
  return { spanMs, endMs: Number.isNaN(endMs) ? undefined : endMs };
}

export function rangeToAddress(range: Range): Readonly<Record<'range' | 'end', string | undefined>> {
  const preset = PRESETS.find(({ spanMs }) => spanMs === range.spanMs);
  const isFirst = range.spanMs === FIRST_RANGE.spanMs;
  return {
    range: isFirst ? undefined : (preset?.key ?? `${Math.round(range.spanMs / SECOND_MS)}s`),
    end: range.endMs === undefined ? undefined : new Date(range.endMs).toISOString(),
  };
}
