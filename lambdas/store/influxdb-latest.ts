/**
 * The newest value of each field: out of the newest rows while they hold them all, else of each field by itself, looked for in a
 * short stretch of time first, for without a bound that reads every shard.
 */
import { flux, fluxExpression, toFluxValue } from '@influxdata/influxdb-client';
import { isWithin } from './answer-memory.ts';
import type { InfluxConnection } from './influxdb-connection.ts';
import { allTime, askFlux, backFromNow, between, type FluxRange, type FluxRow, fluxFilter } from './influxdb-flux.ts';
import { type NewestRows, newestRows } from './influxdb-newest-rows.ts';
import { newestTimes } from './influxdb-read.ts';
import { END_MS } from './influxdb-time.ts';
import { comparePointTimes } from './point.ts';
import type { LatestValue, Live, Store } from './store.ts';

type Latest = ReadonlyMap<string, LatestValue>;

/** What earlier questions found out of a battery. */
type Known = {
  /** Its fields, all that it ever had. */
  readonly names: readonly string[];
  readonly namesAtMs: number;
  readonly namesAppends: number;
  /** By field, the index of the window that its newest value was found in: a silent battery's is looked for there at once. */
  readonly windows: ReadonlyMap<string, number>;
  /** No field's newest value is older. Undefined: it has none. */
  readonly sinceMs: number | undefined;
  /** When the newest rows did not hold every field. */
  readonly rowsInVainAtMs: number;
};

type KnownTimes = {
  readonly times: readonly number[];
  /** How many were asked for. */
  readonly count: number;
  readonly atMs: number;
  readonly appends: number;
};

export type LatestMemory = {
  readonly knownByBattery: Map<string, Known>;
  readonly timesByBattery: Map<string, KnownTimes>;
  /** How often this store wrote: what it knew before may not be all after. */
  appends: number;
  readonly nowMs: () => number;
};

export const latestMemory = (nowMs: () => number): LatestMemory => ({
  knownByBattery: new Map(),
  timesByBattery: new Map(),
  appends: 0,
  nowMs,
});

// 15 minutes, a day, a month, all.
const WINDOW_MINUTES = [15, 24 * 60, 31 * 24 * 60, Number.POSITIVE_INFINITY] as const;
const LAST_WINDOW = WINDOW_MINUTES.length - 1;
// To find the names out costs as much as the question itself. Only a new field whose values are old from the start is found this
// late, and the newest times are for the battery's period, which is a median of a hundred.
export const KNOWN_FOR_MS = 5_000;
// Rows tell of a new field by themselves, unless its first value came too late to be among them.
const ROWS_FOR_MS = 30_000;
// A row costs next to nothing beside the question.
const ROWS = 100;
// Of the original demo's whole seconds each may hold a charge and a discharge, sent more than once.
const ROWS_A_TIME = 4;
const RECENT_MS = WINDOW_MINUTES[0] * 60_000;
const DAY_MS = WINDOW_MINUTES[1] * 60_000;
const NEVER = Number.NEGATIVE_INFINITY;
const MAX_BATTERIES = 1_000;

export async function latest(
  connection: InfluxConnection,
  memory: LatestMemory,
  { battery }: Parameters<Store['latest']>[0],
): Promise<Latest> {
  const sinceMs = memory.knownByBattery.get(battery)?.sinceMs ?? NEVER;
  const recentMs = memory.nowMs() - RECENT_MS;
  // A value that is older is for the window in which it was found: behind it every shard would be looked through.
  const wanted = { limit: ROWS, fromMs: Math.min(sinceMs, recentMs) };
  const rows = sinceMs < memory.nowMs() - DAY_MS ? undefined : await wholeRows(connection, memory, battery, wanted);
  return rows?.latest ?? (await newestValues(connection, memory, battery)).latest;
}

