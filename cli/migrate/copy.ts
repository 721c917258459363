/** The copy itself: series by series, page by page, each page written and noted before the next is asked for. */
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import type { Bucket, Refused } from './bucket.ts';
import { BEFORE_ALL_NS, type Column, pageStatement } from './influxql.ts';
import { lineOf, nanosOf, type Row } from './line.ts';
import type { Batch, Moved } from './progress-file.ts';
import type { Series } from './series-key.ts';
import type { Shape } from './shape.ts';

export type CopyOptions = {
  readonly source: Pick<Bucket, 'ask'>;
  readonly target: Pick<Bucket, 'write'>;
  readonly shapes: readonly Shape[];
  /** Of earlier runs. */
  readonly batches: readonly Batch[];
  readonly onBatch: (batch: Batch) => Promise<void>;
  readonly signal: AbortSignal;
};

export type Copied = { readonly isDone: boolean; readonly refused: Refused };

// What a server answers in a tenth of a second, and takes in one body without effort.
const MAX_ROWS = 5_000;
const MAX_CELLS = 100_000;

export async function copy(options: CopyOptions): Promise<Copied> {
  const upToNsBySeries = new Map(options.batches.map(({ series, upToNs }) => [series, upToNs]));
  let refused: Refused = { lines: 0, words: '' };
  for (const shape of options.shapes) {
    for (const series of shape.series) {
      let afterNs: bigint | undefined = upToNsBySeries.get(series.key) ?? BEFORE_ALL_NS;
      while (afterNs !== undefined) {
        if (options.signal.aborted) return { isDone: false, refused };
        const page: Page = await copyPage(options, { shape, series, afterNs });
        refused = { lines: refused.lines + page.refused.lines, words: refused.words || page.refused.words };
        afterNs = page.upToNs;
      }
    }
  }
  return { isDone: true, refused };
}

type PagePlace = { readonly shape: Shape; readonly series: Series; readonly afterNs: bigint };
/** `upToNs`: undefined when the series has no more. */
type Page = { readonly upToNs: bigint | undefined; readonly refused: Refused };

async function copyPage(
  { source, target, onBatch }: CopyOptions,
  { shape, series, afterNs }: PagePlace,
): Promise<Page> {
  const { measurement, columns, tagKeys } = shape;
  const limit = Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_CELLS / columns.length)));
  const tables = await source.ask(pageStatement(measurement, { columns, series, tagKeys }, { afterNs, rows: limit }));
  const rows = tables.flatMap((table) => table.rows.map((cells) => rowOf(cells, measurement)));
  const last = rows.at(-1);
  if (last === undefined) return { upToNs: undefined, refused: { lines: 0, words: '' } };
  const lines = rows.flatMap((row) => lineOf(series.key, columns, row) ?? []);
  const refused = await target.write(lines);
  const moved = columns.map((column, index) => movedOf(column, index, rows, refused.lines === 0));
  const batch = { measurement, series: series.key, upToNs: last.timeNs, moved: moved.filter(({ read }) => read > 0) };
  await onBatch(batch);
  // Also of a page that is not full: a server may give fewer than asked for, and only an empty one is the end.
  return { upToNs: last.timeNs, refused };
}

function rowOf([time, ...cells]: readonly unknown[], measurement: string): Row {
  const timeNs = nanosOf(String(time));
  if (timeNs !== undefined) return { timeNs, cells };
  throw new AmphoraError('store-refused', `InfluxDB gave a row of ${measurement} the time '${String(time)}'`, {
    retry: false,
  });
}

// Of a batch that lost lines, the server tells how many, not which: the count of both buckets says the rest.
function movedOf(column: Column, index: number, rows: readonly Row[], isWhole: boolean): Moved {
  const values = rows.map(({ cells }) => cells[index]).filter((value) => value !== null && value !== undefined);
  const rounded = column.wasInteger ? values.filter(isBeyondExact).length : 0;
  const { field, kind } = column;
  return { field, kind, read: values.length, written: isWhole ? values.length : 0, rounded };
}

const isBeyondExact = (value: unknown): boolean =>
  typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
