/** The series of the API to what the chart draws: both sides on one scale, broken where nobody was watching. */
import type { Series, SeriesField } from './answers.ts';
import type { Window } from './range.ts';

export type Column = readonly (number | null)[];
/** kW above zero for charge, below zero for discharge: `low` is nearer to zero, `high` farther away. */
export type Side = { readonly mean: Column; readonly low: Column; readonly high: Column };

export type ChartModel = Window & {
  readonly battery: string;
  readonly stepMs: number;
  /** Up to here the range has been lived through; after it is the future. */
  readonly untilMs: number;
  /** The middle of each step with a reading, and one empty instant in each gap. */
  readonly xMs: readonly number[];
  /** Starts of the steps that have a reading. */
  readonly stepsMs: readonly number[];
  readonly charge: Side;
  readonly discharge: Side;
  /** Sent on change or by hand: each value stands until the next one, and is drawn so. */
  readonly isHeld: boolean;
  /** Which of `xMs` are readings; the others only shape a line. */
  readonly isReading: readonly boolean[];
  readonly soc: { readonly xMs: readonly number[]; readonly percent: Column } | undefined;
  readonly notObserved: readonly Window[];
};

/** Two readings farther apart than this were not watched in between: their quality was stale by then. */
export function longestStepMs(periodS: number, stepMs: number): number {
  return Math.max(6 * periodS * 1000, 60_000, 2 * stepMs);
}

export function chartModel(series: Series, nowMs: number): ChartModel {
  const { beginMs, endMs, stepMs, battery } = series;
  const limitMs = longestStepMs(series.periodS, stepMs);
  const untilMs = Math.max(beginMs, Math.min(endMs, nowMs));
  const charge = byStep(series.fieldByName.get('charge'));
  const discharge = byStep(series.fieldByName.get('discharge'));
  const stepsMs = [...new Set([...charge.keys(), ...discharge.keys()])].sort((a, b) => a - b);
  const isHeld = isOnChange(stepsMs);
  const broken = breakAtGaps(stepsMs, stepMs, limitMs);
  const lastMs = stepsMs.at(-1);
  // The newest value still stands, by the same rule by which two readings are joined.
  if (isHeld && lastMs !== undefined && untilMs - lastMs <= limitMs) broken.push({ kind: 'now', atMs: lastMs });
  const middle = (atMs: number): number => Math.min(atMs + stepMs / 2, endMs);
  const soc = series.fieldByName.get('soc');
  return {
    battery,
    beginMs,
    endMs,
    stepMs,
    untilMs,
    xMs: broken.map(({ kind, atMs }) => {
      if (kind === 'now') return Math.max(untilMs, middle(atMs) + 1);
      return kind === 'step' ? middle(atMs) : atMs;
    }),
    stepsMs,
    charge: sideOf(broken, charge, discharge, { sign: 1, isHeld }),
    discharge: sideOf(broken, discharge, charge, { sign: -1, isHeld }),
    isHeld,
    isReading: broken.map(({ kind }) => kind === 'step'),
    soc: soc === undefined ? undefined : socOf(soc, stepMs, limitMs, middle),
    notObserved: notObserved(stepsMs, { beginMs, endMs: untilMs }, stepMs, limitMs),
  };
}

type At = { readonly kind: 'step' | 'gap' | 'now'; readonly atMs: number };

const FEW = 10;
const LONG = 2.5;
const MANY_LONG = 0.1;

/** The readings' own rhythm: with one, more than a tenth of the steps being long means that they follow changes. */
export function isOnChange(stepsMs: readonly number[]): boolean {
  const distances = stepsMs.slice(1).map((atMs, i) => atMs - (stepsMs[i] ?? atMs));
  if (distances.length < FEW) return true;
  const median = [...distances].sort((a, b) => a - b)[distances.length >> 1] ?? 0;
  return distances.filter((distance) => distance > LONG * median).length > MANY_LONG * distances.length;
}

