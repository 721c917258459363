/**
 * The store of points: the port that every database adapter fills, with its laws. test/store/contract.ts holds each
 * adapter to them.
 *
 * 1. The same point again changes nothing and answers `repeated`. Two different samples that fell on one point time
 *    answer `collided` for the second, which is counted and not stored. (InfluxDB cannot tell: it answers `stored` both
 *    times, and of two that collide keeps each field's last.)
 * 2. Order of arrival changes no answer.
 * 3. `latest` is by point time, each field on its own, and finds a value however old it is.
 * 4. A range is [fromMs, toMs): bounded on both sides, sorted by point time, and pages join without loss or repetition.
 * 5. Numbers come back as the floats that went in. A field has one type for ever, number or text, as the schema says.
 * 6. A point that the database will not take is `refused` with the database's words; the others of the batch are stored.
 * 7. `counts` is of [fromMs, toMs), of each battery with a sample in it: never more than its samples, and as many at least as have
 *    the field that most of them have.
 * 8. What this store appended is in its answers at once. What others append is in them after a second at the latest, and
 *    among the newest times after five; a late first value of a field that a battery never had, after 30 (InfluxDB, unless its
 *    store is to be exact; in SQLite, and among the batteries, at once).
 * 9. A database that cannot be reached is an AmphoraError 'store-unavailable' with `retry: true`; nothing is half done.
 */

/** Milliseconds since 1970 (UTC) and the nanoseconds within that millisecond, 0 … 999 999. */
export type PointTime = { readonly atMs: number; readonly nanos: number };

export type Measurement = 'battery' | 'cell' | 'battery_alarm';

export type FieldValue = number | string;

export type Point = PointTime & {
  readonly measurement: Measurement;
  readonly battery: string;
  /** 32-bit FNV-1a of the canonical sample; `nanos` is its remainder by 10⁶. Tells a repeat from a collision. */
  readonly fingerprint: number;
  /** Field name to value, in the field's fixed unit. Never empty. */
  readonly fields: Readonly<Record<string, FieldValue>>;
};

/** A point as read back, without what only the writer needs. */
export type StoredPoint = PointTime & { readonly fields: Readonly<Record<string, FieldValue>> };

export type Outcome =
  | { readonly kind: 'stored' }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'collided' }
  | { readonly kind: 'refused'; readonly reason: string };

export type LatestValue = PointTime & { readonly value: FieldValue };

/** One field in one step of a range. Mean is over samples, not over time. */
export type Step = {
  readonly fromMs: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
};

export type RangeQuery = { readonly battery: string; readonly fromMs: number; readonly toMs: number };

export type Live = {
  /** Newest value of each field. */
  readonly latest: ReadonlyMap<string, LatestValue>;
  readonly newestTimes: readonly number[];
};

export type BatterySpan = {
  readonly id: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
};

export type Store = {
  /** One outcome a point, in the points' order. */
  readonly append: (points: readonly Point[]) => Promise<readonly Outcome[]>;
  /** Newest value of each field of measurement `battery`. */
  readonly latest: (query: { readonly battery: string }) => Promise<ReadonlyMap<string, LatestValue>>;
  /** `latest` and as many of `newestTimes`: what a live view asks over and over, as one question. */
  readonly live: (query: { readonly battery: string; readonly times: number }) => Promise<Live>;
  /** Points of measurement `battery` that have any of `fields` (default: all), carrying only those fields. */
  readonly points: (
    query: RangeQuery & {
      readonly fields?: readonly string[];
      readonly limit: number;
      /** Go on behind this point time (in the order asked for). */
      readonly after?: PointTime;
      readonly order?: 'oldest-first' | 'newest-first';
    },
  ) => Promise<readonly StoredPoint[]>;
  /** Numeric fields over equal steps from `fromMs` on; steps without a sample are left out. */
  readonly steps: (query: RangeQuery & { readonly stepMs: number }) => Promise<ReadonlyMap<string, readonly Step[]>>;
  /** The nearest sample before `fromMs` and at or after `toMs`. */
  readonly nearest: (query: RangeQuery) => Promise<{ readonly beforeMs?: number; readonly afterMs?: number }>;
  /** The newest distinct sample times of a battery, newest first, in milliseconds. */
  readonly newestTimes: (query: { readonly battery: string; readonly count: number }) => Promise<readonly number[]>;
  /** Samples of measurement `battery`, by battery: how many at least. */
  readonly counts: (range: { readonly fromMs: number; readonly toMs: number }) => Promise<ReadonlyMap<string, number>>;
  /** By id. */
  readonly batteries: () => Promise<readonly BatterySpan[]>;
  readonly close: () => Promise<void>;
};