/** The newest times come with the rows, or are asked for in the same request, once it is known how far back they reach. */
export async function live(
  connection: InfluxConnection,
  memory: LatestMemory,
  { battery, times: count }: Parameters<Store['live']>[0],
): Promise<Live> {
  const known = memory.timesByBattery.get(battery);
  const { appends } = memory;
  const keep = (times: readonly number[]): void =>
    remember(memory.timesByBattery, battery, { times, count, atMs: memory.nowMs(), appends });
  if (known === undefined || known.count !== count || known.times.length === 0) {
    const [values, times] = await Promise.all([
      newestValues(connection, memory, battery),
      newestTimes(connection, { battery, count }, memory.nowMs()),
    ]);
    keep(times);
    return { latest: values.latest, newestTimes: times };
  }
  const areKnown = known.appends === appends && isWithin(KNOWN_FOR_MS, known.atMs, memory.nowMs());
  // Of few samples, or very many in a millisecond, rows do not tell all times.
  if (areKnown || known.times.length === count) {
    const wanted = { limit: ROWS_A_TIME * count, fromMs: known.times.at(-1) ?? 0 };
    const rows = await wholeRows(connection, memory, battery, wanted);
    if (rows !== undefined && rows.times.length >= count) {
      keep(rows.times.slice(0, count));
      return { latest: rows.latest, newestTimes: rows.times.slice(0, count) };
    }
    if (rows !== undefined && areKnown) return { latest: rows.latest, newestTimes: known.times };
  }
  const part = timesPart(connection.bucket, battery, known);
  const values = await newestValues(connection, memory, battery, areKnown ? [] : [part]);
  if (areKnown) return { latest: values.latest, newestTimes: known.times };
  const times = values.rows.flatMap(({ result, time }) => (result === TIMES ? [time.atMs] : []));
  keep(times);
  return { latest: values.latest, newestTimes: times };
}

type RowsWanted = { readonly limit: number; readonly fromMs: number };

/** Undefined where the newest rows are known not to hold every field, or turn out not to. */
async function wholeRows(
  connection: InfluxConnection,
  memory: LatestMemory,
  battery: string,
  { limit, fromMs }: RowsWanted,
): Promise<NewestRows | undefined> {
  const known = memory.knownByBattery.get(battery);
  if (known === undefined || !areNamesKnown(memory, known, ROWS_FOR_MS)) return undefined;
  if (known.sinceMs === undefined || known.sinceMs < fromMs) return undefined;
  if (isWithin(ROWS_FOR_MS, known.rowsInVainAtMs, memory.nowMs())) return undefined;
  const rows = await newestRows(connection, { battery, fromMs, limit });
  const isWhole = known.names.every((name) => rows.latest.has(name));
  const now = isWhole
    ? { ...known, names: [...rows.latest.keys()], sinceMs: oldestOf(rows.latest) }
    : // Of a battery that was removed no name holds any more.
      { ...known, namesAtMs: rows.latest.size === 0 ? NEVER : known.namesAtMs, rowsInVainAtMs: memory.nowMs() };
  remember(memory.knownByBattery, battery, now);
  return isWhole ? { ...rows, latest: sorted(rows.latest) } : undefined;
}

const areNamesKnown = ({ appends, nowMs }: LatestMemory, { namesAppends, namesAtMs }: Known, forMs: number): boolean =>
  namesAppends === appends && isWithin(forMs, namesAtMs, nowMs());

/** Undefined: there is none. */
const oldestOf = (found: Latest): number | undefined =>
  found.size === 0 ? undefined : Math.min(...[...found.values()].map(({ atMs }) => atMs));

const sorted = (found: Latest): Latest => new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));

/** `more`: what else the first request asks. */
async function newestValues(
  connection: InfluxConnection,
  memory: LatestMemory,
  battery: string,
  more: readonly string[] = [],
): Promise<{ readonly latest: Latest; readonly rows: readonly FluxRow[] }> {
  const known = memory.knownByBattery.get(battery);
  const namesAppends = memory.appends;
  const areKnown = known !== undefined && areNamesKnown(memory, known, KNOWN_FOR_MS);
  const windows = new Map(known?.windows);
  const found = new Map<string, LatestValue>();
  // Truth values, which somebody else wrote.
  const notOurs = new Set<string>();
  const ask = async (parts: readonly string[]): Promise<readonly FluxRow[]> => {
    const rows = await askFlux(connection, flux`${fluxExpression([IMPORT, ...parts].join('\n'))}`);
    for (const row of rows) {
      if (row.result.startsWith(WINDOW) && row.value === undefined) notOurs.add(row.cells['_field'] ?? '');
      takeNewer(found, row);
    }
    return rows;
  };
  const part = (window: number, names?: readonly string[]): string =>
    lastPart({ bucket: connection.bucket, battery, range: rangeOf(window), window, names });
  const byWindow = (names: readonly string[]): readonly string[] =>
    [...Map.groupBy(names, (name) => windows.get(name) ?? 0)].map(([window, ofIt]) => part(window, ofIt));

  // Of the newest stretch every field, also one that is not known yet.
  const old = [...windows.keys()].filter((name) => windows.get(name) !== 0);
  const namesToo = areKnown ? [] : [namesPart(connection.bucket, battery)];
  const rows = await ask([part(0), ...byWindow(old), ...namesToo, ...more]);
  const asked = areKnown ? known.names : namesIn(rows);
  for (const { result, cells } of rows) if (result === nameOf(0)) windows.set(cells['_field'] ?? '', 0);
  for (;;) {
    const isMissing = (name: string): boolean => !found.has(name) && !notOurs.has(name);
    const missing = asked.filter((name) => isMissing(name) && (windows.get(name) ?? 0) < LAST_WINDOW);
    if (missing.length === 0) break;
    for (const name of missing) windows.set(name, (windows.get(name) ?? 0) + 1);
    await ask(byWindow(missing));
  }
  // With those that came to the newest stretch since the names were asked for.
  const names = [...new Set([...asked.filter((name) => !notOurs.has(name)), ...found.keys()])];
  // A battery without any may have its first one at any time.
  const namesAtMs = areKnown ? known.namesAtMs : names.length === 0 ? NEVER : memory.nowMs();
  const rowsInVainAtMs = memory.knownByBattery.get(battery)?.rowsInVainAtMs ?? NEVER;
  const sinceMs = oldestOf(found);
  remember(memory.knownByBattery, battery, { names, namesAtMs, namesAppends, windows, sinceMs, rowsInVainAtMs });
  return { latest: sorted(found), rows };
}

