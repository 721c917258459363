/**
 * How far a copy has come: one line a batch that the server took, behind a first line that says which copy it is. A line
 * that a crash cut in two is forgotten; its batch is copied again, which changes nothing.
 */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export type CopyPlace = { readonly url: string; readonly org: string; readonly from: string; readonly to: string };

/** What one batch has moved. */
export type Batch = {
  readonly measurement: string;
  /** Key of the series. */
  readonly series: string;
  /** Time of its newest point; in JSON a text. */
  readonly upToNs: bigint;
  /** Values by column: read, and taken by the server. */
  readonly moved: readonly Moved[];
};

export type Moved = {
  readonly field: string;
  readonly kind: string;
  readonly read: number;
  readonly written: number;
  /** Integers that no float holds. */
  readonly rounded: number;
};

export type ProgressFile = {
  readonly path: string;
  /** What earlier runs have moved. */
  readonly batches: readonly Batch[];
  readonly add: (batch: Batch) => Promise<void>;
  /** The copy is done: the next one begins anew. */
  readonly remove: () => Promise<void>;
};

export async function openProgress(dataDir: string, place: CopyPlace): Promise<ProgressFile> {
  const title = JSON.stringify(place);
  const name = createHash('sha1').update(title).digest('hex').slice(0, 8);
  const path = join(dataDir, `migrate-bucket-${name}.ndjson`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const batches = await readBatches(path, title);
  // Written anew, so that a torn line at its end is no part of the next one.
  await writeFile(path, [title, ...batches.map(lineOf)].map((line) => `${line}\n`).join(''), { mode: 0o600 });
  return {
    path,
    batches,
    add: (batch) => appendFile(path, `${lineOf(batch)}\n`),
    remove: () => rm(path, { force: true }),
  };
}

async function readBatches(path: string, title: string): Promise<readonly Batch[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [first, ...lines] = text.split('\n');
  return first === title ? lines.flatMap(batchOf) : [];
}

const lineOf = ({ upToNs, ...others }: Batch): string => JSON.stringify({ ...others, upToNs: String(upToNs) });

function batchOf(line: string): readonly Batch[] {
  try {
    const { upToNs, ...others }: Omit<Batch, 'upToNs'> & { readonly upToNs: string } = JSON.parse(line);
    return [{ ...others, upToNs: BigInt(upToNs) }];
  } catch {
    return [];
  }
}
