/** Points for tests: a short way to write one, arbitrary ones, and what a store must answer of them, computed naively. */
import fc from 'fast-check';
import { comparePointTimes } from '../../lambdas/store/point.ts';
import type { FieldValue, LatestValue, Point, Step, StoredPoint } from '../../lambdas/store/store.ts';

export const START_MS = Date.UTC(2026, 10, 23, 12);

/** A sample of measurement `battery`; its fingerprint is its nanoseconds, so that a point equals itself. */
export function point(battery: string, atMs: number, fields: Point['fields'], more: Partial<Point> = {}): Point {
  const nanos = more.nanos ?? 0;
  return { measurement: 'battery', battery, atMs, nanos, fingerprint: nanos, fields, ...more };
}

const arbText = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !/\p{Cc}/u.test(text));
// `+ 0`, for not every database keeps the sign of zero.
const arbNumber = fc
  .double({ noNaN: true, noDefaultInfinity: true, min: -20_000, max: 20_000 })
  .map((value) => value + 0);
const arbNumbers = fc.dictionary(fc.constantFrom('charge', 'discharge', 'voltage', 'soc'), arbNumber, {
  noNullPrototype: true,
});
const arbTexts = fc.dictionary(fc.constant('cellVoltageMinId'), arbText, { noNullPrototype: true });
// A field has one type, as in the schema.
const arbFields = fc
  .tuple(arbNumbers, arbTexts)
  .map(([numbers, texts]) => ({ ...numbers, ...texts }))
  .filter((fields) => Object.keys(fields).length > 0);

/** Within two minutes of START_MS, many of them in the same milliseconds. */
export const arbStored: fc.Arbitrary<readonly StoredPoint[]> = fc.uniqueArray(
  fc.record({
    atMs: fc.oneof(fc.integer({ max: 8, min: 0 }), fc.integer({ max: 120_000, min: 0 })).map((ms) => START_MS + ms),
    nanos: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 999_999 })),
    fields: arbFields,
  }),
  { minLength: 1, maxLength: 30, selector: ({ atMs, nanos }) => `${atMs}.${nanos}` },
);

/** Each of the points at least once, some twice, in any order, cut into batches. */
export const arbArrival = arbStored.chain((stored) =>
  fc
    .record({ stored: fc.constant(stored), repeats: fc.subarray([...stored]), size: fc.integer({ min: 1, max: 9 }) })
    .chain(({ repeats, size }) => {
      const all = [...stored, ...repeats];
      return fc.record({
        stored: fc.constant(stored),
        batches: fc.shuffledSubarray(all, { minLength: all.length }).map((arrived) => chunks(arrived, size)),
      });
    }),
);

export const asPoint = (battery: string, { atMs, nanos, fields }: StoredPoint): Point =>
  point(battery, atMs, fields, { nanos });

export const inOrder = (stored: readonly StoredPoint[]): readonly StoredPoint[] => [...stored].sort(comparePointTimes);

export function naiveLatest(stored: readonly StoredPoint[]): ReadonlyMap<string, LatestValue> {
  const latest = new Map<string, LatestValue>();
  for (const { atMs, nanos, fields } of inOrder(stored)) {
    for (const [name, value] of Object.entries(fields)) latest.set(name, { atMs, nanos, value });
  }
  return latest;
}

/** Points that have one of the names, with those fields alone. */
export function carrying(stored: readonly StoredPoint[], names: readonly string[]): readonly StoredPoint[] {
  return stored
    .map(({ fields, ...time }) => ({ ...time, fields: only(fields, names) }))
    .filter(({ fields }) => Object.keys(fields).length > 0);
}

type Range = { readonly fromMs: number; readonly toMs: number; readonly stepMs: number };

export function naiveSteps(
  stored: readonly StoredPoint[],
  name: string,
  { fromMs, toMs, stepMs }: Range,
): readonly Step[] {
  const valuesByStep = new Map<number, number[]>();
  for (const { atMs, fields } of inOrder(stored)) {
    const value = fields[name];
    if (typeof value !== 'number' || atMs < fromMs || atMs >= toMs) continue;
    const stepFromMs = atMs - ((atMs - fromMs) % stepMs);
    valuesByStep.set(stepFromMs, [...(valuesByStep.get(stepFromMs) ?? []), value]);
  }
  return [...valuesByStep].map(([stepFromMs, values]) => ({
    fromMs: stepFromMs,
    count: values.length,
    min: Math.min(...values),
    max: Math.max(...values),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  }));
}

const only = (fields: StoredPoint['fields'], names: readonly string[]): Record<string, FieldValue> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
