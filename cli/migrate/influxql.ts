/** InfluxQL for the copy of a bucket. Names and values come from a bucket of anybody's: every one is quoted. */
import type { Series } from './series-key.ts';

/** How a field is asked for and written: integers and unsigned numbers are asked for as floats. */
export type ValueKind = 'float' | 'string' | 'boolean';

/** One type of a field. A field that had different types at different times is several columns. */
export type Column = {
  readonly field: string;
  readonly kind: ValueKind;
  /** Stored as an integer somewhere, so that its value may be too large for a float. */
  readonly wasInteger: boolean;
};

// One less than the least that InfluxDB stores, and the most.
export const BEFORE_ALL_NS = -9_223_372_036_854_775_807n;

/** The next rows of one series behind `afterNs`: within a series no two have the same time. */
export function pageStatement(
  measurement: string,
  {
    columns,
    series,
    tagKeys,
  }: { readonly columns: readonly Column[]; readonly series: Series; readonly tagKeys: readonly string[] },
  { afterNs, rows }: { readonly afterNs: bigint; readonly rows: number },
): string {
  // The names of the columns are their numbers: a tag and a field of one name would be told apart by nobody.
  const selected = columns.map((column, index) => `${castOf(column)} AS "${index}"`);
  // A series without a tag is a series of its own, and has the empty text there.
  const where = tagKeys.map((key) => `${identifier(key)}::tag = ${text(series.tags.get(key) ?? '')}`);
  return `SELECT ${selected.join(', ')} FROM ${identifier(measurement)} WHERE ${[...where, `time > ${afterNs}`].join(' AND ')} ORDER BY time LIMIT ${rows}`;
}

export function countStatement(measurement: string, columns: readonly Column[]): string {
  const counts = columns.map((column, index) => `count(${castOf(column)}) AS "${index}"`);
  return `SELECT ${counts.join(', ')} FROM ${identifier(measurement)}`;
}

export const seriesStatement = (measurement: string): string => `SHOW SERIES FROM ${identifier(measurement)}`;
export const tagKeysStatement = (measurement: string): string => `SHOW TAG KEYS FROM ${identifier(measurement)}`;

// With its type, a name is a field and no tag, and each type of it is found in every shard: without, one type hides the others.
const castOf = ({ field, kind }: Column): string => `${identifier(field)}::${kind}`;

const identifier = (name: string): string => `"${escaped(name).replaceAll('"', '\\"')}"`;
const text = (value: string): string => `'${escaped(value).replaceAll("'", "\\'")}'`;
const escaped = (plain: string): string => plain.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
