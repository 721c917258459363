/** What a copy has moved, by measurement and column, over all its runs. */
import type { Column } from './influxql.ts';
import type { Batch, Moved } from './progress-file.ts';

export type Tally = {
  readonly add: (batch: Batch) => void;
  readonly of: (measurement: string, column: Column) => Moved;
  readonly read: () => number;
};

export function tally(earlier: readonly Batch[]): Tally {
  const movedByKey = new Map<string, Moved>();
  let allRead = 0;
  const add = ({ measurement, moved }: Batch): void => {
    for (const one of moved) {
      const key = keyOf(measurement, one);
      const known = movedByKey.get(key) ?? nothingOf(one);
      allRead += one.read;
      movedByKey.set(key, {
        ...known,
        read: known.read + one.read,
        written: known.written + one.written,
        rounded: known.rounded + one.rounded,
      });
    }
  };
  for (const batch of earlier) add(batch);
  return {
    add,
    of: (measurement, column) => movedByKey.get(keyOf(measurement, column)) ?? nothingOf(column),
    read: () => allRead,
  };
}

type Named = { readonly field: string; readonly kind: string };

const keyOf = (measurement: string, { field, kind }: Named): string => JSON.stringify([measurement, field, kind]);
const nothingOf = ({ field, kind }: Named): Moved => ({ field, kind, read: 0, written: 0, rounded: 0 });
