/** logins.json: who is signed in where, with the tokens; read by this user only, and changed by one process at a time. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { fileLock } from '../../local/files/file-lock.ts';
import { replacePrivateFile } from '../../local/files/private-file.ts';
import type { Io } from '../command.ts';
import { configFolder } from './config-folder.ts';
import { type Kept, keptOf, NOTHING_KEPT, textOf } from './kept-logins.ts';

// Longer than the one question to the sign-in service that a holder asks; who waits behind one that got no answer asks none.
const LOCK_PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 25;

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

function write(file: string, text: string): void {
  try {
    replacePrivateFile(file, text);
  } catch (cause) {
    throw refused(`the logins cannot be written to ${file} (${codeOf(cause)}); make room or mend its rights`, cause);
  }
}

async function lock(path: string): Promise<() => void> {
  const deadlineMs = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    const unlock = tryLock(path);
    if (unlock !== undefined) return unlock;
    if (performance.now() > deadlineMs) {
      throw refused(
        `other ./amphora on this machine have had the logins (${path}) for ${LOCK_PATIENCE_MS / 1000} s: the sign-in service is slow, or one of them hangs. Type the same again later`,
      );
    }
    await pause(LOOK_EVERY_MS);
  }
}

function tryLock(path: string): (() => void) | undefined {
  try {
    return fileLock(path);
  } catch (cause) {
    throw refused(`the logins cannot be locked with ${path} (${codeOf(cause)}); mend its rights`, cause);
  }
}

const refused = (message: string, cause?: unknown): AmphoraError =>
  new AmphoraError('folder-refused', message, { retry: false, cause });

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
