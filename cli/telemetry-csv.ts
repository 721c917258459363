/** A CSV of telemetry to rows that are ready to send, each judged by the same parser as every other door's samples. */

import { FIELDS } from '../lambdas/telemetry/fields.generated.ts';
import { parseInstant } from '../lambdas/telemetry/instant.ts';
import { parseReading } from '../lambdas/telemetry/parse-reading.ts';
import schema from '../lambdas/telemetry/reading.schema.json' with { type: 'json' };
import { type Refusal, refusal } from './command.ts';
import { readCsv } from './csv.ts';
import { closest } from './suggest.ts';

export type Row = {
  /** The line of the file that the row ends on. */
  readonly line: number;
  readonly atMs: number;
  /** The members besides the timestamp as JSON, numbers with the file's own digits: `"voltage":13.01,"current":0.0`. */
  readonly members: string;
};

export type Problem = { readonly line: number; readonly column?: string; readonly reason: string };

export type Telemetry = {
  /** By time. */
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
  readonly wasSorted: boolean;
};

// Rows are kept in memory until they are sent, about 200 bytes each.
const MAX_ROWS = 5_000_000;
const MAX_NUMBER_LENGTH = 64;
const COLUMNS = FIELDS.filter((field) => field !== 'received');
const NUMBER = /^([+-]?)0*(\d+(?:\.\d*)?|\.\d+)((?:[eE][+-]?\d+)?)$/;

type CellKind = 'number' | 'list' | 'text';
const kindByColumn: ReadonlyMap<string, CellKind> = new Map(
  Object.entries(schema.properties).map(([name, rule]) => [name, kindOf(rule)]),
);

function kindOf(rule: object): CellKind {
  const type = 'type' in rule ? rule.type : undefined;
  if (type === 'number' || type === 'integer') return 'number';
  return type === 'array' ? 'list' : 'text';
}

export type ReadOptions = {
  /** No row may lie more than 5 minutes ahead of this; infinite where the times are shifted anyway. */
  readonly nowMs: number;
  readonly onBytes: (read: number, total: number) => void;
};

export async function readTelemetry(
  file: { readonly path: string; readonly name: string },
  options: ReadOptions,
): Promise<({ readonly ok: true } & Telemetry) | Refusal> {
  const rows: Row[] = [];
  const problems: Problem[] = [];
  let header: readonly string[] = [];
  const outcome = await readCsv(file, {
    header: (names) => {
      header = names;
      return headerProblem(names);
    },
    record: (cells, line) => {
      if (rows.length >= MAX_ROWS) return `there are more than ${MAX_ROWS} rows; split the file and replay the parts`;
      const parsed = parseRow({ header, cells, line, nowMs: options.nowMs });
      if (parsed.ok) rows.push(parsed.row);
      else problems.push(...parsed.problems);
      return undefined;
    },
    onBytes: options.onBytes,
  });
  if (!outcome.ok) return outcome;
  if (rows.length + problems.length === 0) return refusal(`${file.name} has a header and no data rows`, 1);
  const wasSorted = rows.every((row, i) => i === 0 || (rows[i - 1]?.atMs ?? 0) <= row.atMs);
  return { ok: true, rows: wasSorted ? rows : rows.sort((a, b) => a.atMs - b.atMs), problems, wasSorted };
}

export function headerProblem(names: readonly string[]): string | undefined {
  if (parseInstant(timestampValue(names[0] ?? ''), 'utc').ok) {
    return 'the first line is data; a header row with the column names is needed, as in timestamp,voltage,current';
  }
  const empty = names.indexOf('');
  if (empty !== -1) return `column ${empty + 1} has no name in the header`;
  const unknown = names.find((name) => !COLUMNS.includes(name));
  if (unknown !== undefined) {
    const close = closest(unknown, COLUMNS);
    const hint = close === undefined ? `known are ${COLUMNS.join(', ')}` : `did you mean '${close}'?`;
    return `column '${unknown}' is not known; ${hint}`;
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) return `column '${twice}' stands twice in the header`;
  if (!names.includes('timestamp')) return "there is no column 'timestamp'; without it a row has no time";
  return names.length === 1 ? "there is no column besides 'timestamp'" : undefined;
}

