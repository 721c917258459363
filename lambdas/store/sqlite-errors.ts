/** What SQLite says went wrong, as an AmphoraError that keeps its words. */
import { AmphoraError } from '../failures/amphora-error.ts';

// Primary result codes, https://www.sqlite.org/rescode.html, each with what to do next.
const REMEDIES = new Map([
  [3, 'let this user read and write the file'],
  [5, 'another program holds it; this is tried again'],
  [6, 'another program holds it; this is tried again'],
  [7, 'free memory'],
  [8, 'let this user write the file and its folder'],
  [10, 'check the disk'],
  [11, 'the file is damaged: put a copy of it back'],
  [13, 'free space on the disk'],
  [14, 'check that the folder exists and that this user may write to it'],
  [15, 'another program holds it; this is tried again'],
  [26, 'the file is damaged or is no database: put a copy of it back'],
]);

/** An error of `node:sqlite` as an AmphoraError; any other error as it is, for it is a fault of ours. */
export function storeError(error: unknown, file: string): unknown {
  const words = sqliteWords(error);
  if (words === undefined) return error;
  const remedy = REMEDIES.get(words.code & 0xff);
  return remedy === undefined
    ? new AmphoraError('store-refused', `the database ${file} refused: ${words.text}`, { retry: false, cause: error })
    : unavailable(`the database ${file} is unavailable: ${words.text}; ${remedy}`, error);
}

export function unavailable(message: string, cause?: unknown): AmphoraError {
  return new AmphoraError('store-unavailable', message, { retry: true, cause });
}

/** Whether another connection held what was needed. */
export const isBusy = (error: unknown): boolean => ((sqliteWords(error)?.code ?? 0) & 0xff) === 5;

function sqliteWords(error: unknown): { readonly code: number; readonly text: string } | undefined {
  // Not `instanceof Error`: node's errors are of another realm than a test's.
  if (typeof error !== 'object' || error === null) return undefined;
  if (!('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return { code: error.errcode, text: 'message' in error ? String(error.message) : `code ${error.errcode}` };
}
