/** Asks for the chart's stretch of time and its newest rows. */
import type { ReadonlySignal } from '@preact/signals';
import type { Config, Series } from './answers.ts';
import type { Api } from './api.ts';
import type { ChartKind } from './chart-plots.ts';
import { paceMs, presence, valuesKey } from './pace.ts';
import { AWAY_MS, quietDelayMs } from './poll.ts';
import { rowsWindow, seriesQuery } from './range.ts';
import type { State } from './state.ts';

const LATER_MS = 1000;
const ROWS_MS = 5000;
const MOST_ROWS = 100;
const FASTEST_MS = 2000;
const SLOWEST_MS = 30_000;

/** Of the page's state what this needs and changes. */
export type HistoryState = Pick<
  State,
  | 'shown'
  | 'session'
  | 'serverAheadMs'
  | 'contact'
  | 'range'
  | 'kind'
  | 'widthPx'
  | 'lastInputAtMs'
  | 'isWaiting'
  | 'live'
  | 'series'
  | 'rows'
  | 'areRowsInView'
> & {
  readonly config: ReadonlySignal<
    { readonly config: Pick<Config, 'minPollSeconds'>; readonly api: Pick<Api, 'series' | 'rows'> } | undefined
  >;
};

export type HistoryAsker = {
  /** Once; answers after how long to ask again if nothing new is seen until then. */
  readonly ask: () => Promise<number>;
  /** A value is on the page since the last question, and the stretch that is shown moves on with the time. */
  readonly isNew: () => boolean;
  /** After how long that is worth another question. */
  readonly dueInMs: () => number;
  /** The chart was asked for since. */
  readonly areRowsOld: () => boolean;
};

export function historyAsker(state: HistoryState, clockMs: () => number): HistoryAsker {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let stepMs = 0;
  let askedWith = '';

  async function ask(): Promise<number> {
    const { config, shown, serverAheadMs, contact, range, series, rows, widthPx } = state;
    const api = config.value?.api;
    const battery = shown.value;
    if (api === undefined || battery === undefined || serverAheadMs.value === undefined) return LATER_MS;
    if (contact.value.kind !== 'ok' || widthPx.value === undefined) return LATER_MS;
    askedAtMs = clockMs();
    askedWith = valuesKey(state);
    const serverNowMs = askedAtMs + serverAheadMs.value;
    const query = seriesQuery(range.value, serverNowMs, mostSteps(state.kind.value, widthPx.value));
    stepMs = query.stepMs;
    const wanted = historyKey(state);
    const rowsInMs = rowsDueInMs();
    const [seriesAnswer, rowsAnswer] = await Promise.all([
      api.series(battery, query),
      rowsInMs <= 0 ? api.rows(battery, rowsWindow(range.value, serverNowMs), MOST_ROWS) : undefined,
    ]);
    // Meanwhile the reader went elsewhere, or signed out.
    if (state.session.value.kind === 'out') return LATER_MS;
    if (wanted !== historyKey(state)) return 0;
    const receivedAtMs = clockMs();
    if (seriesAnswer.kind === 'ok') series.value = { value: seriesAnswer.value, receivedAtMs, serverNowMs };
    if (rowsAnswer?.kind === 'ok') rows.value = { value: rowsAnswer.value, receivedAtMs };
    const fastMs = Math.max(fastestMs(), paceMs(state, receivedAtMs));
    const isFailed = seriesAnswer.kind !== 'ok' || (rowsAnswer !== undefined && rowsAnswer.kind !== 'ok');
    if (isFailed || lacksValues(seriesAnswer.value, state)) return fastMs;
    // What the rows were too young for this time is wanted there too.
    const leftMs = rowsInMs <= 0 ? Number.POSITIVE_INFINITY : rowsInMs - (receivedAtMs - askedAtMs);
    return Math.min(quietDelayMs(presence(state, receivedAtMs)), Math.max(fastMs, leftMs));
  }

  // Rows that nobody can see are asked for once. A fast battery's hundred are a lot to fetch at each step of the chart.
  function rowsDueInMs(): number {
    const { rows, areRowsInView, live } = state;
    if (rows.value === undefined) return 0;
    if (!areRowsInView.value) return Number.POSITIVE_INFINITY;
    const present = presence(state, clockMs());
    const isFast = (live.value?.value.periodS ?? 0) * 1000 < ROWS_MS;
    // Nobody reads them either while nobody is there.
    const restMs = present.idleMs > AWAY_MS ? quietDelayMs(present) : isFast ? ROWS_MS : 0;
    return restMs === 0 ? 0 : rows.value.receivedAtMs + restMs - clockMs();
  }

  // A step that is still filling is worth a look four times, if somebody looks. A past stretch gains what arrives late; nobody
  // waits for that.
  function fastestMs(): number {
    const isLive = state.range.value.endMs === undefined && presence(state, clockMs()).idleMs <= AWAY_MS;
    return isLive ? Math.min(Math.max(stepMs / 4, FASTEST_MS), SLOWEST_MS) : SLOWEST_MS;
  }

  return {
    ask,
    dueInMs: () => Math.max(0, askedAtMs + fastestMs() - clockMs()),
    isNew: () => state.range.value.endMs === undefined && valuesKey(state) !== askedWith,
    areRowsOld: () =>
      (state.rows.value?.receivedAtMs ?? Number.POSITIVE_INFINITY) < (state.series.value?.receivedAtMs ?? 0),
  };
}

/** Changes with whatever the history depends on. */
export function historyKey({ shown, range, kind, widthPx }: HistoryState): string {
  return JSON.stringify([shown.value, range.value, kind.value, Math.round((widthPx.value ?? 0) / 100)]);
}

/** A value is on the page that belongs into this stretch and is not in it: the answer is of a moment before. */
function lacksValues({ beginMs, endMs, stepMs, fieldByName }: Series, { live }: HistoryState): boolean {
  return [...fieldByName].some(([name, { atMs }]) => {
    const value = live.value?.value.valueByField.get(name);
    if (value?.kind !== 'known' || value.atMs < beginMs || value.atMs >= endMs) return false;
    return value.atMs >= (atMs.at(-1) ?? beginMs) + stepMs;
  });
}

const MOST_POINTS = 600;
const MOST_BARS = 64;
const BAR_PX = 12;

function mostSteps(kind: ChartKind, widthPx: number): number {
  return kind === 'line'
    ? Math.min(MOST_POINTS, Math.max(100, widthPx))
    : Math.min(MOST_BARS, Math.max(24, widthPx / BAR_PX));
}