type RawRow = {
  readonly header: readonly string[];
  readonly cells: readonly string[];
  readonly line: number;
  readonly nowMs: number;
};

type ParsedRow =
  | { readonly ok: true; readonly row: Row }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function parseRow({ header, cells, line, nowMs }: RawRow): ParsedRow {
  const failed = (...problems: readonly Omit<Problem, 'line'>[]): ParsedRow => ({
    ok: false,
    problems: problems.map((problem) => ({ line, ...problem })),
  });
  if (cells.length !== header.length) {
    return failed({ reason: `the row has ${cells.length} cells, the header ${header.length}` });
  }
  const cellByColumn = new Map(header.map((column, i) => [column, cells[i] ?? '']));
  const time = cellByColumn.get('timestamp') ?? '';
  if (time === '') return failed({ column: 'timestamp', reason: 'the cell is empty' });
  cellByColumn.delete('timestamp');
  // An empty cell is an unknown value: it is not sent, and never 0.
  const members = [...cellByColumn]
    .filter(([, cell]) => cell !== '')
    .map(([column, cell]) => ({ column, cell, json: jsonOf(column, cell) }));
  const notANumber = members.filter(({ json }) => json === undefined);
  if (notANumber.length > 0)
    return failed(...notANumber.map(({ column, cell }) => ({ column, reason: numberProblem(cell) })));

  const text = members.map(({ column, json }) => `"${column}":${json}`).join(',');
  const value: unknown = JSON.parse(`{${text}}`);
  const sample = { ...(typeof value === 'object' ? value : {}), timestamp: timestampValue(time) };
  const parsed = parseReading(sample, { receivedAtMs: nowMs });
  const rejections = parsed.ok ? parsed.reading.rejections : parsed.rejections;
  if (rejections.length > 0) {
    return failed(
      ...rejections.map(({ field, reason }) => ({
        column: field,
        reason: `${reason}; the cell says '${cellByColumn.get(field) ?? ''}'`,
      })),
    );
  }
  if (parsed.ok) return { ok: true, row: { line, atMs: parsed.reading.atMs, members: text } };
  const instant = parseInstant(sample.timestamp, 'refuse');
  const isTimeGood = instant.ok && instant.atMs <= nowMs;
  return failed({ ...(isTimeGood ? {} : { column: 'timestamp' }), reason: parsed.reason });
}

/** The row as a device would send it at `atMs`. */
export function sampleText(row: Row, atMs: number): string {
  return `{"timestamp":"${new Date(atMs).toISOString()}",${row.members}}`;
}

const timestampValue = (cell: string): string | number => (/^\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell);

/** A cell as JSON; undefined where a number was wanted and is none. */
function jsonOf(column: string, cell: string): string | undefined {
  switch (kindByColumn.get(column)) {
    case 'number':
      return jsonNumber(cell);
    case 'list':
      return jsonList(column, cell);
    case 'text':
    case undefined:
      return JSON.stringify(cell);
  }
}

/** JSON writes no plus sign, no leading zeros and no bare point; the digits stay the file's own. */
export function jsonNumber(cell: string): string | undefined {
  const parts = cell.length > MAX_NUMBER_LENGTH ? null : NUMBER.exec(cell);
  if (parts === null) return undefined;
  const [, sign, digits = '', exponent] = parts;
  const whole = digits.startsWith('.') ? `0${digits}` : digits;
  return `${sign === '-' ? '-' : ''}${whole.endsWith('.') ? whole.slice(0, -1) : whole}${exponent}`;
}

/** `cells` and `alarms`: items between spaces or semicolons; `[]` is the empty list. */
function jsonList(column: string, cell: string): string | undefined {
  const items = cell
    .replace(/^\[|\]$/g, '')
    .split(/[\s;]+/)
    .filter((item) => item !== '');
  const json = items.map((item) => (column === 'alarms' ? JSON.stringify(item) : jsonNumber(item)));
  return json.includes(undefined) ? undefined : `[${json.join(',')}]`;
}

function numberProblem(cell: string): string {
  const hint = /^[+-]?\d+,\d+$/.test(cell) ? '; write a decimal point instead of the comma' : '';
  return `'${cell.length > 40 ? `${cell.slice(0, 40)}…` : cell}' is not a number${hint}`;
}
