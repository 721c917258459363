import { join } from 'node:path';

/** The repository's. */
export const ROOT = join(import.meta.dirname, '..', '..');
