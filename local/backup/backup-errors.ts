/** What the operating system or SQLite said, as one sentence with what to do next. */
import { messageOf } from '../../lambdas/aws/log.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';

// EFBIG: a limit of the shell or of the file system on one file. SQLite tells a full disk by its result code 13.
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const SQLITE_FULL = 13;

export const backupFailed = (message: string, cause?: unknown): AmphoraError =>
  new AmphoraError('backup-failed', message, { retry: false, cause });

/** `kept`: what became of the work so far. */
export function notWritten(path: string, kept: string, cause: unknown): unknown {
  if (cause instanceof AmphoraError) return cause;
  if (isAbort(cause)) return backupFailed(`stopped before the end; ${kept}. Type the same again`, cause);
  const next = isNoRoom(cause)
    ? 'make room there, or name a place on another disk'
    : 'mend that, or name another place';
  return backupFailed(`${path} cannot be written (${reasonOf(cause)}); ${kept}. Now ${next}`, cause);
}

/** What is the fault of where it is copied to, or of whoever stopped it, is told by `notWritten`. */
export function notRead(path: string, cause: unknown): unknown {
  if (cause instanceof AmphoraError || isAbort(cause) || isNoRoom(cause)) return cause;
  return backupFailed(`${path} cannot be read (${reasonOf(cause)}); mend that, and type the same again`, cause);
}

export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

const isNoRoom = (error: unknown): boolean => NO_ROOM.includes(codeOf(error)) || sqliteCode(error) === SQLITE_FULL;

const isOfSqlite = (error: unknown): boolean => sqliteCode(error) !== undefined;

function sqliteCode(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}

const reasonOf = (error: unknown): string =>
  isOfSqlite(error) || codeOf(error) === '' ? messageOf(error) : codeOf(error);
