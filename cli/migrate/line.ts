/** A row of InfluxQL as a line of line protocol, its numbers as floats. */
import type { Column, ValueKind } from './influxql.ts';

export type Row = {
  readonly timeNs: bigint;
  /** One a column; null where the row has none. */
  readonly cells: readonly unknown[];
};

/** Undefined for a row that has no value at all. */
export function lineOf(seriesKey: string, columns: readonly Column[], { timeNs, cells }: Row): string | undefined {
  const fields = columns.flatMap(({ field, kind }, index) => {
    const value = valueText(kind, cells[index]);
    return value === undefined ? [] : [`${escapedName(field)}=${value}`];
  });
  return fields.length === 0 ? undefined : `${seriesKey} ${fields.join(',')} ${timeNs}`;
}

function valueText(kind: ValueKind, value: unknown): string | undefined {
  switch (kind) {
    case 'float':
      return typeof value === 'number' ? String(value) : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'string':
      return typeof value === 'string' ? `"${value.replaceAll(/[\\"]/g, '\\$&')}"` : undefined;
  }
}

const escapedName = (name: string): string => name.replaceAll(/[,= ]/g, '\\$&');

/** `2026-11-23T12:33:33.123456789Z` to nanoseconds since 1970, which no number holds. */
export function nanosOf(time: string): bigint | undefined {
  const [, seconds, fraction = ''] = /^(.+?)(?:\.(\d{1,9}))?Z$/.exec(time) ?? [];
  const atMs = seconds === undefined ? Number.NaN : Date.parse(`${seconds}Z`);
  return Number.isNaN(atMs) ? undefined : BigInt(atMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
