/** Both buckets counted by InfluxDB itself, field by field. */
import type { Bucket } from './bucket.ts';
import { type Column, countStatement } from './influxql.ts';
import type { Shape } from './shape.ts';
import type { Tally } from './tally.ts';

export type FieldCount = {
  readonly measurement: string;
  readonly field: string;
  readonly kind: string;
  /** By this and earlier runs of the copy. */
  readonly read: number;
  readonly written: number;
  readonly rounded: number;
  /** What both buckets hold now. */
  readonly source: number;
  readonly target: number;
};

export async function compare(
  source: Pick<Bucket, 'ask'>,
  target: Pick<Bucket, 'ask'>,
  shapes: readonly Shape[],
  moved: Tally,
): Promise<readonly FieldCount[]> {
  const counts: FieldCount[] = [];
  for (const { measurement, columns } of shapes) {
    const here = await countsOf(source, measurement, columns);
    const there = await countsOf(target, measurement, columns);
    for (const [index, column] of columns.entries()) {
      counts.push({
        measurement,
        ...moved.of(measurement, column),
        source: here[index] ?? 0,
        target: there[index] ?? 0,
      });
    }
  }
  return counts;
}

/** Values of each column. */
export async function countsOf(
  bucket: Pick<Bucket, 'ask'>,
  measurement: string,
  columns: readonly Column[],
): Promise<readonly number[]> {
  const [table] = await bucket.ask(countStatement(measurement, columns));
  const [, ...cells] = table?.rows[0] ?? [];
  return columns.map((_, index) => (typeof cells[index] === 'number' ? cells[index] : 0));
}
