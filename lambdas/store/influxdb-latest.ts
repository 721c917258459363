/** The newest value of each field, looked for in a short stretch of time first: without a bound it reads every shard. */
import { flux, fluxExpression, toFluxValue } from '@influxdata/influxdb-client';
import type { InfluxConnection } from './influxdb-connection.ts';
import type { FieldMemory, Fields } from './influxdb-fields.ts';
import { allTime, askFlux, backFromNow, between, type FluxRange, type FluxRow, fluxFilter } from './influxdb-flux.ts';
import { comparePointTimes } from './point.ts';
import type { LatestValue, Store } from './store.ts';

type Query = Parameters<Store['latest']>[0];

// 15 minutes, a day, a month, all.
const WINDOW_MINUTES = [15, 24 * 60, 31 * 24 * 60, Number.POSITIVE_INFINITY] as const;
const LAST_WINDOW = WINDOW_MINUTES.length - 1;
const MINUTE_MS = 60_000;

export async function latest(
  connection: InfluxConnection,
  memory: FieldMemory,
  { battery, asOfMs }: Query,
): Promise<ReadonlyMap<string, LatestValue>> {
  const known = await memory.of(battery);
  // Of another time than now nothing is remembered.
  const windows: Fields = asOfMs === undefined ? known : new Map([...known.keys()].map((field) => [field, 0]));
  const found = new Map<string, LatestValue>();
  let open = [...windows.keys()];
  while (open.length > 0) {
    const rows = await lastRows(connection, battery, open, windows, asOfMs);
    for (const row of rows) takeNewer(found, row);
    const missing = open.filter((field) => !found.has(field));
    open = missing.filter((field) => (windows.get(field) ?? 0) < LAST_WINDOW);
    for (const field of open) windows.set(field, (windows.get(field) ?? 0) + 1);
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The last value of each of these fields within its own window: one request, one part of it a window. */
async function lastRows(
  connection: InfluxConnection,
  battery: string,
  fields: readonly string[],
  windows: Fields,
  asOfMs: number | undefined,
): Promise<readonly FluxRow[]> {
  const parts = [...new Set(fields.map((field) => windows.get(field) ?? 0))].map((window) => {
    const names = fields.filter((field) => windows.get(field) === window);
    const isAll = names.length === windows.size;
    const wanted = isAll ? '' : ` and (${names.map((name) => `r._field == ${toFluxValue(name)}`).join(' or ')})`;
    const filter = fluxExpression(`(r) => (${fluxFilter(battery)})${wanted}`);
    const { start, stop } = rangeOf(window, asOfMs);
    const name = `window${window}`;
    // Nothing between `range` and `last` but this one filter, so that the database itself does it, without reading the points.
    return flux`from(bucket: ${connection.bucket}) |> range(start: ${start}, stop: ${stop}) |> filter(fn: ${filter}) |> last() |> yield(name: ${name})`;
  });
  return askFlux(connection, flux`${fluxExpression(parts.map(String).join('\n'))}`);
}

function rangeOf(window: number, asOfMs: number | undefined): FluxRange {
  const minutes = WINDOW_MINUTES[window] ?? Number.POSITIVE_INFINITY;
  if (asOfMs !== undefined) return between(asOfMs - minutes * MINUTE_MS, asOfMs + 1);
  return Number.isFinite(minutes) ? backFromNow(minutes) : allTime;
}

// The default battery has two series of a field where the original demo wrote too: the newer one counts, then the tagged one.
function takeNewer(found: Map<string, LatestValue>, { cells, time, value }: FluxRow): void {
  const field = cells['_field'] ?? '';
  const known = found.get(field);
  if (value === undefined) return;
  const order = known === undefined ? 1 : comparePointTimes(time, known);
  if (order > 0 || (order === 0 && cells['battery'] !== undefined)) found.set(field, { ...time, value });
}
