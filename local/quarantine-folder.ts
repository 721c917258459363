/** The data folder's quarantine as this process sees it: how much there is. It is the functions that write to it. */
import { mkdirSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { daysOf, fileQuarantine, recordNames } from '../lambdas/quarantine-store/file-quarantine.ts';
import { syncFolder } from './files/sync-folder.ts';
import type { LocalLog } from './local-log.ts';
import { takeOverKept } from './take-over-kept.ts';

export type QuarantineFolder = {
  readonly path: string;
  /** Records in it. */
  readonly count: () => Promise<number>;
};

export type QuarantineFolderOptions = {
  /** Of the data folder. */
  readonly file: (name: string) => string;
  readonly log: LocalLog;
  readonly nowMs: () => number;
};

// A file system tells the time of a change in steps; a folder that was changed within such a step is counted again.
const SURE_AFTER_MS = 2_000;

export async function openQuarantineFolder({ file, log, nowMs }: QuarantineFolderOptions): Promise<QuarantineFolder> {
  const path = file('quarantine');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  await syncFolder(file('.'));
  const records = fileQuarantine(path, (id) => log.warn('quarantine-unreadable', { id }));
  await sweep(path);
  const taken = await takeOverKept({ file, quarantine: records, nowMs });
  if (taken > 0) log.info('kept-taken-over', { messages: taken });
  return { path, count: counter(path, nowMs) };
}

// What a killed run had not finished: its message was not acknowledged to the journal, which has it yet.
async function sweep(path: string): Promise<void> {
  for (const day of await daysOf(path)) {
    const left = (await readdir(join(path, day))).filter((name) => /^\..*\.new$/.test(name));
    for (const name of left) await rm(join(path, day, name), { force: true });
  }
}

/** Reads anew only the days that have changed. */
function counter(path: string, nowMs: () => number): () => Promise<number> {
  const known = new Map<string, { readonly changedMs: number; readonly count: number }>();
  const countOf = async (day: string): Promise<number> => {
    const askedMs = nowMs();
    const changedMs = (await stat(join(path, day)).catch(() => undefined))?.mtimeMs;
    // Taken away by hand meanwhile.
    if (changedMs === undefined) return 0;
    const before = known.get(day);
    if (before?.changedMs === changedMs) return before.count;
    const { length: count } = await recordNames(path, day);
    if (askedMs - changedMs > SURE_AFTER_MS) known.set(day, { changedMs, count });
    return count;
  };
  return async () => {
    const counts = await Promise.all((await daysOf(path)).map(countOf));
    return counts.reduce((sum, count) => sum + count, 0);
  };
}
