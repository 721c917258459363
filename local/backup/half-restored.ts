/**
 * A folder that a restore is writing into, or was interrupted in, says so in its folder.json. Without a format number there,
 * versions that do not know the word refuse the folder too, and do not take what is there so far for all of it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replacePrivateFile } from '../files/private-file.ts';
import { quoted } from '../shell-word.ts';

export type Restoring = {
  /** The backup. */
  readonly from: string;
  /** What it puts into the folder: the next try may remove that, and nothing else. */
  readonly names: readonly string[];
};

export const FOLDER_FILE = 'folder.json';

export function markRestoring(folder: string, restoring: Restoring): void {
  replacePrivateFile(join(folder, FOLDER_FILE), `${JSON.stringify({ restoring })}\n`);
}

/** Undefined: no restore was interrupted here. */
export function restoringIn(folder: string): Restoring | undefined {
  try {
    return restoringOf(JSON.parse(readFileSync(join(folder, FOLDER_FILE), 'utf8')));
  } catch {
    // No such file, or another's words: whoever opens the folder says what is wrong with it.
    return undefined;
  }
}

/** `info`: what stands in a folder.json. */
export function restoringOf(info: unknown): Restoring | undefined {
  const { restoring }: { readonly restoring?: unknown } = { ...Object(info) };
  const { from, names }: { readonly from?: unknown; readonly names?: unknown } = { ...Object(restoring) };
  if (typeof from !== 'string' || !Array.isArray(names)) return undefined;
  return { from, names: names.filter((name) => typeof name === 'string') };
}

export const halfRestoredSentence = (folder: string, { from }: Restoring): string =>
  `the restore into ${folder} did not reach its end, so it does not hold all yet; type ./amphora restore ${quoted(from)} --data ${quoted(folder)} again, or name another folder with --data`;
