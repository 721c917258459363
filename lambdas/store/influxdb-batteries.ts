/**
 * Which batteries there are, and from when to when. Asked in parts, each in the way that is cheap for it, for InfluxDB pays for
 * every series that it looks into; no time is remembered for the next answer.
 */
import { flux, fluxExpression, toFluxValue } from '@influxdata/influxdb-client';
import { DEFAULT_BATTERY } from '../batteries/battery.ts';
import { AmphoraError } from '../failures/amphora-error.ts';
import type { InfluxConnection } from './influxdb-connection.ts';
import { allTime, askFlux, between, type FluxRange } from './influxdb-flux.ts';
import { askSeries, type InfluxQlSeries } from './influxdb-influxql.ts';
import { MEASUREMENTS } from './influxdb-lines.ts';
import { END_MS, nanosText, pointTimeOf } from './influxdb-time.ts';
import type { BatterySpan } from './store.ts';

type Edge = 'first' | 'last';
type Times = ReadonlyMap<string, number>;

/** A condition on `r` that holds for the series whose values have one type. */
type OneType = string;

type EdgeQuestion = {
  readonly edge: Edge;
  readonly range: FluxRange;
  /** Absent: each series by itself, whatever its type, which takes three times as long. */
  readonly oneTypes?: readonly OneType[];
};

// Not as products: those would stay in the bundles that never ask this.
const WEEK_MS = 604_800_000;
// 1970 began on a Thursday.
const FIRST_MONDAY_MS = 345_600_000;
const NONE: Times = new Map();
// Every one is in the question, and is looked at for each series: of more batteries it is cheaper to be told all.
const MAX_NAMED = 20;

