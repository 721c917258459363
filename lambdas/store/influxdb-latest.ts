/** The newest value of each field, looked for in a short stretch of time first: without a bound it reads every shard. */
import { flux, fluxExpression, toFluxValue } from '@influxdata/influxdb-client';
import type { InfluxConnection } from './influxdb-connection.ts';
import { allTime, askFlux, backFromNow, between, type FluxRange, type FluxRow, fluxFilter } from './influxdb-flux.ts';
import { END_MS } from './influxdb-time.ts';
import { comparePointTimes } from './point.ts';
import type { LatestValue, Store } from './store.ts';

type Query = Parameters<Store['latest']>[0];

/** What earlier questions found out of a battery. */
type Known = {
  /** Its fields, all that it ever had. */
  readonly names: readonly string[];
  readonly namesUntilMs: number;
  readonly namesAppends: number;
  /** By field, the index of the window that its newest value was found in: a silent battery's is looked for there at once. */
  readonly windows: ReadonlyMap<string, number>;
};

export type LatestMemory = {
  readonly knownByBattery: Map<string, Known>;
  /** How often this store wrote: what it knew before may not be all after. */
  appends: number;
};

export const latestMemory = (): LatestMemory => ({ knownByBattery: new Map(), appends: 0 });

// 15 minutes, a day, a month, all.
const WINDOW_MINUTES = [15, 24 * 60, 31 * 24 * 60, Number.POSITIVE_INFINITY] as const;
const LAST_WINDOW = WINDOW_MINUTES.length - 1;
const MINUTE_MS = 60_000;
// To find out costs as much as the question itself. Only a new field whose values are old from the start is found this late.
const NAMES_KNOWN_FOR_MS = 5_000;
const MAX_BATTERIES = 1_000;

export async function latest(
  connection: InfluxConnection,
  memory: LatestMemory,
  query: Query,
): Promise<ReadonlyMap<string, LatestValue>> {
  const { battery } = query;
  const asOfMs = query.asOfMs === undefined ? undefined : Math.min(query.asOfMs, END_MS - 1);
  if (asOfMs !== undefined && asOfMs < 0) return new Map();
  const known = memory.knownByBattery.get(battery);
  const namesAppends = memory.appends;
  const areKnown = known?.namesAppends === namesAppends && performance.now() < known.namesUntilMs;
  // Of another time than now no window is remembered.
  const windows = new Map(asOfMs === undefined ? known?.windows : undefined);
  const found = new Map<string, LatestValue>();
  const ask = async (parts: readonly string[]): Promise<readonly FluxRow[]> => {
    const rows = await askFlux(connection, flux`${fluxExpression([IMPORT, ...parts].join('\n'))}`);
    for (const row of rows) takeNewer(found, row);
    return rows;
  };
  const part = (window: number, names?: readonly string[]): string =>
    lastPart({ bucket: connection.bucket, battery, range: rangeOf(window, asOfMs), window, names });
  const byWindow = (names: readonly string[]): readonly string[] =>
    [...Map.groupBy(names, (name) => windows.get(name) ?? 0)].map(([window, ofIt]) => part(window, ofIt));

  // Of the newest stretch every field, also one that is not known yet.
  const old = [...windows.keys()].filter((name) => windows.get(name) !== 0);
  const rows = await ask([part(0), ...byWindow(old), ...(areKnown ? [] : [namesPart(connection.bucket, battery)])]);
  const names = areKnown ? known.names : namesIn(rows);
  for (const { result, cells } of rows) if (result === nameOf(0)) windows.set(cells['_field'] ?? '', 0);
  for (;;) {
    const missing = names.filter((name) => !found.has(name) && (windows.get(name) ?? 0) < LAST_WINDOW);
    if (missing.length === 0) break;
    for (const name of missing) windows.set(name, (windows.get(name) ?? 0) + 1);
    await ask(byWindow(missing));
  }
  if (asOfMs === undefined) {
    // A battery without any may have its first one at any time.
    const knownForMs = names.length === 0 ? 0 : NAMES_KNOWN_FOR_MS;
    const namesUntilMs = areKnown ? known.namesUntilMs : performance.now() + knownForMs;
    remember(memory, battery, { names, namesUntilMs, namesAppends, windows });
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function remember({ knownByBattery }: LatestMemory, battery: string, known: Known): void {
  if (knownByBattery.size >= MAX_BATTERIES && !knownByBattery.has(battery)) knownByBattery.clear();
  knownByBattery.set(battery, known);
}

const IMPORT = 'import "influxdata/influxdb/schema"';
const NAMES = 'names';
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

const namesIn = (rows: readonly FluxRow[]): readonly string[] =>
  rows.flatMap(({ result, cells }) => (result === NAMES && cells['_value'] !== undefined ? [cells['_value']] : []));

function rangeOf(window: number, asOfMs: number | undefined): FluxRange {
  const minutes = WINDOW_MINUTES[window] ?? Number.POSITIVE_INFINITY;
  if (asOfMs !== undefined) return between(asOfMs - minutes * MINUTE_MS, asOfMs + 1);
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
