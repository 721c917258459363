/** What the routes ask of a store, each through its own flow: of ranges that hold the same points however many there are beside. */
import { auditRange } from '../../lambdas/audit/audit-range.ts';
import type { Store } from '../../lambdas/store/store.ts';
import { readLatest } from '../../lambdas/telemetry/read-latest.ts';
import { readDemoRows, readWideRows } from '../../lambdas/telemetry/read-rows.ts';
import { readSeries } from '../../lambdas/telemetry/read-series.ts';
import { BUSY, SILENT, STEP_MS } from './filled.ts';

export type Question = (store: Store) => Promise<unknown>;

const DAY_MS = 86_400_000;
const PAGE = 1_000;
const PAGES_BEFORE = 5;

/** By the name of their figure. */
export function questionsOfOne(nowMs: number): Readonly<Record<string, Question>> {
  const clock = (): number => nowMs;
  const range = { fromMs: nowMs - 2 * DAY_MS, toMs: nowMs };
  const busy = { battery: BUSY, range };
  const oldest = { ...busy, limit: PAGE, order: 'oldest-first' } as const;
  const deepMs = nowMs - 1_000 - (2 * DAY_MS - PAGES_BEFORE * PAGE * STEP_MS);
  return {
    latest: (store) => store.latest({ battery: BUSY }),
    livedata: (store) => readLatest({ store, nowMs: clock })(BUSY),
    'livedata-silent': (store) => readLatest({ store, nowMs: clock })(SILENT),
    rows: (store) => readWideRows(store)(oldest),
    'rows-deep': (store) => readWideRows(store)({ ...oldest, after: `${deepMs}.0` }),
    'rows-newest': (store) => readWideRows(store)({ ...busy, limit: 100, order: 'newest-first' }),
    'rows-demo': (store) => readDemoRows(store)({ ...busy, limit: PAGE }),
    chart: (store) => readSeries(store, clock)({ ...busy, points: 300 }),
    'nearest-silent': (store) => store.nearest({ battery: SILENT, ...range }),
    'newest-times': (store) => store.newestTimes({ battery: BUSY, count: 100 }),
    counts: (store) => store.counts({ fromMs: nowMs - 10 * STEP_MS, toMs: nowMs }),
    audit: (store) => auditRange({ store, nowMs: clock })({ battery: BUSY, ...range }),
  };
}

export const QUESTIONS_OF_MANY: Readonly<Record<string, Question>> = { batteries: (store) => store.batteries() };
