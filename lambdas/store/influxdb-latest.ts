/** The newest value of each field, looked for in a short stretch of time first: without a bound it reads every shard. */
import { flux, fluxExpression, toFluxValue } from '@influxdata/influxdb-client';
import type { InfluxConnection } from './influxdb-connection.ts';
import { allTime, askFlux, backFromNow, between, type FluxRange, type FluxRow, fluxFilter } from './influxdb-flux.ts';
import { newestTimes } from './influxdb-read.ts';
import { END_MS } from './influxdb-time.ts';
import { comparePointTimes } from './point.ts';
import type { LatestValue, Live, Store } from './store.ts';

type Latest = ReadonlyMap<string, LatestValue>;

/** What earlier questions found out of a battery. */
type Known = {
  /** Its fields, all that it ever had. */
  readonly names: readonly string[];
  readonly namesUntilMs: number;
  readonly namesAppends: number;
  /** By field, the index of the window that its newest value was found in: a silent battery's is looked for there at once. */
  readonly windows: ReadonlyMap<string, number>;
};

type KnownTimes = {
  readonly times: readonly number[];
  /** How many were asked for. */
  readonly count: number;
  readonly untilMs: number;
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
// To find out costs as much as the question itself. Only a new field whose values are old from the start is found this late,
// and the newest times are for the battery's period, which is a median of a hundred.
export const KNOWN_FOR_MS = 5_000;
const MAX_BATTERIES = 1_000;

export async function latest(
  connection: InfluxConnection,
  memory: LatestMemory,
  { battery }: Parameters<Store['latest']>[0],
): Promise<Latest> {
  return (await newestValues(connection, memory, battery)).latest;
}

/** The newest times are asked for in the same request, once it is known how far back they reach. */
export async function live(
  connection: InfluxConnection,
  memory: LatestMemory,
  { battery, times: count }: Parameters<Store['live']>[0],
): Promise<Live> {
  const known = memory.timesByBattery.get(battery);
  const { appends } = memory;
  const keep = (times: readonly number[]): void =>
    remember(memory.timesByBattery, battery, { times, count, untilMs: memory.nowMs() + KNOWN_FOR_MS, appends });
  if (known === undefined || known.count !== count || known.times.length === 0) {
    const [values, times] = await Promise.all([
      newestValues(connection, memory, battery),
      newestTimes(connection, { battery, count }, memory.nowMs()),
    ]);
    keep(times);
    return { latest: values.latest, newestTimes: times };
  }
  const areKnown = known.appends === appends && memory.nowMs() < known.untilMs;
  const part = timesPart(connection.bucket, battery, known);
  const values = await newestValues(connection, memory, battery, areKnown ? [] : [part]);
  if (areKnown) return { latest: values.latest, newestTimes: known.times };
  const times = values.rows.flatMap(({ result, time }) => (result === TIMES ? [time.atMs] : []));
  keep(times);
  return { latest: values.latest, newestTimes: times };
}

/** `more`: what else the first request asks. */
async function newestValues(
  connection: InfluxConnection,
  memory: LatestMemory,
  battery: string,
  more: readonly string[] = [],
): Promise<{ readonly latest: Latest; readonly rows: readonly FluxRow[] }> {
  const known = memory.knownByBattery.get(battery);
  const namesAppends = memory.appends;
  const areKnown = known?.namesAppends === namesAppends && memory.nowMs() < known.namesUntilMs;
  const windows = new Map(known?.windows);
  const found = new Map<string, LatestValue>();
  const ask = async (parts: readonly string[]): Promise<readonly FluxRow[]> => {
    const rows = await askFlux(connection, flux`${fluxExpression([IMPORT, ...parts].join('\n'))}`);
    for (const row of rows) takeNewer(found, row);
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
  const names = areKnown ? known.names : namesIn(rows);
  for (const { result, cells } of rows) if (result === nameOf(0)) windows.set(cells['_field'] ?? '', 0);
  for (;;) {
    const missing = names.filter((name) => !found.has(name) && (windows.get(name) ?? 0) < LAST_WINDOW);
    if (missing.length === 0) break;
    for (const name of missing) windows.set(name, (windows.get(name) ?? 0) + 1);
    await ask(byWindow(missing));
  }
  // A battery without any may have its first one at any time.
  const knownForMs = names.length === 0 ? 0 : KNOWN_FOR_MS;
  const namesUntilMs = areKnown ? known.namesUntilMs : memory.nowMs() + knownForMs;
  remember(memory.knownByBattery, battery, { names, namesUntilMs, namesAppends, windows });
  return { latest: new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1))), rows };
}

function remember<Value>(byBattery: Map<string, Value>, battery: string, known: Value): void {
  if (byBattery.size >= MAX_BATTERIES && !byBattery.has(battery)) byBattery.clear();
  byBattery.set(battery, known);
}

const IMPORT = 'import "influxdata/influxdb/schema"';
const NAMES = 'names';
const TIMES = 'times';
const nameOf = (window: number): string => `window${window}`;

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
