/** What a bucket holds: its measurements, their fields with types, their tags and series. */
import type { FieldType } from '../../lambdas/store/influxdb-management.ts';
import type { Bucket } from './bucket.ts';
import { type Column, seriesStatement, tagKeysStatement, type ValueKind } from './influxql.ts';
import { parseSeriesKey, type Series } from './series-key.ts';

export type Shape = {
  readonly measurement: string;
  readonly columns: readonly Column[];
  readonly tagKeys: readonly string[];
  readonly series: readonly Series[];
};

export async function shapesOf(bucket: Pick<Bucket, 'ask'>): Promise<readonly Shape[]> {
  const columnsByMeasurement = columnsOf(await fieldTypes(bucket));
  const shapes: Shape[] = [];
  for (const [measurement, columns] of columnsByMeasurement) {
    const tagKeys = await firstCells(bucket, tagKeysStatement(measurement));
    const keys = await firstCells(bucket, seriesStatement(measurement));
    shapes.push({ measurement, columns, tagKeys, series: keys.sort().map(parseSeriesKey) });
  }
  return shapes;
}

export async function fieldTypes(bucket: Pick<Bucket, 'ask'>): Promise<readonly FieldType[]> {
  const tables = await bucket.ask('SHOW FIELD KEYS');
  return tables.flatMap(({ name, rows }) =>
    rows.map(([field, type]) => ({ measurement: name, field: String(field), type: String(type) })),
  );
}

/** Numbers of all types are one column, asked for as floats. */
export function columnsOf(types: readonly FieldType[]): ReadonlyMap<string, readonly Column[]> {
  const columnsByMeasurement = new Map<string, Map<string, Column>>();
  for (const { measurement, field, type } of types) {
    const columns = columnsByMeasurement.get(measurement) ?? new Map<string, Column>();
    columnsByMeasurement.set(measurement, columns);
    const kind = kindOf(type);
    const wasInteger =
      type === 'integer' || type === 'unsigned' || columns.get(`${kind} ${field}`)?.wasInteger === true;
    columns.set(`${kind} ${field}`, { field, kind, wasInteger });
  }
  return new Map([...columnsByMeasurement].map(([measurement, columns]) => [measurement, [...columns.values()]]));
}

function kindOf(type: string): ValueKind {
  return type === 'string' || type === 'boolean' ? type : 'float';
}

async function firstCells(bucket: Pick<Bucket, 'ask'>, statement: string): Promise<string[]> {
  const tables = await bucket.ask(statement);
  return tables.flatMap(({ rows }) => rows.map(([first]) => String(first)));
}
