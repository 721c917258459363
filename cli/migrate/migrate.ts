/** A migration from its first look to the count of both buckets. */
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import { type Bucket, openBucket, type Refused } from './bucket.ts';
import { compare, countsOf, type FieldCount } from './compare.ts';
import { copy } from './copy.ts';
import { prepare } from './preflight.ts';
import { openProgress, type ProgressFile } from './progress-file.ts';
import { columnsOf, fieldTypes, type Shape, shapesOf } from './shape.ts';
import { type Tally, tally } from './tally.ts';

export type Migration = {
  readonly from: InfluxAddress;
  readonly to: InfluxAddress;
  readonly dataDir: string;
  readonly say: (sentence: string) => void;
  /** Given a line to show over the last one. */
  readonly onProgress: (text: () => string) => void;
  readonly signal: AbortSignal;
};

export type Outcome =
  | { readonly kind: 'copied'; readonly counts: readonly FieldCount[]; readonly refused: Refused }
  /** `mayGoOn`: what is copied is noted, and the same command goes on from there. */
  | { readonly kind: 'failed'; readonly sentence: string; readonly mayGoOn: boolean };

type Buckets = { readonly source: Bucket; readonly target: Bucket };

export async function migrate(migration: Migration): Promise<Outcome> {
  const { from, to, dataDir, say, signal } = migration;
  const ready = await prepare(from, to);
  if (!ready.ok) return failed(ready.sentence);
  const waiting = { onWait: (reason: string) => say(`${reason}; trying again …`), signal };
  const buckets = { source: openBucket(from, waiting), target: openBucket(to, waiting) };
  let file: ProgressFile | undefined;
  try {
    const mixed = await integersIn(buckets);
    if (mixed !== undefined) {
      return failed(
        `bucket '${to.bucket}' holds integers itself (${mixed}), and InfluxDB may refuse floats beside them; name another bucket with --to`,
      );
    }
    file = await openProgress(dataDir, { url: from.url, org: from.org, from: from.bucket, to: to.bucket });
    say(`Copying bucket '${from.bucket}' into ${ready.isNew ? 'the new ' : ''}bucket '${to.bucket}' of ${from.url}.`);
    say(`How far it came is kept in ${file.path} until it is done.`);
    return await copyAndCount(migration, buckets, file);
  } catch (error) {
    if (!(error instanceof AmphoraError)) throw error;
    return { kind: 'failed', sentence: error.message, mayGoOn: file !== undefined };
  } finally {
    buckets.source.close();
    buckets.target.close();
  }
}

async function copyAndCount(
  { onProgress, say, signal }: Migration,
  { source, target }: Buckets,
  file: ProgressFile,
): Promise<Outcome> {
  const shapes = await shapesOf(source);
  const total = await valuesOf(source, shapes);
  const moved = tally(file.batches);
  if (moved.read() > 0)
    say(`An earlier run copied ${shown(moved.read())} of ${shown(total)} values; going on behind them.`);
  const { isDone, refused } = await copy({
    source,
    target,
    shapes,
    batches: file.batches,
    onBatch: async (batch) => {
      await file.add(batch);
      moved.add(batch);
      onProgress(() => `${batch.measurement}: ${progressOf(moved, total)}`);
    },
    signal,
  });
  if (!isDone) return { kind: 'failed', sentence: `stopped after ${progressOf(moved, total)}`, mayGoOn: true };
  const counts = await compare(source, target, shapes, moved);
  // Whatever the count says, another run begins anew: points that came late stand before those noted.
  await file.remove();
  return { kind: 'copied', counts, refused };
}

const failed = (sentence: string): Outcome => ({ kind: 'failed', sentence, mayGoOn: false });

const shown = (count: number): string => count.toLocaleString('en').replaceAll(',', ' ');

const progressOf = (moved: Tally, total: number): string => `${shown(moved.read())} of ${shown(total)} values`;

async function valuesOf(source: Bucket, shapes: readonly Shape[]): Promise<number> {
  let total = 0;
  for (const { measurement, columns } of shapes) {
    for (const count of await countsOf(source, measurement, columns)) total += count;
  }
  return total;
}

/** The first field of the target that holds integers where the source has numbers. */
async function integersIn({ source, target }: Buckets): Promise<string | undefined> {
  const numbers = columnsOf(await fieldTypes(source));
  const found = (await fieldTypes(target)).find(
    ({ measurement, field, type }) =>
      (type === 'integer' || type === 'unsigned') &&
      numbers.get(measurement)?.some((column) => column.field === field && column.kind === 'float'),
  );
  return found === undefined ? undefined : `${found.measurement}.${found.field}`;
}
