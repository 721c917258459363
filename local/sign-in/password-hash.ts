/** Passwords as they are kept: scrypt, with its cost and salt beside the hash. */
import { randomBytes, type ScryptOptions, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';

// A password is made here, of 79 bits of chance, and not chosen: it is this that no guesser gets through. The cost is a third
// of what OWASP's password storage cheat sheet wants for chosen ones (2^15, 8, 3): 0.1 s and 32 MB a try.
const COST = { N: 2 ** 15, r: 8, p: 1 } as const;
const MAX_MEMORY_BYTES = 64 * 1024 * 1024;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** A hash that no password has: what is checked where there is no such user, so that it takes as long. */
export const NOBODYS_HASH = ['scrypt', COST.N, COST.r, COST.p, 'AAAAAAAAAAAAAAAAAAAAAA', 'A'.repeat(43)].join('$');

export function hashOf(password: string): string {
  const salt = randomBytes(SALT_BYTES);
  const hash = scryptSync(password, salt, HASH_BYTES, { ...COST, maxmem: MAX_MEMORY_BYTES });
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** False, too, for a text that is no hash. */
export async function isPasswordOf(kept: string, password: string): Promise<boolean> {
  const [kind, n, r, p, salt = '', hash = ''] = kept.split('$');
  const expected = Buffer.from(hash, 'base64url');
  if (kind !== 'scrypt' || expected.length !== HASH_BYTES) return false;
  const cost = { N: Number(n), r: Number(r), p: Number(p), maxmem: MAX_MEMORY_BYTES };
  return timingSafeEqual(await derived(password, Buffer.from(salt, 'base64url'), cost), expected);
}

// Off the event loop: 0.1 s of work, during which everything else is answered.
function derived(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, cost, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });
}
