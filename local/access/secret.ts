/** Secrets of a data folder: made once, kept in a file that only its owner reads, compared in constant time. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { makePrivateFile, replacePrivateFile } from '../files/private-file.ts';

export type SecretOptions = {
  readonly bytes: number;
  /** A new one takes the place of one that is there. */
  readonly isRotated: boolean;
  /** What to do for another one, when the file does not hold one. */
  readonly remedy: string;
};

const OTHERS = 0o077;

export function openSecret(file: string, { bytes, isRotated, remedy }: SecretOptions): string {
  const fresh = (): string => randomBytes(bytes).toString('base64url');
  if (isRotated) replacePrivateFile(file, `${fresh()}\n`);
  else makePrivateFile(file, `${fresh()}\n`);
  // Copied from a backup, or by a careless hand: whoever could read it until now may have done so.
  if (process.platform !== 'win32' && (statSync(file).mode & OTHERS) !== 0) chmodSync(file, 0o600);
  const secret = readFileSync(file, 'utf8').trim();
  if (/^[\w-]+$/.test(secret) && Buffer.from(secret, 'base64url').length === bytes) return secret;
  throw new AmphoraError('folder-refused', `${file} does not hold a secret of ${bytes} bytes in base64url; ${remedy}`, {
    retry: false,
  });
}

export function isSame(given: string | Buffer, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

/** Another secret, known to who knows this one: not the other way round. */
export function derived(secret: string, purpose: string): string {
  return createHmac('sha256', secret).update(purpose).digest('base64url');
}

const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();
