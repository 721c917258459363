/** A lock of the operating system on a file of its own: it ends with the process, however that ends. */
import { DatabaseSync } from 'node:sqlite';

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/**
 * What gives the lock back; undefined when another has it for all of the patience, for which this process stands still.
 * Throws what else is wrong with the file.
 */
export function fileLock(path: string, { patienceMs = 0 } = {}): (() => void) | undefined {
  const database = new DatabaseSync(path, { timeout: patienceMs });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : 0;
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}
