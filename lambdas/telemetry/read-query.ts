/** The query of GET /read, judged as a whole. */
import { parseRange, type TimeRange } from './time-range.ts';

export type ReadQuery = {
  readonly shape: 'rows' | 'wide' | 'series';
  readonly range: TimeRange;
  /** Rows at most. */
  readonly limit: number;
  /** Steps at most, of a series. */
  readonly points: number;
  readonly order: 'oldest-first' | 'newest-first';
  readonly after?: string;
};

export type ParsedReadQuery =
  | { readonly ok: true; readonly query: ReadQuery }
  | { readonly ok: false; readonly reason: string };

const MAX_ROWS = 10_000;
const MAX_POINTS = 2_000;
const DEFAULT_POINTS = 300;

export function parseReadQuery(query: Readonly<Record<string, string | undefined>>, nowMs: number): ParsedReadQuery {
  const range = parseRange(query['begin'], query['end'], nowMs);
  if (!range.ok) return range;
  const shape = query['shape'] ?? 'rows';
  if (shape !== 'rows' && shape !== 'wide' && shape !== 'series')
    return refused(`'shape' must be rows, wide or series`);
  const limit = count(query['limit'], MAX_ROWS, MAX_ROWS);
  if (limit === undefined) return refused(`'limit' must be a whole number, 1 to ${MAX_ROWS}`);
  const points = count(query['points'], DEFAULT_POINTS, MAX_POINTS);
  if (points === undefined) return refused(`'points' must be a whole number, 1 to ${MAX_POINTS}`);
  const order = query['order'] ?? 'oldest';
  if (order !== 'oldest' && order !== 'newest') return refused(`'order' must be oldest or newest`);
  if (order === 'newest' && shape !== 'wide') return refused(`'order=newest' goes with 'shape=wide' only`);
  const after = query['after'];
  return {
    ok: true,
    query: {
      shape,
      range: range.range,
      limit,
      points,
      order: `${order}-first`,
      ...(after === undefined ? {} : { after }),
    },
  };
}

function refused(reason: string): ParsedReadQuery {
  return { ok: false, reason };
}

function count(text: string | undefined, byDefault: number, max: number): number | undefined {
  if (text === undefined) return byDefault;
  return /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= max ? Number(text) : undefined;
}
