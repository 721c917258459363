/** Ranges, pages, steps and neighbours, in InfluxQL: it gives all fields of a time as one row, and a page reads no more than it needs. */
import { DEFAULT_BATTERY } from '../batteries/battery.ts';
import type { InfluxConnection } from './influxdb-connection.ts';
import {
  askInfluxQl,
  askSeries,
  fieldName,
  type InfluxQlRow,
  type Source,
  sourcesOf,
  TAG_COLUMN,
  tagColumn,
} from './influxdb-influxql.ts';
import { DEMO_MEASUREMENT } from './influxdb-lines.ts';
import { END_MS, nanosText } from './influxdb-time.ts';
import { comparePointTimes } from './point.ts';
import type { FieldValue, PointTime, Step, Store, StoredPoint } from './store.ts';

type PointsQuery = Parameters<Store['points']>[0];
type StepsQuery = Parameters<Store['steps']>[0];
type NearestQuery = Parameters<Store['nearest']>[0];

const FIRST: PointTime = { atMs: 0, nanos: 0 };
const LAST: PointTime = { atMs: END_MS, nanos: 0 };
const DAY_MS = 86_400_000;
// A page of a silent battery over all time reads every shard: 15 minutes first, a day and a month. Not as products: those would
// stay in the bundle of who only writes.
const NEIGHBOUR_MS = [900_000, DAY_MS, 2_678_400_000];

export async function points(connection: InfluxConnection, query: PointsQuery): Promise<readonly StoredPoint[]> {
  const [page = []] = await pages(connection, query.battery, [query]);
  return page;
}

/** Pages of one battery, in one request. */
async function pages(
  connection: InfluxConnection,
  battery: string,
  queries: readonly PointsQuery[],
): Promise<readonly (readonly StoredPoint[])[]> {
  const statementsByPage = queries.map(statementsOf);
  const statements = statementsByPage.flat();
  const rows = statements.length === 0 ? [] : [...(await askInfluxQl(connection, statements, { battery }))];
  return queries.map(({ order = 'oldest-first', limit }, page) =>
    joined(rows.splice(0, statementsByPage[page]?.length).flat(), order).slice(0, Math.max(0, limit)),
  );
}

/** None where nothing can be found. */
function statementsOf(query: PointsQuery): readonly string[] {
  const { battery, fields, limit, after, order = 'oldest-first' } = query;
  const range = bounds(query, after, order);
  if (limit <= 0 || comparePointTimes(range.from, range.to) >= 0 || fields?.length === 0) return [];
  const names = fields === undefined ? ['*::field'] : [...new Set(fields)].map(fieldName);
  const columns = (battery === DEFAULT_BATTERY ? [...names, tagColumn] : names).join(', ');
  const direction = order === 'oldest-first' ? 'ASC' : 'DESC';
  // One time may have two rows, where the original demo wrote too.
  const rowLimit = battery === DEFAULT_BATTERY ? 2 * limit : limit;
  return sourcesOf(battery).map(
    (source) => `SELECT ${columns} ${fromWhere(source, range)} ORDER BY time ${direction} LIMIT ${rowLimit}`,
  );
}

