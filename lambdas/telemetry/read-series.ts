/** The flow of GET /read with `shape=series`: min, max and mean a step for a chart, and the whole range's figures. */
import type { Step, Store, StoredPoint } from '../store/store.ts';
import { byInstant, deriveInstant } from './derive-power.ts';
import { FIELD_UNITS } from './fields.generated.ts';
import { formatInstant } from './instant.ts';
import { PERIOD_SAMPLES, periodS } from './quality.ts';
import type { TimeRange } from './time-range.ts';
import { voltageBefore } from './voltage-for.ts';

export type SeriesField = {
  readonly unit?: string;
  /** Some or all of its samples are V × I. */
  readonly derived?: true;
  /** Over all samples of the range; the mean is over samples, not over time. */
  readonly statistics: { readonly count: number; readonly min: number; readonly max: number; readonly mean: number };
  /** Start of each step that has samples, milliseconds since 1970; the other columns run beside it. */
  readonly at: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly mean: readonly number[];
  readonly count: readonly number[];
};

export type Series = {
  readonly battery: string;
  readonly begin: string;
  readonly end: string;
  readonly stepMs: number;
  readonly periodS: number;
  readonly serverTime: string;
  /** The battery's nearest samples outside of the range. */
  readonly nearest: { readonly before: string | null; readonly after: string | null };
  readonly fields: Readonly<Record<string, SeriesField>>;
};

export type SeriesQuery = { readonly battery: string; readonly range: TimeRange; readonly points: number };

type SeriesStore = Pick<Store, 'steps' | 'points' | 'nearest' | 'newestTimes'>;

const DERIVE_PAGE = 10_000;
// Running counters of the device's start are no measurements to draw.
const NOT_DRAWN = new Set(['received', 'seq', 'state']);

export function readSeries(store: SeriesStore, nowMs: () => number) {
  return async ({ battery, range, points }: SeriesQuery): Promise<Series> => {
    const stepMs = Math.max(1, Math.ceil((range.toMs - range.fromMs) / points));
    const [stored, nearest, times] = await Promise.all([
      store.steps({ battery, ...range, stepMs }),
      store.nearest({ battery, ...range }),
      store.newestTimes({ battery, count: PERIOD_SAMPLES }),
    ]);
    const derived = await derivedSteps(store, { battery, range, stepMs, current: stored.get('current') ?? [] });
    const drawn = [...stored].filter(([field]) => !NOT_DRAWN.has(field));
    const fields = new Map(drawn.map(([field, steps]) => [field, seriesField(field, steps)]));
    for (const [field, steps] of derived) {
      fields.set(field, { ...seriesField(field, merged([...(stored.get(field) ?? []), ...steps])), derived: true });
    }
    return {
      battery,
      begin: formatInstant(range.fromMs),
      end: formatInstant(range.toMs),
      stepMs,
      periodS: periodS(times),
      serverTime: formatInstant(nowMs()),
      nearest: { before: instantOrNull(nearest.beforeMs), after: instantOrNull(nearest.afterMs) },
      fields: Object.fromEntries(fields),
    };
  };
}

function instantOrNull(atMs: number | undefined): string | null {
  return atMs === undefined ? null : formatInstant(atMs);
}

function seriesField(field: string, steps: readonly Step[]): SeriesField {
  const unit = FIELD_UNITS[field];
  return {
    ...(unit === undefined ? {} : { unit }),
    statistics: statisticsOf(steps),
    at: steps.map(({ fromMs }) => fromMs),
    min: steps.map(({ min }) => min),
    max: steps.map(({ max }) => max),
    mean: steps.map(({ mean }) => mean),
    count: steps.map(({ count }) => count),
  };
}

function statisticsOf(steps: readonly Step[]): SeriesField['statistics'] {
  const count = steps.reduce((sum, step) => sum + step.count, 0);
  return {
    count,
    min: steps.reduce((least, { min }) => Math.min(least, min), Number.POSITIVE_INFINITY),
    max: steps.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY),
    mean: steps.reduce((sum, step) => sum + step.mean * step.count, 0) / count,
  };
}

