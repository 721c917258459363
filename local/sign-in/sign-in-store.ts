/**
 * What of the sign-in outlives a run: the key that signs the tokens, and the refresh tokens, of which only hashes are kept.
 * `sign-in.sqlite` in the data folder, for its owner's eyes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../lambdas/aws/log.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';

/** One sign-in of one person at one client. */
export type Session = {
  readonly clientId: string;
  readonly userId: string;
  readonly scope: string;
  /** When the person signed in. */
  readonly authAtMs: number;
  /** Of the first token of this sign-in; later ones name it. */
  readonly originId: string;
  readonly expiresAtMs: number;
};

export type SignInStore = {
  /** The private key as JWK text; made by `make` when there is none yet. */
  readonly signingKey: (make: () => Promise<string>) => Promise<string>;
  /** The refresh token, which is told once. */
  readonly begin: (session: Session) => string;
  /** Undefined: no such session, or one that has ended. */
  readonly session: (refreshToken: string, nowMs: number) => Session | undefined;
  /** Of this client only; of another one's nothing is said and nothing ends. */
  readonly end: (refreshToken: string, clientId: string) => void;
  readonly close: () => void;
};

/** Raised by one whenever an older program could not read the file any more. */
const FORMAT = 1;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, jwk TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY, client_id TEXT NOT NULL, user_id TEXT NOT NULL, scope TEXT NOT NULL,
    auth_at_ms INTEGER NOT NULL, origin_id TEXT NOT NULL, expires_at_ms INTEGER NOT NULL
  ) STRICT;
`;
const REFRESH_TOKEN_BYTES = 32;
const KEY_NAME = 'access';
const BUSY_TIMEOUT_MS = 5_000;

export function openSignInStore(file: string, nowMs: number): SignInStore {
  const database = opened(file);
  database.prepare('DELETE FROM sessions WHERE expires_at_ms <= ?').run(nowMs);
  const insert = database.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)');
  const select = database.prepare('SELECT * FROM sessions WHERE token_hash = ? AND expires_at_ms > ?');
  const remove = database.prepare('DELETE FROM sessions WHERE token_hash = ? AND client_id = ?');
  return {
    signingKey: async (make) => {
      const kept = database.prepare('SELECT jwk FROM keys WHERE name = ?').get(KEY_NAME);
      if (kept !== undefined) return String(kept['jwk']);
      const jwk = await make();
      database.prepare('INSERT INTO keys VALUES (?, ?)').run(KEY_NAME, jwk);
      return jwk;
    },
    begin: ({ clientId, userId, scope, authAtMs, originId, expiresAtMs }) => {
      const refreshToken = randomBytes(REFRESH_TOKEN_BYTES).toString('base64url');
      insert.run(hashOf(refreshToken), clientId, userId, scope, authAtMs, originId, expiresAtMs);
      return refreshToken;
    },
    session: (refreshToken, atMs) => {
      const row = select.get(hashOf(refreshToken), atMs);
      return row === undefined ? undefined : sessionOf(row);
    },
    end: (refreshToken, clientId) => void remove.run(hashOf(refreshToken), clientId),
    close: () => database.close(),
  };
}

// The token is 32 bytes of chance: a fast hash is as good as a slow one.
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

function sessionOf(row: Readonly<Record<string, unknown>>): Session {
  return {
    clientId: String(row['client_id']),
    userId: String(row['user_id']),
    scope: String(row['scope']),
    authAtMs: Number(row['auth_at_ms']),
    originId: String(row['origin_id']),
    expiresAtMs: Number(row['expires_at_ms']),
  };
}

function opened(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    makePrivate(file);
    database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    const format = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (format > FORMAT) {
      throw refused(
        `${file} was written by a newer Amphora (format ${format}; this one knows formats up to ${FORMAT}). Nothing was changed; use that one, or name another folder with --data`,
      );
    }
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${FORMAT}; COMMIT`);
    return database;
  } catch (cause) {
    database?.close();
    if (cause instanceof AmphoraError) throw cause;
    throw refused(
      `the sessions of ${file} cannot be opened (${messageOf(cause)}); restore the file, or remove it, and everybody signs in again`,
      cause,
    );
  }
}

function refused(message: string, cause?: unknown): AmphoraError {
  return new AmphoraError('folder-refused', message, { retry: false, cause });
}

// Before SQLite opens it: what that makes beside it (-wal, -shm) gets the same mode.
function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}
