/** What a copy has done, as a table for a person. */
import type { Refused } from './bucket.ts';
import type { FieldCount } from './compare.ts';

export type Copied = { readonly counts: readonly FieldCount[]; readonly refused: Refused };

export const differences = (counts: readonly FieldCount[]): readonly FieldCount[] =>
  counts.filter(({ source, target }) => source !== target);

export function report(from: string, to: string, { counts, refused }: Copied): string {
  const rows = counts.map(rowOf);
  const table = aligned([['', 'read', 'written', `in ${from}`, `in ${to}`], ...rows]);
  const sentences = [...rounded(counts), ...refusedSaid(refused), ...verdict(from, to, counts)];
  return [...table, '', ...sentences, ''].join('\n');
}

function rowOf({ measurement, field, kind, read, written, source, target }: FieldCount): readonly string[] {
  const name = `${measurement}.${field}${kind === 'float' ? '' : ` (${kind === 'string' ? 'text' : kind})`}`;
  return [name, ...[read, written, source, target].map(String), ...(source === target ? [] : ['differs'])];
}

function rounded(counts: readonly FieldCount[]): readonly string[] {
  return counts
    .filter((count) => count.rounded > 0)
    .map(
      (count) =>
        `${count.measurement}.${count.field}: ${count.rounded} of its integers are beyond 2^53, and stand as the nearest float.`,
    );
}

function refusedSaid({ lines, words }: Refused): readonly string[] {
  return lines === 0 ? [] : [`InfluxDB refused ${lines} lines, with: ${words}`];
}

function verdict(from: string, to: string, counts: readonly FieldCount[]): readonly string[] {
  const different = differences(counts);
  if (different.length === 0)
    return [`Both buckets hold the same number of values in each field. '${from}' is as it was.`];
  const isFewer = different.some(({ source, target }) => target < source);
  return [
    isFewer
      ? `'${to}' holds fewer than '${from}'. If something still writes to '${from}', stop it and type the same again.`
      : `'${to}' holds more than '${from}': it held some before, or something writes to it already. Nothing is missing.`,
  ];
}

/** The first column to the left, the figures to the right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
