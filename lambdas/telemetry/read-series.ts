/** The flow of GET /read with `shape=series`: min, max and mean a step for a chart, and the whole range's figures. */
import type { Step, Store, StoredPoint } from '../store/store.ts';
import { stepDerivation, type VoltageMemory } from './derive-power.ts';
import { formatInstant } from './instant.ts';
import { PERIOD_SAMPLES, periodS } from './quality.ts';
import { FIELD_UNITS } from './reading.generated.js';
import type { TimeRange } from './time-range.ts';

export type SeriesField = {
  readonly unit?: string;
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

type SeriesStore = Pick<Store, 'steps' | 'points' | 'latest' | 'nearest' | 'newestTimes'>;

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
    const hasPower = stored.has('charge') || stored.has('discharge');
    const derived = hasPower || !stored.has('current') ? [] : await derivedSteps(store, battery, range, stepMs);
    const drawn = [...stored].filter(([field]) => !NOT_DRAWN.has(field));
    return {
      battery,
      begin: formatInstant(range.fromMs),
      end: formatInstant(range.toMs),
      stepMs,
      periodS: periodS(times),
      serverTime: formatInstant(nowMs()),
      nearest: { before: instantOrNull(nearest.beforeMs), after: instantOrNull(nearest.afterMs) },
      fields: Object.fromEntries([
        ...drawn.map(([field, steps]) => [field, seriesField(field, steps)]),
        ...derived.map(([field, steps]) => [field, { ...seriesField(field, steps), derived: true }]),
      ]),
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

type Sums = { fromMs: number; count: number; min: number; max: number; sum: number };

async function derivedSteps(
  store: SeriesStore,
  battery: string,
  range: TimeRange,
  stepMs: number,
): Promise<readonly (readonly [string, readonly Step[]])[]> {
  const sums = { charge: new Map<number, Sums>(), discharge: new Map<number, Sums>() };
  const before = (await store.latest({ battery, asOfMs: range.fromMs - 1 })).get('voltage');
  let memory: VoltageMemory =
    typeof before?.value === 'number' ? { atMs: before.atMs, voltageV: before.value } : undefined;
  for await (const point of allPoints(store, battery, range)) {
    const step = stepDerivation(memory, point);
    memory = step.memory;
    const fromMs = range.fromMs + Math.floor((point.atMs - range.fromMs) / stepMs) * stepMs;
    if (step.derived?.charge !== undefined) add(sums.charge, fromMs, step.derived.charge);
    if (step.derived?.discharge !== undefined) add(sums.discharge, fromMs, step.derived.discharge);
  }
  const steps = (side: Map<number, Sums>): readonly Step[] =>
    [...side.values()].map(({ fromMs, count, min, max, sum }) => ({ fromMs, count, min, max, mean: sum / count }));
  return Object.entries(sums).flatMap(([field, side]) => (side.size === 0 ? [] : [[field, steps(side)] as const]));
}

async function* allPoints(store: SeriesStore, battery: string, range: TimeRange): AsyncGenerator<StoredPoint> {
  const fields = ['voltage', 'current', 'charge', 'discharge'];
  let after: StoredPoint | undefined;
  do {
    const page: readonly StoredPoint[] = await store.points({
      battery,
      ...range,
      fields,
      limit: DERIVE_PAGE,
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    after = page.length === DERIVE_PAGE ? page.at(-1) : undefined;
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
