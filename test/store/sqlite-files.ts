/** Files of SQLite stores for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type SqliteStore, sqliteStore } from '../../lambdas/store/sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'amphora-store-'));
let files = 0;

/** A path that nothing stands at yet, with what a path may hold. */
export function newFile(): string {
  files += 1;
  return join(folder, `store ${files} ä#?%.db`);
}

export const removeFiles = (): void => rmSync(folder, { recursive: true });

export function newStore(): { readonly file: string; readonly store: SqliteStore } {
  const file = newFile();
  return { file, store: sqliteStore({ file, createIfMissing: true }) };
}

/** The file as another program sees it. */
export function raw<T>(file: string, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file);
  try {
    return use(db);
  } finally {
    db.close();
  }
}

/** Another program that has the file open for a while. */
export async function rawDuring(file: string, use: (db: DatabaseSync) => Promise<void>): Promise<void> {
  const db = new DatabaseSync(file);
  try {
    await use(db);
  } finally {
    db.close();
  }
}