function remember<Value>(byBattery: Map<string, Value>, battery: string, known: Value): void {
  if (byBattery.size >= MAX_BATTERIES && !byBattery.has(battery)) byBattery.clear();
  byBattery.set(battery, known);
}

const IMPORT = 'import "influxdata/influxdb/schema"';
const NAMES = 'names';
const TIMES = 'times';
const WINDOW = 'window';
const nameOf = (window: number): string => `${WINDOW}${window}`;

type Part = {
  readonly bucket: string;
  readonly battery: string;
  readonly range: FluxRange;
  readonly window: number;
  /** Absent: all. */
  readonly names: readonly string[] | undefined;
};

/** The last value of these fields within a window. */
function lastPart({ bucket, battery, range: { start, stop }, window, names }: Part): string {
  const wanted = names?.map((name) => `r._field == ${toFluxValue(name)}`).join(' or ');
  const own = fluxFilter(battery);
  const filter = fluxExpression(`(r) => ${wanted === undefined ? own : `(${own}) and (${wanted})`}`);
  // Nothing between `range` and `last` but this one filter, so that the database itself does it, without reading the points.
  return String(
    flux`from(bucket: ${bucket}) |> range(start: ${start}, stop: ${stop}) |> filter(fn: ${filter}) |> last() |> yield(name: ${nameOf(window)})`,
  );
}

function namesPart(bucket: string, battery: string): string {
  const predicate = fluxExpression(`(r) => ${fluxFilter(battery)}`);
  const { start, stop } = allTime;
  return String(
    flux`schema.fieldKeys(bucket: ${bucket}, start: ${start}, stop: ${stop}, predicate: ${predicate}) |> yield(name: ${NAMES})`,
  );
}

/** The newest times, of which the oldest known one says how far back they reach: behind it are as many as were asked for. */
function timesPart(bucket: string, battery: string, { times, count }: KnownTimes): string {
  const oldestMs = times.length < count ? 0 : (times.at(-1) ?? 0);
  const { start, stop } = between(oldestMs, END_MS);
  const filter = fluxExpression(`(r) => ${fluxFilter(battery)}`);
  const distinct = fluxExpression('truncateTimeColumn(unit: 1ms) |> unique(column: "_time")');
  return String(
    flux`from(bucket: ${bucket}) |> range(start: ${start}, stop: ${stop}) |> filter(fn: ${filter}) |> keep(columns: ["_time"]) |> group() |> ${distinct} |> sort(columns: ["_time"], desc: true) |> limit(n: ${count}) |> yield(name: ${TIMES})`,
  );
}

const namesIn = (rows: readonly FluxRow[]): readonly string[] =>
  rows.flatMap(({ result, cells }) => (result === NAMES && cells['_value'] !== undefined ? [cells['_value']] : []));

function rangeOf(window: number): FluxRange {
  const minutes = WINDOW_MINUTES[window] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(minutes) ? backFromNow(minutes) : allTime;
}

// The default battery has two series of a field where the original demo wrote too: the newer one counts, then the tagged one.
function takeNewer(found: Map<string, LatestValue>, { cells, time, value }: FluxRow): void {
  const field = cells['_field'];
  if (field === undefined || value === undefined) return;
  const known = found.get(field);
  const order = known === undefined ? 1 : comparePointTimes(time, known);
  if (order > 0 || (order === 0 && cells['battery'] !== undefined)) found.set(field, { ...time, value });
}
