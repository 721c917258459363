/** What a command line says in one sentence before it ends with 2: what was wrong, and what to type. */
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';

export function refused(sentence: string, cause?: unknown): AmphoraError {
  return new AmphoraError('setting-invalid', sentence, { retry: false, cause });
}
