/** Questions in Flux, and their answers as rows. */
import {
  type FluxParameterLike,
  fluxDateTime,
  fluxExpression,
  linesToTables,
  type ParameterizedQuery,
  stringToLines,
  toFluxValue,
} from '@influxdata/influxdb-client';
import { DEFAULT_BATTERY } from '../batteries/battery.ts';
import { type InfluxConnection, questionAnswer, refusalError } from './influxdb-connection.ts';
import { DEMO_MEASUREMENT } from './influxdb-lines.ts';
import { END_MS, pointTimeOf } from './influxdb-time.ts';
import type { FieldValue, PointTime } from './store.ts';

export type FluxRow = {
  /** The name of the yield. */
  readonly result: string;
  /** Every column but `_value` as text; one that is absent has no member. */
  readonly cells: Readonly<Record<string, string>>;
  /** A truth value is none of ours, and is left out. */
  readonly value: FieldValue | undefined;
  readonly time: PointTime;
};

export type FluxRange = { readonly start: FluxParameterLike; readonly stop: FluxParameterLike };

// A range without an end ends now, and a device's clock may run ahead. InfluxDB finds no time before 1970, none after this.
export const allTime: FluxRange = {
  start: fluxDateTime(new Date(0).toISOString()),
  stop: fluxDateTime(new Date(END_MS).toISOString()),
};

/** The stretch back from now, by the server's clock, and everything after it. */
export const backFromNow = (minutes: number): FluxRange => ({ ...allTime, start: fluxExpression(`-${minutes}m`) });

/** [fromMs, toMs). */
export const between = (fromMs: number, toMs: number): FluxRange => ({
  start: fluxDateTime(new Date(Math.max(0, fromMs)).toISOString()),
  stop: fluxDateTime(new Date(toMs).toISOString()),
});

/** The condition on `r` that holds for the points of measurement `battery` of this battery. */
export function fluxFilter(battery: string): string {
  const id = toFluxValue(battery);
  const own = `r._measurement == "battery" and r.battery == ${id}`;
  // A series without the tag is the original demo's own, which knew one battery.
  const demo = `r._measurement == "${DEMO_MEASUREMENT}" and (not exists r.battery or r.battery == ${id})`;
  return battery === DEFAULT_BATTERY ? `(${demo}) or (${own})` : own;
}

/** In the order in which the server gives them. */
export async function askFlux(connection: InfluxConnection, query: ParameterizedQuery): Promise<readonly FluxRow[]> {
  const dialect = { annotations: ['datatype', 'group', 'default'] };
  const answer = await questionAnswer(connection, {
    path: `/api/v2/query?${new URLSearchParams({ org: connection.org }).toString()}`,
    method: 'POST',
    body: JSON.stringify({ query: String(query), type: 'flux', dialect }),
    headers: { 'content-type': 'application/json', accept: 'text/csv' },
  });
  const { body } = answer;
  if (typeof body !== 'string' || !/^\s*(#datatype|,?error\b|$)/.test(body)) {
    throw refusalError(connection, { ...answer, words: 'no table of Flux', isOwn: false });
  }
  const rows = rowsOf(body);
  // What goes wrong after the first rows comes as a table of its own, with status 200.
  const error = rows.find(({ cells }) => cells['error'] !== undefined)?.cells['error'];
  if (error !== undefined) throw refusalError(connection, { ...answer, status: 500, words: error });
  return rows;
}

function rowsOf(csv: string): readonly FluxRow[] {
  const rows: FluxRow[] = [];
  const failure: unknown[] = [];
  stringToLines(
    csv,
    linesToTables({
      next: (texts, table) => {
        const cells = table.columns.flatMap(({ label, index }) => {
          const text = texts[index] ?? '';
          return text === '' && label !== '_value' ? [] : [[label, text] as const];
        });
        const of: Readonly<Record<string, string>> = Object.fromEntries(cells);
        const type = table.columns.find(({ label }) => label === '_value')?.dataType;
        const result = of['result'] ?? table.columns.find(({ label }) => label === 'result')?.defaultValue ?? '';
        rows.push({ result, cells: of, value: valueOf(of['_value'], type), time: pointTimeOf(of['_time']) });
      },
      error: (error) => void failure.push(error),
      complete: () => undefined,
    }),
  );
  if (failure.length > 0) throw failure[0];
  return rows;
}

function valueOf(text: string | undefined, type: string | undefined): FieldValue | undefined {
  if (type === 'string') return text;
  const isNumber = type === 'double' || type === 'long' || type === 'unsignedLong';
  return isNumber && text !== undefined && text !== '' ? Number(text) : undefined;
}