/** The steps in order, with an empty instant right after the last one before each gap. */
export function breakAtGaps(stepsMs: readonly number[], stepMs: number, limitMs: number): At[] {
  return stepsMs.flatMap((atMs, i): At[] => {
    const beforeMs = stepsMs[i - 1];
    const step = { kind: 'step', atMs } as const;
    return beforeMs !== undefined && atMs - beforeMs > limitMs
      ? [{ kind: 'gap', atMs: beforeMs + stepMs }, step]
      : [step];
  });
}

type Figures = { readonly min: number; readonly max: number; readonly mean: number };

function byStep(field: SeriesField | undefined): ReadonlyMap<number, Figures> {
  const steps = (field?.atMs ?? []).map((atMs, i): readonly [number, Figures] => [
    atMs,
    { min: field?.min[i] ?? 0, max: field?.max[i] ?? 0, mean: field?.mean[i] ?? 0 },
  ]);
  return new Map(steps);
}

const REST: Figures = { min: 0, max: 0, mean: 0 };

function sideOf(
  broken: readonly At[],
  own: ReadonlyMap<number, Figures>,
  other: ReadonlyMap<number, Figures>,
  { sign, isHeld }: { readonly sign: 1 | -1; readonly isHeld: boolean },
): Side {
  const figures = broken.map(({ kind, atMs }) => {
    if (kind === 'gap') return undefined;
    // A battery that only discharges in a step does not charge in it: this zero is drawn, and never told as a reading.
    return own.get(atMs) ?? ((other.get(atMs)?.max ?? 0) > 0 ? REST : undefined);
  });
  const column = (key: keyof Figures): Column =>
    figures.map((step) => (step === undefined ? null : step[key] === 0 ? 0 : sign * step[key]));
  const high = column('max');
  // At rest the zero line itself is the picture; a line of this side's colour over it would say that something flows.
  // Only where it comes down to zero, or rises from it in a slope, does the line reach zero.
  const reach = isHeld ? [-1, 0] : [-1, 0, 1];
  const isQuiet = high.map((_, i) => reach.every((near) => (high[i + near] ?? 0) === 0));
  const loud = (values: Column): Column => values.map((value, i) => (isQuiet[i] === true ? null : value));
  return { mean: loud(column('mean')), low: loud(column('min')), high: loud(high) };
}

function socOf(
  field: SeriesField,
  stepMs: number,
  limitMs: number,
  middle: (atMs: number) => number,
): ChartModel['soc'] {
  const broken = breakAtGaps(field.atMs, stepMs, limitMs);
  const mean = byStep(field);
  return {
    xMs: broken.map(({ kind, atMs }) => (kind === 'step' ? middle(atMs) : atMs)),
    percent: broken.map(({ kind, atMs }) => (kind === 'step' ? (mean.get(atMs)?.mean ?? null) : null)),
  };
}

function notObserved(
  stepsMs: readonly number[],
  { beginMs, endMs }: Window,
  stepMs: number,
  limitMs: number,
): Window[] {
  const edges = [beginMs - stepMs, ...stepsMs, endMs];
  return edges.slice(1).flatMap((atMs, i) => {
    const fromMs = (edges[i] ?? beginMs) + stepMs;
    return atMs - fromMs > limitMs - stepMs ? [{ beginMs: fromMs, endMs: atMs }] : [];
  });
}

/** A reading that no line reaches, for want of a neighbour: it is drawn as a dot. */
export function alone(column: Column): number[] {
  const found: number[] = [];
  let [isBefore, isHere] = [false, false];
  for (let i = 0; i <= column.length; i += 1) {
    const isAfter = (column[i] ?? null) !== null;
    if (isHere && !isBefore && !isAfter) found.push(i - 1);
    [isBefore, isHere] = [isHere, isAfter];
  }
  return found;
}

