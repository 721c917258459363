/** Questions in InfluxQL, and their answers as rows with all fields of a time: what Flux needs a pivot of everything for. */
import { DEFAULT_BATTERY } from '../batteries/battery.ts';
import { type InfluxConnection, questionAnswer, refusalError } from './influxdb-connection.ts';
import { DEMO_MEASUREMENT } from './influxdb-lines.ts';
import { pointTimeOf } from './influxdb-time.ts';
import type { FieldValue, PointTime } from './store.ts';

export type InfluxQlRow = {
  readonly time: PointTime;
  /** By column; one without a value in this row is absent. */
  readonly values: ReadonlyMap<string, FieldValue>;
};

/** What a measurement holds of a battery. */
export type Source = { readonly measurement: string; readonly where: string };

/** Where the points of measurement `battery` of a battery stand. The conditions use the parameter $battery. */
export function sourcesOf(battery: string): readonly Source[] {
  const own = { measurement: 'battery', where: '"battery" = $battery' };
  // A series without the tag is the original demo's own, which knew one battery.
  const demo = { measurement: DEMO_MEASUREMENT, where: `("battery" = $battery OR "battery" = '')` };
  return battery === DEFAULT_BATTERY ? [demo, own] : [own];
}

/** One list of rows a statement, in its order. Values that come from outside belong into `params`. */
export async function askInfluxQl(
  connection: InfluxConnection,
  statements: readonly string[],
  params: Readonly<Record<string, string>>,
): Promise<readonly (readonly InfluxQlRow[])[]> {
  const { org, bucket } = connection;
  const query = new URLSearchParams({ org, db: bucket, q: statements.join('; '), params: JSON.stringify(params) });
  const answer = await questionAnswer(connection, {
    path: `/query?${query}`,
    method: 'GET',
    headers: { accept: 'application/json' },
  });
  const results = listIn(answer.body, 'results');
  const words = results.map((result) => memberOf(result, 'error')).find((error) => error !== undefined);
  if (words !== undefined) {
    throw refusalError(connection, { ...answer, status: statusOf(String(words)), words: String(words) });
  }
  return statements.map((_, statement) => listIn(results[statement], 'series').flatMap(rowsOf));
}

/** A field's name that stands in a query as it is. */
export const fieldName = (name: string): string =>
  `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"::field`;

// A statement's error comes with status 200. Only that the bucket is not seen has a cause that can be named.
const statusOf = (words: string): number =>
  /database not found|retention policy not (set|found)|no dbrp mapping/i.test(words) ? 404 : 400;

function rowsOf(series: unknown): readonly InfluxQlRow[] {
  const columns = listIn(series, 'columns').map(String);
  return listIn(series, 'values').map((values) => rowOf(columns, Array.isArray(values) ? values : []));
}

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

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