/** `areFew`: in one question, for with few batteries the number of questions is what costs. */
export async function batteries(
  connection: InfluxConnection,
  { nowMs, areFew }: { readonly nowMs: number; readonly areFew: boolean },
): Promise<readonly BatterySpan[]> {
  if (areFew) return spansBySeries(connection);
  // Where shards hold a week or less, one begins with each Monday. To look into one costs a copy of what a series has there and
  // in no file yet, of a busy battery all its last minutes: so the shards of this week are asked as seldom as can be.
  const mondayMs = Math.floor((nowMs - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS + FIRST_MONDAY_MS;
  const { oneTypes, lastMs } = await askThisWeek(connection, mondayMs);
  if (oneTypes === undefined) return spansBySeries(connection);
  try {
    const before = between(0, mondayMs);
    const [firstMs = NONE] = await askEdges(connection, [{ edge: 'first', range: before, oneTypes }]);
    const young = [...lastMs.keys()].filter((id) => !firstMs.has(id));
    const silent = [...firstMs.keys()].filter((id) => !lastMs.has(id));
    const theirs = silent.length > MAX_NAMED ? oneTypes : oneTypes.map((one) => `(${one}) and (${isAnyOf(silent)})`);
    const [firstSinceMs, [lastBeforeMs = NONE]] = await Promise.all([
      young.length === 0 ? NONE : askSince(connection, mondayMs, 'first', young),
      silent.length === 0 ? [] : askEdges(connection, [{ edge: 'last', range: before, oneTypes: theirs }]),
    ]);
    return spansOf(new Map([...firstSinceMs, ...firstMs]), new Map([...lastBeforeMs, ...lastMs]));
  } catch (error) {
    // A field's first value of another type came between the questions.
    const isOfTypes = error instanceof AmphoraError && /schema collision/.test(error.message);
    if (isOfTypes) return spansBySeries(connection);
    throw error;
  }
}

/** Whatever types their fields have. */
async function spansBySeries(connection: InfluxConnection): Promise<readonly BatterySpan[]> {
  const edges = (['first', 'last'] as const).map((edge) => ({ edge, range: allTime }));
  const [firstMs = NONE, lastMs = NONE] = await askEdges(connection, edges);
  return spansOf(firstMs, lastMs);
}

/** One that has only one of the two was written, or removed, between the questions. */
function spansOf(firstMs: Times, lastMs: Times): readonly BatterySpan[] {
  return [...firstMs]
    .flatMap(([id, firstAtMs]) => {
      const lastAtMs = lastMs.get(id);
      return lastAtMs === undefined ? [] : [{ id, firstAtMs, lastAtMs }];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

type ThisWeek = {
  /** Undefined: some field has values of several types. */
  readonly oneTypes: readonly OneType[] | undefined;
  readonly lastMs: Times;
};

async function askThisWeek(connection: InfluxConnection, mondayMs: number): Promise<ThisWeek> {
  const from = MEASUREMENTS.map((name) => `"${name}"`).join(', ');
  const statements = [`SHOW FIELD KEYS FROM ${from}`, ...edgeStatements(mondayMs, 'last', '')];
  const [fields = [], ...series] = await askSeries(connection, statements);
  return { oneTypes: oneTypesOf(fields), lastMs: timesOf(series.flat(), 'last') };
}

function oneTypesOf(measurements: readonly InfluxQlSeries[]): readonly OneType[] | undefined {
  const typeByField = new Map<string, string>();
  for (const [field, type] of measurements.flatMap(({ rows }) => rows)) {
    const [name, its] = [String(field), String(type)];
    if ((typeByField.get(name) ?? its) !== its) return undefined;
    typeByField.set(name, its);
  }
  const byType = Map.groupBy(typeByField.keys(), (name) => typeByField.get(name));
  byType.delete('float');
  const others = [...byType.values()].map((names) =>
    names.map((name) => `r._field == ${toFluxValue(name)}`).join(' or '),
  );
  // The floats not by their names, but as what is none of the others: also a field that is new since.
  const floats = [...byType.values()].flat().map((name) => `r._field != ${toFluxValue(name)}`);
  return [floats.join(' and ') || 'exists r._field', ...others];
}

async function askSince(
  connection: InfluxConnection,
  mondayMs: number,
  edge: Edge,
  ids: readonly string[],
): Promise<Times> {
  const named = ids.length > MAX_NAMED ? [] : [...ids, ...(ids.includes(DEFAULT_BATTERY) ? [''] : [])];
  const params = Object.fromEntries(named.map((id, i) => [`id${i}`, id]));
  const where = named.map((_, i) => `"battery"::tag = $id${i}`).join(' OR ');
  const statements = edgeStatements(mondayMs, edge, where === '' ? '' : ` AND (${where})`);
  return timesOf((await askSeries(connection, statements, params)).flat(), edge);
}

// A measurement each: of several in one the fields of all are looked for in every one. In one shard InfluxQL opens a series once,
// and Flux, where it groups them, twice; of many shards InfluxQL opens all.
const edgeStatements = (mondayMs: number, edge: Edge, and: string): readonly string[] =>
  MEASUREMENTS.map((name) => {
    const [from, to] = [mondayMs, END_MS].map((atMs) => nanosText({ atMs, nanos: 0 }));
    const order = edge === 'first' ? 'ASC' : 'DESC';
    return `SELECT *::field FROM "${name}" WHERE time >= ${from} AND time < ${to}${and} GROUP BY "battery" ORDER BY time ${order} LIMIT 1`;
  });

function timesOf(series: readonly InfluxQlSeries[], edge: Edge): Times {
  return edgeByBattery(
    series.flatMap(({ tags, columns, rows }) =>
      rows.map((row) => [tags['battery'], pointTimeOf(String(row[columns.indexOf('time')])).atMs] as const),
    ),
    edge,
  );
}

/** In one request. */
async function askEdges(connection: InfluxConnection, questions: readonly EdgeQuestion[]): Promise<readonly Times[]> {
  const parts = questions.flatMap((question, i) =>
    (question.oneTypes ?? [undefined]).map((oneType, k) => edgePart(connection.bucket, question, oneType, `${i}.${k}`)),
  );
  const rows = await askFlux(connection, flux`${fluxExpression(parts.join('\n'))}`);
  return questions.map(({ edge }, i) =>
    edgeByBattery(
      rows.flatMap(({ result, cells, time }) =>
        result.startsWith(`${i}.`) ? [[cells['battery'], time.atMs] as const] : [],
      ),
      edge,
    ),
  );
}

function edgePart(
  bucket: string,
  { edge, range: { start, stop } }: EdgeQuestion,
  oneType: OneType | undefined,
  name: string,
): string {
  const ours = MEASUREMENTS.map((measurement) => `r._measurement == "${measurement}"`).join(' or ');
  const filter = fluxExpression(`(r) => (${ours})${oneType === undefined ? '' : ` and (${oneType})`}`);
  const series = flux`from(bucket: ${bucket}) |> range(start: ${start}, stop: ${stop}) |> filter(fn: ${filter})`;
  // Nothing else may stand between the range and the edge, for only then the database finds it without reading the points.
  const grouped = oneType === undefined ? '' : ' |> group(columns: ["battery"])';
  // Of each only this, and all in one table: a table of its own for each is most of the bytes.
  return `${String(series)}${grouped} |> ${edge}() |> keep(columns: ["battery", "_time"]) |> group() |> yield(name: "${name}")`;
}

// A series without the tag is the original demo's own, which knew one battery.
const isAnyOf = (ids: readonly string[]): string =>
  [
    ...ids.map((id) => `r.battery == ${toFluxValue(id)}`),
    ...(ids.includes(DEFAULT_BATTERY) ? ['not exists r.battery'] : []),
  ].join(' or ');

function edgeByBattery(times: readonly (readonly [string | undefined, number])[], edge: Edge): Times {
  const byBattery = new Map<string, number>();
  for (const [tag = '', atMs] of times) {
    const id = tag === '' ? DEFAULT_BATTERY : tag;
    const known = byBattery.get(id) ?? atMs;
    byBattery.set(id, edge === 'first' ? Math.min(known, atMs) : Math.max(known, atMs));
  }
  return byBattery;
}
