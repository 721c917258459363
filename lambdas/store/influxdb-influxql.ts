/** Questions in InfluxQL, and their answers as rows with all fields of a time: what Flux needs a pivot of everything for. */
import { DEFAULT_BATTERY } from '../batteries/battery.ts';
import { type InfluxConnection, questionAnswer, refusalError, unavailable } from './influxdb-connection.ts';
import { DEMO_MEASUREMENT } from './influxdb-lines.ts';
import { pointTimeOf } from './influxdb-time.ts';
import type { FieldValue, PointTime } from './store.ts';

export type InfluxQlRow = {
  readonly time: PointTime;
  /** By column; one without a value in this row is absent. */
  readonly values: ReadonlyMap<string, FieldValue>;
};

/** As InfluxQL answers: what a row's values mean stands in the columns. */
export type InfluxQlSeries = {
  readonly name: string;
  /** Of a question that is grouped by tags: the series' own. */
  readonly tags: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
};

/** A statement's error comes with status 200. */
export type InfluxQlResult = {
  readonly error: string | undefined;
  readonly isPartial: boolean;
  readonly series: readonly InfluxQlSeries[];
};

/** What a measurement holds of a battery. */
export type Source = { readonly measurement: string; readonly where: string };

// Without its kind it would be a field of that name, where somebody else wrote one.
const TAG = '"battery"::tag';

/** What tells the rows of a series with the tag from those without; no field can have this name. */
export const TAG_COLUMN = 'tag battery';
export const tagColumn = `${TAG} AS "${TAG_COLUMN}"`;

/** Where the points of measurement `battery` of a battery stand. The conditions use the parameter $battery. */
export function sourcesOf(battery: string): readonly Source[] {
  const own = { measurement: 'battery', where: `${TAG} = $battery` };
  // A series without the tag is the original demo's own, which knew one battery.
  const demo = { measurement: DEMO_MEASUREMENT, where: `(${TAG} = $battery OR ${TAG} = '')` };
  return battery === DEFAULT_BATTERY ? [demo, own] : [own];
}

/** One list of rows a statement, in its order. Values that come from outside belong into `params`. */
export async function askInfluxQl(
  connection: InfluxConnection,
  statements: readonly string[],
  params: Readonly<Record<string, string>>,
): Promise<readonly (readonly InfluxQlRow[])[]> {
  const seriesByStatement = await askSeries(connection, statements, params);
  return seriesByStatement.map((series) =>
    series.flatMap(({ columns, rows }) => rows.map((row) => rowOf(columns, row))),
  );
}

/** The same as InfluxQL gives it, for what is no row of values. */
export async function askSeries(
  connection: InfluxConnection,
  statements: readonly string[],
  params: Readonly<Record<string, string>> = {},
): Promise<readonly (readonly InfluxQlSeries[])[]> {
  const { org } = connection;
  const question = { q: statements.join('; '), params: JSON.stringify(params) };
  const query = new URLSearchParams({ org, ...databaseOf(connection), ...question }).toString();
  const answer = await questionAnswer(connection, {
    path: `/query?${query}`,
    method: 'GET',
    headers: { accept: 'application/json' },
  });
  const results = resultsIn(answer.body);
  if (results.length === 0) throw refusalError(connection, { ...answer, words: 'no result of InfluxQL', isOwn: false });
  const words = results.find(({ error }) => error !== undefined)?.error;
  // Of several statements InfluxDB 2 says no more, where the bucket is not there: the first of them alone is told the reason.
  if (words === 'not executed' && statements.length > 1) await askSeries(connection, statements.slice(0, 1), params);
  if (words !== undefined) throw refusalError(connection, { ...answer, status: statusOf(words), words });
  if (results.some(({ isPartial }) => isPartial)) {
    throw unavailable(`InfluxDB at ${connection.url} leaves out rows; take away its bound on them (max-row-limit)`);
  }
  return statements.map((_, statement) => results[statement]?.series ?? []);
}

/** The body of an answer of /query. */
export function resultsIn(body: unknown): readonly InfluxQlResult[] {
  return listIn(body, 'results').map((result) => {
    const series = listIn(result, 'series');
    return {
      error: textIn(result, 'error'),
      isPartial: [result, ...series].some((one) => memberOf(one, 'partial') === true),
      series: series.map((one) => ({
        name: textIn(one, 'name') ?? '',
        tags: tagsIn(memberOf(one, 'tags')),
        columns: listIn(one, 'columns').map(String),
        rows: listIn(one, 'values').filter((row) => Array.isArray(row)),
      })),
    };
  });
}

/** A bucket as InfluxQL calls it: one named `a/b` is database `a` with retention policy `b`, as an upgrade from 1.x leaves it. */
export function databaseOf({ bucket }: Pick<InfluxConnection, 'bucket'>): Readonly<Record<string, string>> {
  const slash = bucket.indexOf('/');
  return slash < 0 ? { db: bucket } : { db: bucket.slice(0, slash), rp: bucket.slice(slash + 1) };
}

/** A field's name that stands in a query as it is. */
export const fieldName = (name: string): string =>
  `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"::field`;

// Only that the bucket is not seen has a cause that can be named.
const statusOf = (words: string): number =>
  /database not found|retention policy not (set|found)|no dbrp mapping/i.test(words) ? 404 : 400;

// Null: this row has no such field. A truth value is none of ours.
function rowOf(columns: readonly string[], cells: readonly unknown[]): InfluxQlRow {
  const values = new Map<string, FieldValue>();
  for (const [index, column] of columns.entries()) {
    const value = cells[index];
    if (typeof value === 'number' || typeof value === 'string') values.set(column, value);
  }
  const time = pointTimeOf(String(values.get('time')));
  values.delete('time');
  return { time, values };
}

function textIn(value: unknown, name: string): string | undefined {
  const text = memberOf(value, name);
  return typeof text === 'string' ? text : undefined;
}

function tagsIn(value: unknown): Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, tag]) => [name, String(tag)]))
    : {};
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
