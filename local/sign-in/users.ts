/**
 * Who may sign in at the local runtime: users.json in the data folder. The command line changes it while the runtime runs, so
 * it is read whenever it is asked, and written whole.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf } from '../../lambdas/aws/log.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import { fileLock } from '../files/file-lock.ts';
import { replacePrivateFile } from '../files/private-file.ts';
import { hashOf, isPasswordOf, NOBODYS_HASH } from './password-hash.ts';

/** Of the data folder. */

export type LocalUser = {
  /** Of the person, not of the address: who is removed and added again is another one. */
  readonly id: string;
  readonly email: string;
  readonly addedAt: string;
};

/** `bad-email` says what is wrong with it. */
export type AddedUser =
  | { readonly ok: true; readonly user: LocalUser; readonly password: string }
  | { readonly ok: false; readonly reason: 'exists' | 'bad-email' };

export type LocalUsers = {
  /** The password is made here and told once. */
  readonly add: (email: string, nowMs: number) => AddedUser;
  /** By address. */
  readonly list: () => readonly LocalUser[];
  /** False when there is no such user. Ends the user's sessions, for they ask for the user. */
  readonly remove: (email: string) => boolean;
  /** Undefined: another password, or no such user; both take as long. */
  readonly check: (email: string, password: string) => Promise<LocalUser | undefined>;
  readonly byId: (id: string) => LocalUser | undefined;
};

type KeptUser = LocalUser & { readonly password: string };

// What Cognito takes as an e-mail address is wider; this is what a person types.
const EMAIL = /^[^\s@"<>(),:;\\[\]]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)*$/;
const MAX_EMAIL = 254;
const LOCK_PATIENCE_MS = 5_000;
/** Raised by one whenever an older program could not read the list any more. */
const FORMAT = 1;
// No 0, o, 1, l, i: a password is read from one screen and typed at another. 31^16 is 79 bits.
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP_LETTERS = 4;

export function openUsers(file: string): LocalUsers {
  const read = (): readonly KeptUser[] => usersIn(file);
  const write = (users: readonly KeptUser[]): void =>
    replacePrivateFile(file, `${JSON.stringify({ format: FORMAT, users }, null, 2)}\n`);
  return {
    add: (given, nowMs) => {
      const email = plainEmail(given);
      if (!EMAIL.test(email) || email.length > MAX_EMAIL) return { ok: false, reason: 'bad-email' };
      return alone(file, () => {
        const users = read();
        if (users.some((user) => user.email === email)) return { ok: false, reason: 'exists' };
        const password = newPassword();
        const user = { id: randomUUID(), email, addedAt: new Date(nowMs).toISOString() };
        write([...users, { ...user, password: hashOf(password) }]);
        return { ok: true, user, password };
      });
    },
    list: () => read().map(withoutPassword).toSorted(byEmail),
    remove: (given) =>
      alone(file, () => {
        const users = read();
        const left = users.filter(({ email }) => email !== plainEmail(given));
        if (left.length === users.length) return false;
        write(left);
        return true;
      }),
    check: async (given, password) => {
      const user = read().find(({ email }) => email === plainEmail(given));
      const isRight = await isPasswordOf(user?.password ?? NOBODYS_HASH, password);
      return user !== undefined && isRight ? withoutPassword(user) : undefined;
    },
    byId: (id) =>
      read()
        .map(withoutPassword)
        .find((user) => user.id === id),
  };
}

const plainEmail = (email: string): string => email.trim().toLowerCase();
const byEmail = (a: LocalUser, b: LocalUser): number => (a.email < b.email ? -1 : 1);
const withoutPassword = ({ id, email, addedAt }: KeptUser): LocalUser => ({ id, email, addedAt });

function newPassword(): string {
  const letter = (): string => {
    // 248 = 8 × 31: a byte above it is drawn again, or the first letters would come more often.
    for (;;) {
      const [byte = 255] = randomBytes(1);
      if (byte < 248) return LETTERS[byte % LETTERS.length] ?? '';
    }
  };
  const group = (): string => Array.from({ length: GROUP_LETTERS }, letter).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

// No file: nobody yet.
function usersIn(file: string): readonly KeptUser[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw unreadable(file, `it cannot be read (${codeOf(cause)})`, cause);
  }
  const kept = parsed(text);
  if (kept.format > FORMAT) {
    throw refused(
      `the list of users in ${file} was written by a newer Amphora (format ${kept.format}; this one knows formats up to ${FORMAT}). Nothing was changed; use that one, or name another folder with --data`,
    );
  }
  if (kept.users !== undefined) return kept.users;
  throw unreadable(file, 'it is not what ./amphora user writes');
}

/** Without `users`: it is no list of this format. */
function parsed(text: string): { readonly format: number; readonly users?: readonly KeptUser[] } {
  try {
    // The first lists had no number.
    const { format = FORMAT, users }: { readonly format?: unknown; readonly users?: unknown } = Object(
      JSON.parse(text),
    );
    if (typeof format !== 'number') return { format: FORMAT };
    return { format, ...(Array.isArray(users) && users.every(isKeptUser) ? { users } : {}) };
  } catch {
    // Said by who calls.
    return { format: FORMAT };
  }
}

function isKeptUser(value: unknown): value is KeptUser {
  const { id, email, addedAt, password }: Readonly<Record<string, unknown>> = { ...Object(value) };
  return [id, email, addedAt, password].every((member) => typeof member === 'string');
}

function unreadable(file: string, why: string, cause?: unknown): AmphoraError {
  return refused(
    `the list of users in ${file} is of no use: ${why}. Restore it, or remove it and add the users again`,
    cause,
  );
}

// Two commands at once would each write the list without the other's user.
function alone<T>(file: string, change: () => T): T {
  const unlock = locked(`${file}.lock`);
  try {
    return change();
  } finally {
    unlock();
  }
}

function locked(lockFile: string): () => void {
  let why = 'another command changes it just now; try again';
  let cause: unknown;
  try {
    const unlock = fileLock(lockFile, { patienceMs: LOCK_PATIENCE_MS });
    if (unlock !== undefined) return unlock;
  } catch (error) {
    cause = error;
    why = `${lockFile} cannot be locked (${messageOf(error)}); mend that, or name another folder with --data`;
  }
  throw refused(`the list of users cannot be changed: ${why}`, cause);
}

function refused(message: string, cause?: unknown): AmphoraError {
  return new AmphoraError('folder-refused', message, { retry: false, cause });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
}
