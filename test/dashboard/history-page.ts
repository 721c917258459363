/** The page's chart and rows as they are asked for: of a store that a test fills, on a clock that it moves. */
import { signal } from '@preact/signals';
import type { Row, Series } from '../../dashboard/answers.ts';
import type { Answer } from '../../dashboard/api.ts';
import { historyAsker } from '../../dashboard/ask-history.ts';
import { paceMs } from '../../dashboard/pace.ts';
import { askWhenDue, keepAsking } from '../../dashboard/poll.ts';
import type { SeriesQuery, Window } from '../../dashboard/range.ts';
import { fakeTimers } from './fake-timers.ts';

const MINUTE_MS = 60_000;
const QUARTER = { spanMs: 15 * MINUTE_MS, endMs: undefined };

type Given = Parameters<typeof historyAsker>[0];

/** A page of one battery, whose clock is the server's; it hears of a reading by its own questions only, as on AWS. */
function page({ periodS = 10, minPollSeconds = 5 } = {}) {
  const { timers, pass } = fakeTimers();
  const stored: { readonly atMs: number; readonly charge: number }[] = [];
  const asked = { series: [] as number[], rows: [] as number[] };
  /** What the answer to the next chart leaves out: what is stored after this. */
  const cached: { untilMs: number | undefined } = { untilMs: undefined };

  async function series(battery: string, query: SeriesQuery): Promise<Answer<Series>> {
    asked.series.push(timers.nowMs());
    const untilMs = cached.untilMs ?? Number.POSITIVE_INFINITY;
    cached.untilMs = undefined;
    const found = stored.filter(({ atMs }) => atMs >= query.beginMs && atMs < query.endMs && atMs <= untilMs);
    const charge = found.map((reading) => reading.charge);
    const atMs = found.map(
      (reading) => query.beginMs + Math.floor((reading.atMs - query.beginMs) / query.stepMs) * query.stepMs,
    );
    const statistics = { count: found.length, min: 0, max: 0, mean: 0 };
    const field = {
      unit: 'kW',
      isDerived: false,
      statistics,
      atMs,
      min: charge,
      max: charge,
      mean: charge,
      count: charge,
    };
    const nearest = { nearestBeforeMs: undefined, nearestAfterMs: undefined };
    return { kind: 'ok', value: { battery, ...query, ...nearest, periodS, fieldByName: new Map([['charge', field]]) } };
  }

  async function rows(_battery: string, { beginMs, endMs }: Window): Promise<Answer<readonly Row[]>> {
    asked.rows.push(timers.nowMs());
    const found = stored.filter(({ atMs }) => atMs >= beginMs && atMs < endMs).toReversed();
    const row = ({ atMs, charge }: (typeof found)[number]): Row => ({
      at: new Date(atMs).toISOString(),
      atMs,
      valueByField: new Map([['charge', charge]]),
      isReceived: false,
      derived: [],
    });
    return { kind: 'ok', value: found.map(row) };
  }

  const state: Given = {
    config: signal({ config: { minPollSeconds }, api: { series, rows } }),
    shown: signal<string | undefined>('boat'),
    session: signal({ kind: 'none' }),
    serverAheadMs: signal<number | undefined>(0),
    contact: signal({ kind: 'ok' }),
    range: signal<Given['range']['value']>(QUARTER),
    kind: signal('line'),
    widthPx: signal<number | undefined>(700),
    lastInputAtMs: signal(0),
    isWaiting: signal<boolean | undefined>(false),
    live: signal(undefined),
    series: signal(undefined),
    rows: signal(undefined),
    areRowsInView: signal(false),
  };

  function look(): void {
    const newest = stored.toSorted((a, b) => b.atMs - a.atMs)[0];
    if (newest === undefined) return;
    const { atMs, charge: value } = newest;
    const at = new Date(atMs).toISOString();
    const known = { kind: 'known', value, unit: 'kW', at, atMs, ageMs: 0, quality: 'live', isDerived: false } as const;
    const valueByField = new Map([['charge', known]]);
    const live = { battery: 'boat', periodS, serverMs: timers.nowMs(), isSimulated: false, valueByField };
    state.live.value = { value: live, receivedAtMs: timers.nowMs() };
  }

  const historyOf = historyAsker(state, timers.nowMs);
  const history = keepAsking(historyOf.ask, timers);
  const hear = askWhenDue({ ...historyOf, askNow: history.askNow }, timers);
  const live = keepAsking(async () => {
    look();
    hear();
    return paceMs(state, timers.nowMs());
  }, timers);

  return {
    state,
    askNow: history.askNow,
    asked,
    cached,
    pass,
    store: (charge: number, atMs = timers.nowMs()) => void stored.push({ atMs, charge }),
    /** What the store answers of a moment, of which it has two readings. */
    replace: (charge: number, atMs: number) => {
      const i = stored.findIndex((one) => one.atMs === atMs);
      stored.splice(i, 1, { atMs, charge });
    },
    nowMs: timers.nowMs,
    open: async () => {
      live.askNow();
      history.askNow();
      await pass(1);
    },
    /** At home the page is told of a reading as it comes, and looks at once. */
    told: () => {
      look();
      hear();
    },
    scrolledToRows: () => {
      state.areRowsInView.value = true;
      if (historyOf.areRowsOld()) history.askNow();
    },
    go: (range: Given['range']['value']) => {
      state.range.value = range;
      state.rows.value = undefined;
      history.askNow();
    },
    shownAt: () => state.series.value?.value.fieldByName.get('charge')?.atMs ?? [],
  };
}

export type Opened = ReturnType<typeof page>;

export async function opened(given?: Parameters<typeof page>[0]): Promise<Opened> {
  const made = page(given);
  made.store(0.5);
  await made.open();
  return made;
}