/** What the readout says of an instant. */
export type Readout =
  | {
      readonly kind: 'step';
      readonly atMs: number;
      readonly figuresByField: ReadonlyMap<string, Figures & { readonly unit: string; readonly count: number }>;
    }
  | { readonly kind: 'not-observed'; readonly atMs: number; readonly gap: Window }
  | { readonly kind: 'empty' };

export function readoutAt(series: Series, model: ChartModel, atMs: number): Readout {
  const gap = model.notObserved.find(({ beginMs, endMs }) => atMs >= beginMs && atMs < endMs);
  if (gap !== undefined) return { kind: 'not-observed', atMs, gap };
  const stepMs = nearestStep(model, atMs);
  if (stepMs === undefined) return { kind: 'empty' };
  const figures = [...series.fieldByName].flatMap(([name, field]) => {
    const i = indexOf(field.atMs, stepMs);
    const [min, max, mean, count] = [field.min[i], field.max[i], field.mean[i], field.count[i]];
    if (min === undefined || max === undefined || mean === undefined || count === undefined) return [];
    return [[name, { unit: field.unit, min, max, mean, count }] as const];
  });
  return { kind: 'step', atMs: stepMs, figuresByField: new Map(figures) };
}

export function nearestStep({ stepsMs, stepMs }: ChartModel, atMs: number): number | undefined {
  const distance = (startMs: number): number => Math.abs(startMs + stepMs / 2 - atMs);
  return stepsMs.reduce<number | undefined>(
    (best, startMs) => (best === undefined || distance(startMs) < distance(best) ? startMs : best),
    undefined,
  );
}

/** The step so many readings on from the one at an instant; from nowhere: from the newest. */
export function stepFrom(model: ChartModel, atMs: number | undefined, steps: number): number | undefined {
  const { stepsMs } = model;
  const last = stepsMs.length - 1;
  const startMs = atMs === undefined ? stepsMs[last] : nearestStep(model, atMs);
  const from = startMs === undefined ? -1 : indexOf(stepsMs, startMs);
  return stepsMs[Math.min(Math.max(from + steps, 0), last)];
}

function indexOf(sortedMs: readonly number[], atMs: number): number {
  let low = 0;
  let high = sortedMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sortedMs[middle] ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return sortedMs[low] === atMs ? low : -1;
}

/** One row of the chart told as a table. */
export type TableRow = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly charge: Figures | undefined;
  readonly discharge: Figures | undefined;
  readonly count: number;
};

/** The same data in at most so many rows, oldest first: neighbouring steps are put together where there are more. */
export function tableRows(series: Series, model: ChartModel, most: number): readonly TableRow[] {
  const together = Math.max(1, Math.ceil(model.stepsMs.length / most));
  const starts = model.stepsMs.filter((_, i) => i % together === 0);
  return starts.map((fromMs, i) => {
    const group = model.stepsMs.slice(i * together, (i + 1) * together);
    const untilMs = (group.at(-1) ?? fromMs) + model.stepMs;
    const charge = merged(series.fieldByName.get('charge'), group);
    const discharge = merged(series.fieldByName.get('discharge'), group);
    return { fromMs, untilMs, charge, discharge, count: Math.max(charge?.count ?? 0, discharge?.count ?? 0) };
  });
}

function merged(
  field: SeriesField | undefined,
  steps: readonly number[],
): (Figures & { readonly count: number }) | undefined {
  if (field === undefined) return undefined;
  const indexes = steps.map((atMs) => indexOf(field.atMs, atMs)).filter((i) => i >= 0);
  if (indexes.length === 0) return undefined;
  const count = indexes.reduce((sum, i) => sum + (field.count[i] ?? 0), 0);
  return {
    count,
    min: Math.min(...indexes.map((i) => field.min[i] ?? 0)),
    max: Math.max(...indexes.map((i) => field.max[i] ?? 0)),
    mean: indexes.reduce((sum, i) => sum + (field.mean[i] ?? 0) * (field.count[i] ?? 0), 0) / count,
  };
}
