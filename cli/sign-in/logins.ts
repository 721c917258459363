/** logins.json: who is signed in where, with the tokens; read by this user only, and changed by one process at a time. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import type { Io } from '../command.ts';
import { configFolder } from './config-folder.ts';
import { type Kept, keptOf, NOTHING_KEPT, textOf } from './kept-logins.ts';

// Longer than the one question to the sign-in service that a holder asks.
const LOCK_PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 25;
const SQLITE_BUSY = 5;

export type Logins = {
  readonly file: string;
  /** What is kept now. */
  readonly read: () => Kept;
  /** Runs it while no other process changes the file, and keeps what it gives; without `kept` the file stays as it is. */
  readonly change: <Result>(work: (kept: Kept) => Promise<Changed<Result>>) => Promise<Result>;
};

export type Changed<Result> = { readonly kept?: Kept; readonly result: Result };

/** Nothing is made before something is to be kept. Throws a sentence about a folder or a file that cannot be used. */
export function openLogins(surroundings: Pick<Io, 'env' | 'homeFolder' | 'platform'>): Logins {
  const folder = configFolder(surroundings);
  const file = join(folder, 'logins.json');
  return {
    file,
    read: () => readKept(file),
    change: async (work) => {
      makeFolder(folder);
      const unlock = await lock(join(folder, 'logins.lock.sqlite'));
      try {
        const { kept, result } = await work(readKept(file));
        if (kept !== undefined) write(file, textOf(kept));
        return result;
      } finally {
        unlock();
      }
    },
  };
}

function readKept(file: string): Kept {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    // ENOTDIR: a file stands where the folder would; whoever writes hears of it.
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return NOTHING_KEPT;
    throw refused(`the logins in ${file} cannot be read (${codeOf(cause)}); mend its rights`, cause);
  }
  const kept = keptOf(text);
  if (kept !== undefined) return kept;
  throw refused(
    `${file} holds no logins of this version; nothing was changed. Move it away, and sign in again with ./amphora login`,
  );
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw refused(
      `the folder ${folder} of the logins cannot be made (${codeOf(cause)}); name another parent in XDG_CONFIG_HOME`,
      cause,
    );
  }
}

// Written beside and renamed, so that a crash leaves the old file or the new one. The name beside is the lock holder's own.
function write(file: string, text: string): void {
  const beside = `${file}.new`;
  try {
    rmSync(beside, { force: true });
    writeFileSync(beside, text, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(beside, file);
  } catch (cause) {
    throw refused(`the logins cannot be written to ${file} (${codeOf(cause)}); make room or mend its rights`, cause);
  }
}

// A lock of the operating system on a file of its own: it ends with the process, however that ends.
async function lock(path: string): Promise<() => void> {
  const deadlineMs = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    const unlock = tryLock(path);
    if (unlock !== undefined) return unlock;
    if (performance.now() > deadlineMs) {
      throw refused(
        `another ./amphora has held ${path} for ${LOCK_PATIENCE_MS / 1000} s; end it, and type the same again`,
      );
    }
    await pause(LOOK_EVERY_MS);
  }
}

function tryLock(path: string): (() => void) | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const locked = database;
    return () => locked.close();
  } catch (cause) {
    database?.close();
    const isBusy = typeof cause === 'object' && cause !== null && 'errcode' in cause && cause.errcode === SQLITE_BUSY;
    if (isBusy) return undefined;
    throw refused(`the logins cannot be locked with ${path} (${codeOf(cause)}); mend its rights`, cause);
  }
}

const refused = (message: string, cause?: unknown): AmphoraError =>
  new AmphoraError('folder-refused', message, { retry: false, cause });

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
