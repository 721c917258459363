/** A file that gets its name when it is whole and on disk, and leaves nothing when it does not come to that. */
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../files/sync-folder.ts';

export type NewFile = {
  /** The name that it has until it is whole. */
  readonly path: string;
  readonly write: (chunk: Buffer) => Promise<void>;
  /** Everything written so far is on disk. */
  readonly sync: () => Promise<void>;
  /** An empty folder of the owner's alone, on the same disk; gone when the file is done. */
  readonly scratch: string;
};

type NewFileOptions<T> = {
  /** Whether it may take the place of one that is there. */
  readonly isReplacing: boolean;
  /** False: it does not get its name. */
  readonly fill: (file: NewFile) => Promise<{ readonly isWanted: boolean; readonly filled: T }>;
};

/** `taken`: a file stands at the path and was left alone. */
export async function newFile<T>(
  path: string,
  { isReplacing, fill }: NewFileOptions<T>,
): Promise<{ readonly kind: 'taken' } | { readonly kind: 'filled'; readonly filled: T }> {
  if (!isReplacing && existsSync(path)) return { kind: 'taken' };
  removeLeftovers(path);
  const [fresh, scratch] = [`${path}.${process.pid}.new`, scratchFolder(path)];
  try {
    mkdirSync(scratch, { mode: 0o700 });
    const handle = await open(fresh, 'wx', 0o600);
    try {
      const write = async (chunk: Buffer): Promise<void> => handle.writeFile(chunk);
      const { isWanted, filled } = await fill({ path: fresh, scratch, write, sync: () => handle.sync() });
      if (isWanted && !placed(fresh, path, isReplacing)) return { kind: 'taken' };
      await syncFolder(dirname(path));
      return { kind: 'filled', filled };
    } finally {
      await handle.close();
    }
  } finally {
    rmSync(fresh, { force: true });
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The name of the folder that is used while this file is worked at. */
export const scratchFolder = (path: string): string => `${path}.${process.pid}.scratch`;

/** What runs that were killed left beside the file, with all that is in it. */
export function removeLeftovers(path: string): void {
  const begin = `${basename(path)}.`;
  for (const name of readdirSync(dirname(path)).filter((one) => one.startsWith(begin))) {
    const [, pid] = /^(\d+)\.(new|scratch)$/.exec(name.slice(begin.length)) ?? [];
    if (pid !== undefined && (Number(pid) === process.pid || !isRunning(Number(pid))))
      rmSync(join(dirname(path), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

// A link appears only where nothing is, which a rename does not promise. FAT and its like have none.
function placed(fresh: string, path: string, isReplacing: boolean): boolean {
  if (!isReplacing) {
    try {
      linkSync(fresh, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST' || existsSync(path)) return false;
    }
  }
  renameSync(fresh, path);
  return true;
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
