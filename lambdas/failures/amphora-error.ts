/** The one error class. Expected refusals are values; this is for what goes wrong at an edge. */

export const ERROR_CODES = [
  /** The database cannot be reached or does not answer. */
  'store-unavailable',
  /** The database answers, and refuses for a reason that no retry mends. */
  'store-refused',
  /** The broker did not take a message. */
  'publish-failed',
  /** The database's token cannot be read from its secret. */
  'secret-unavailable',
  /** Who signs people in does not answer, or not as it should. */
  'sign-in-unavailable',
  /** The quarantine did not take a record, or does not show what is in it. */
  'quarantine-unavailable',
  /** A queue did not take a message, or gives none. */
  'queue-unavailable',
  /** A setting is missing or makes no sense. */
  'setting-invalid',
  /** A data folder is in use, or of a newer format. */
  'folder-refused',
  /** A backup could not be written or read, or not be restored. */
  'backup-failed',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export class AmphoraError extends Error {
  override readonly name = 'AmphoraError';
  readonly code: ErrorCode;
  /** Whether the same call may succeed later. */
  readonly retry: boolean;

  constructor(code: ErrorCode, message: string, options: { readonly retry: boolean; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retry = options.retry;
  }
}
