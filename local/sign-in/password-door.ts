/** Where a password is tried: one after the other, and after failures not at once. */
import type { LocalLog } from '../local-log.ts';
import { openLockout } from './lockout.ts';
import type { LocalUser, LocalUsers } from './users.ts';

export type Knock =
  | { readonly kind: 'in'; readonly user: LocalUser }
  | { readonly kind: 'refused'; readonly problem: string; readonly waitS?: number };

export type PasswordDoor = { readonly knock: (email: string, password: string) => Promise<Knock> };

type Options = {
  readonly users: Pick<LocalUsers, 'check'>;
  readonly nowMs: () => number;
  readonly log: LocalLog;
};

const MAX_EMAIL = 254;
const MAX_PASSWORD = 256;
// A check takes a tenth of a second and 32 MB.
const MAX_WAITING = 8;

export function passwordDoor({ users, nowMs, log }: Options): PasswordDoor {
  const lockout = openLockout(nowMs);
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function tried(email: string, password: string): Promise<Knock> {
    const name = email.trim().toLowerCase();
    const waitMs = lockout.waitMs(name);
    if (waitMs > 0) return locked(Math.ceil(waitMs / 1000));
    const user = await users.check(email, password);
    if (user === undefined) {
      lockout.failed(name);
      return refused('password', 'This e-mail address or this password is wrong.');
    }
    lockout.succeeded(name);
    return { kind: 'in', user };
  }

  function locked(waitS: number): Knock {
    const wait = waitS === 1 ? 'a second' : waitS < 120 ? `${waitS} seconds` : `${Math.ceil(waitS / 60)} minutes`;
    return { ...refused('locked', `Too many wrong passwords. Wait ${wait}, then try again.`), waitS };
  }

  function refused(reason: string, problem: string): Extract<Knock, { readonly kind: 'refused' }> {
    log.warn('sign-in-refused', { reason });
    return { kind: 'refused', problem };
  }

  return {
    knock: async (email, password) => {
      if (email.length > MAX_EMAIL || password.length > MAX_PASSWORD)
        return refused('length', 'This e-mail address or this password is wrong.');
      if (waiting >= MAX_WAITING) return { ...refused('busy', 'Too many sign-ins at once. Try again.'), waitS: 1 };
      waiting += 1;
      const mine = last.then(() => tried(email, password)).finally(() => (waiting -= 1));
      // The next one goes on whatever became of this one.
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
