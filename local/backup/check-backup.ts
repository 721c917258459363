/** A backup read back: every checksum, and what is in it opened and counted. */
import type { BackupHeader } from './container.ts';
import { type FolderContents, inspectFolder, isInspected } from './inspect-folder.ts';
import { type Damage, readContainer } from './read-container.ts';
import { unpackTo } from './unpack.ts';

export type CheckedBackup = {
  readonly ok: true;
  readonly header: BackupHeader;
  readonly files: number;
  readonly bytes: number;
  readonly contents: FolderContents;
};

type CheckOptions = {
  /** An empty folder of the caller's, who removes it. */
  readonly scratch: string;
  readonly signal: AbortSignal;
};

export async function checkBackup(file: string, { scratch, signal }: CheckOptions): Promise<CheckedBackup | Damage> {
  const read = await readContainer(file, {
    sinkOf: async (entry) => (isInspected(entry.path) ? unpackTo(scratch, entry, { isDurable: false }) : undefined),
    signal,
  });
  if (!read.ok) return read;
  const { header, entries, bytes } = read;
  return { ok: true, header, files: entries.length, bytes, contents: await inspectFolder(scratch) };
}
