/** Asks for the chart's stretch of time and its newest rows. */
import { paceMs } from './ask-live.ts';
import type { ChartKind } from './chart-plots.ts';
import { type Range, rowsWindow, seriesQuery } from './range.ts';
import type { State } from './state.ts';

const LATER_MS = 1000;
const ROWS_MS = 5000;
const MOST_ROWS = 100;
const FASTEST_MS = 2000;
const SLOWEST_MS = 30_000;

export type HistoryAsker = {
  readonly ask: () => Promise<number>;
  /** After how long a new reading is worth another question. */
  readonly dueInMs: () => number;
};

export function historyAsker(state: State, clockMs: () => number): HistoryAsker {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let stepMs = 0;

  async function ask(): Promise<number> {
    const { config, shown, serverAheadMs, contact, range, live, series, rows, widthPx } = state;
    const api = config.value?.api;
    const battery = shown.value;
    if (api === undefined || battery === undefined || serverAheadMs.value === undefined) return LATER_MS;
    if (contact.value.kind !== 'ok' || widthPx.value === undefined) return LATER_MS;
    askedAtMs = clockMs();
    const serverNowMs = askedAtMs + serverAheadMs.value;
    const query = seriesQuery(range.value, serverNowMs, mostSteps(state.kind.value, widthPx.value));
    stepMs = query.stepMs;
    const wanted = historyKey(state);
    // A fast battery's hundred rows are a lot to fetch at each step; a slow one's newest row is wanted at once.
    const isFast = (live.value?.value.periodS ?? 0) * 1000 < ROWS_MS;
    const areRowsDue = !isFast || rows.value === undefined || askedAtMs - rows.value.receivedAtMs >= ROWS_MS;
    const [seriesAnswer, rowsAnswer] = await Promise.all([
      api.series(battery, query),
      areRowsDue ? api.rows(battery, rowsWindow(range.value, serverNowMs), MOST_ROWS) : undefined,
    ]);
    // Meanwhile the reader went elsewhere, or signed out.
    if (state.session.value.kind === 'out') return LATER_MS;
    if (wanted !== historyKey(state)) return 0;
    const receivedAtMs = clockMs();
    if (seriesAnswer.kind === 'ok') series.value = { value: seriesAnswer.value, receivedAtMs, serverNowMs };
    if (rowsAnswer?.kind === 'ok') rows.value = { value: rowsAnswer.value, receivedAtMs };
    return Math.max(fastestMs(range.value, query.stepMs), paceMs(state, clockMs()));
  }

  return { ask, dueInMs: () => Math.max(0, askedAtMs + fastestMs(state.range.value, stepMs) - clockMs()) };
}

/** Changes with whatever the history depends on. */
export function historyKey({ shown, range, kind, widthPx }: State): string {
  return JSON.stringify([shown.value, range.value, kind.value, Math.round((widthPx.value ?? 0) / 100)]);
}

// A step that is still filling is worth a look four times. A past stretch gains what arrives late; nobody waits for that.
function fastestMs({ endMs }: Range, stepMs: number): number {
  return endMs === undefined ? Math.min(Math.max(stepMs / 4, FASTEST_MS), SLOWEST_MS) : SLOWEST_MS;
}

const MOST_POINTS = 600;
const MOST_BARS = 64;
const BAR_PX = 12;

function mostSteps(kind: ChartKind, widthPx: number): number {
  return kind === 'line'
    ? Math.min(MOST_POINTS, Math.max(100, widthPx))
    : Math.min(MOST_BARS, Math.max(24, widthPx / BAR_PX));
}