export async function steps(
  connection: InfluxConnection,
  query: StepsQuery,
): Promise<ReadonlyMap<string, readonly Step[]>> {
  const { battery, fromMs, toMs, stepMs } = query;
  if (toMs <= fromMs) return new Map();
  const range = bounds({ fromMs, toMs }, undefined, 'oldest-first');
  const columns = 'count(*), min(*), max(*), mean(*)';
  const grouping = `GROUP BY time(${stepMs}ms, ${((fromMs % stepMs) + stepMs) % stepMs}ms) fill(none)`;
  const statements = sourcesOf(battery).map((source) => `SELECT ${columns} ${fromWhere(source, range)} ${grouping}`);
  const rows = (await askInfluxQl(connection, statements, { battery })).flat();
  const stepsByField = new Map<string, Step[]>();
  for (const { time, values } of rows) {
    for (const [column, mean] of values) {
      // Of a text there is a count and no mean.
      const field = column.startsWith('mean_') ? column.slice('mean_'.length) : undefined;
      if (field === undefined) continue;
      const step = stepOf(time.atMs, Number(mean), (figure) => Number(values.get(`${figure}_${field}`)));
      const known = stepsByField.get(field);
      if (known === undefined) stepsByField.set(field, [step]);
      else known.push(step);
    }
  }
  return new Map([...stepsByField].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export async function nearest(
  connection: InfluxConnection,
  { battery, fromMs, toMs }: NearestQuery,
  nowMs: number,
): Promise<{ readonly beforeMs?: number; readonly afterMs?: number }> {
  const sides = [
    { battery, fromMs: 0, toMs: fromMs, order: 'newest-first', limit: 1 },
    { battery, fromMs: toMs, toMs: LAST.atMs, order: 'oldest-first', limit: 1 },
  ] as const;
  // Most often both are near: one request.
  const near = await pages(
    connection,
    battery,
    sides.map((side) => ({ ...side, ...stretchesOf(side, nowMs)[0] })),
  );
  const [before, after] = await Promise.all(
    sides.map(
      async (side, i) => near[i]?.[0] ?? (await firstOf(connection, side, stretchesOf(side, nowMs).slice(1)))[0],
    ),
  );
  return {
    ...(before === undefined ? {} : { beforeMs: before.atMs }),
    ...(after === undefined ? {} : { afterMs: after.atMs }),
  };
}

export async function newestTimes(
  connection: InfluxConnection,
  { battery, count }: { readonly battery: string; readonly count: number },
  nowMs: number,
): Promise<readonly number[]> {
  const whole = { battery, fromMs: 0, toMs: LAST.atMs, order: 'newest-first', limit: count } as const;
  const times = new Set<number>();
  let page = await firstOf(connection, whole, stretchesOf(whole, nowMs));
  // A short stretch may hold only the newest of them, and many points may share a millisecond: another page then.
  for (let isLast = false; page.length > 0; ) {
    for (const { atMs } of page) times.add(atMs);
    const after = page.at(-1);
    if (isLast || times.size >= count || after === undefined) break;
    page = await olderPage(connection, { battery, count, after });
    isLast = page.length < count;
  }
  return [...times].slice(0, count);
}

/**
 * The database counts values, of each field, in its index; to count the samples it would have to read them. So of samples of
 * which each has another field it sees too few, and of the default battery with both its measurements never the sum.
 */
export async function counts(
  connection: InfluxConnection,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<ReadonlyMap<string, number>> {
  const { from, to } = bounds({ fromMs, toMs }, undefined, 'oldest-first');
  if (comparePointTimes(from, to) >= 0) return new Map();
  const statement = `SELECT count(*::field) FROM "battery", "${DEMO_MEASUREMENT}" WHERE time >= ${nanosText(from)} AND time < ${nanosText(to)} GROUP BY "battery"`;
  const found = new Map<string, number>();
  for (const { name, tags, columns, rows } of (await askSeries(connection, [statement])).flat()) {
    const battery = batteryIn(name, tags['battery'] ?? '');
    if (battery === undefined) continue;
    const most = rows.flatMap((row) => row.filter((_cell, i) => columns[i] !== 'time').map(Number));
    found.set(battery, Math.max(found.get(battery) ?? 0, ...most));
  }
  return found;
}

/** Whose samples a measurement's series with this tag are, as sourcesOf has it; undefined: none of ours. */
function batteryIn(measurement: string, tag: string): string | undefined {
  if (measurement === DEMO_MEASUREMENT) return tag === '' || tag === DEFAULT_BATTERY ? DEFAULT_BATTERY : undefined;
  return tag === '' ? undefined : tag;
}

type Bounds = { readonly from: PointTime; readonly to: PointTime };

/** [from, to) as point times: the range, or what is left of it behind `after`. */
function bounds(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  after: PointTime | undefined,
  order: 'oldest-first' | 'newest-first',
): Bounds {
  const from = later(FIRST, { atMs: fromMs, nanos: 0 });
  const to = earlier(LAST, { atMs: toMs, nanos: 0 });
  if (after === undefined) return { from, to };
  return order === 'oldest-first'
    ? { from: later(from, { atMs: after.atMs, nanos: after.nanos + 1 }), to }
    : { from, to: earlier(to, after) };
}

const later = (a: PointTime, b: PointTime): PointTime => (comparePointTimes(a, b) < 0 ? b : a);
const earlier = (a: PointTime, b: PointTime): PointTime => (comparePointTimes(a, b) < 0 ? a : b);

const fromWhere = ({ measurement, where }: Source, { from, to }: Bounds): string =>
  `FROM "${measurement}" WHERE ${where} AND time >= ${nanosText(from)} AND time < ${nanosText(to)}`;

/** Rows of one time are one point. Of one field the tagged series' value counts, for that is ours. */
function joined(rows: readonly InfluxQlRow[], order: 'oldest-first' | 'newest-first'): readonly StoredPoint[] {
  const fieldsByTime = new Map<string, { readonly time: PointTime; readonly fields: Map<string, FieldValue> }>();
  const tagged = (row: InfluxQlRow): number => (row.values.has(TAG_COLUMN) ? 1 : 0);
  for (const { time, values } of [...rows].sort((a, b) => tagged(a) - tagged(b))) {
    const key = nanosText(time);
    const point = fieldsByTime.get(key) ?? { time, fields: new Map() };
    for (const [name, value] of values) if (name !== TAG_COLUMN) point.fields.set(name, value);
    fieldsByTime.set(key, point);
  }
  const sign = order === 'oldest-first' ? 1 : -1;
  return [...fieldsByTime.values()]
    .map(({ time, fields }) => ({
      ...time,
      fields: Object.fromEntries([...fields].sort(([a], [b]) => (a < b ? -1 : 1))),
    }))
    .sort((a, b) => sign * comparePointTimes(a, b));
}

function stepOf(fromMs: number, mean: number, figure: (name: 'count' | 'min' | 'max') => number): Step {
  const [min, max] = [figure('min'), figure('max')];
  // Three times 0.1 is more than 0.3 in floats.
  return { fromMs, count: figure('count'), min, max, mean: Math.min(max, Math.max(min, mean)) };
}

type EdgeQuery = Required<Pick<PointsQuery, 'battery' | 'fromMs' | 'toMs' | 'order' | 'limit'>>;
type Stretch = { readonly fromMs: number; readonly toMs: number };

/** Where to look for the first points of a range in an order: near its edge, further on, and in all of it. */
function stretchesOf({ fromMs, toMs, order }: EdgeQuery, nowMs: number): readonly Stretch[] {
  if (order === 'newest-first') {
    // Ahead of now there is little: a battery's newest point is most often a recent one.
    const edgeMs = Math.min(toMs, nowMs);
    const near = NEIGHBOUR_MS.map((stretchMs) => ({ fromMs: Math.max(fromMs, Math.floor(edgeMs - stretchMs)), toMs }));
    return [...near, { fromMs, toMs }];
  }
  // And what reaches beyond now costs no less than all that follows.
  const near = NEIGHBOUR_MS.map((stretchMs) => ({ fromMs, toMs: fromMs + stretchMs }));
  return [...near.filter((stretch) => stretch.toMs < Math.min(toMs, nowMs)), { fromMs, toMs }];
}

/** Those of the first stretch that has any. */
async function firstOf(
  connection: InfluxConnection,
  query: EdgeQuery,
  stretches: readonly Stretch[],
): Promise<readonly StoredPoint[]> {
  for (const stretch of stretches) {
    const found = await points(connection, { ...query, ...stretch });
    if (found.length > 0) return found;
  }
  return [];
}

type OlderQuery = { readonly battery: string; readonly count: number; readonly after: PointTime };

/** Within a day of that time first, and over all time when that is not enough. */
async function olderPage(
  connection: InfluxConnection,
  { battery, count, after }: OlderQuery,
): Promise<readonly StoredPoint[]> {
  const query = { battery, toMs: after.atMs + 1, limit: count, order: 'newest-first' as const, after };
  const near = await points(connection, { ...query, fromMs: after.atMs - DAY_MS });
  return near.length === count ? near : points(connection, { ...query, fromMs: 0 });
}