type Derivation = {
  readonly battery: string;
  readonly range: TimeRange;
  readonly stepMs: number;
  /** The steps that have a current: nothing is derived elsewhere. */
  readonly current: readonly Step[];
};

type Sums = { fromMs: number; count: number; min: number; max: number; sum: number };

/** Power of each current whose instant has none that was sent, as steps of the side that it is on. */
async function derivedSteps(
  store: SeriesStore,
  { battery, range, stepMs, current }: Derivation,
): Promise<readonly (readonly [string, readonly Step[]])[]> {
  const [first, last] = [current[0], current.at(-1)];
  if (first === undefined || last === undefined) return [];
  const walked = { fromMs: first.fromMs, toMs: Math.min(last.fromMs + stepMs, range.toMs) };
  const sums = { charge: new Map<number, Sums>(), discharge: new Map<number, Sums>() };
  let memory = await voltageBefore(store, battery, walked.fromMs);
  for await (const instants of pagesOfInstants(store, battery, walked)) {
    for (const instant of instants) {
      const step = deriveInstant(memory, instant);
      memory = step.memory;
      const fromMs = range.fromMs + Math.floor(((instant[0]?.atMs ?? 0) - range.fromMs) / stepMs) * stepMs;
      for (const derived of step.derived) {
        if (derived?.charge !== undefined) add(sums.charge, fromMs, derived.charge);
        if (derived?.discharge !== undefined) add(sums.discharge, fromMs, derived.discharge);
      }
    }
  }
  return Object.entries(sums).flatMap(([field, side]) => (side.size === 0 ? [] : [[field, stepsOf(side)] as const]));
}

// An instant that a page of the store cuts in two is kept for the next.
async function* pagesOfInstants(
  store: SeriesStore,
  battery: string,
  range: TimeRange,
): AsyncGenerator<readonly (readonly StoredPoint[])[]> {
  const fields = ['voltage', 'current', 'charge', 'discharge'];
  let cut: readonly StoredPoint[] = [];
  let after: StoredPoint | undefined;
  do {
    const page: readonly StoredPoint[] = await store.points({
      battery,
      ...range,
      fields,
      limit: DERIVE_PAGE,
      ...(after === undefined ? {} : { after }),
    });
    after = page.length === DERIVE_PAGE ? page.at(-1) : undefined;
    const instants = byInstant([...cut, ...page]);
    yield after === undefined ? instants : instants.slice(0, -1);
    cut = instants.at(-1) ?? [];
  } while (after !== undefined);
}

function add(side: Map<number, Sums>, fromMs: number, value: number): void {
  const sums = side.get(fromMs) ?? { fromMs, count: 0, min: value, max: value, sum: 0 };
  sums.count += 1;
  sums.min = Math.min(sums.min, value);
  sums.max = Math.max(sums.max, value);
  sums.sum += value;
  side.set(fromMs, sums);
}

function stepsOf(side: ReadonlyMap<number, Sums>): readonly Step[] {
  return [...side.values()].map(({ fromMs, count, min, max, sum }) => ({
    fromMs,
    count,
    min,
    max,
    mean: clamped(sum / count, min, max),
  }));
}

/** One step a time, of all samples of those that have that time. */
function merged(steps: readonly Step[]): readonly Step[] {
  const byTime = new Map<number, Step>();
  for (const step of steps) {
    const known = byTime.get(step.fromMs);
    byTime.set(step.fromMs, known === undefined ? step : together(known, step));
  }
  return [...byTime.values()].sort((a, b) => a.fromMs - b.fromMs);
}

function together(a: Step, b: Step): Step {
  const [count, min, max] = [a.count + b.count, Math.min(a.min, b.min), Math.max(a.max, b.max)];
  return { fromMs: a.fromMs, count, min, max, mean: clamped((a.mean * a.count + b.mean * b.count) / count, min, max) };
}

// Three times 0.1 divided by three is more than 0.1.
function clamped(mean: number, min: number, max: number): number {
  return Math.min(Math.max(mean, min), max);
}
