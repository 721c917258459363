/** Backups made and restored in this process, as the command line does. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type RestoredBackup, restoreBackup } from '../../../local/backup/restore-backup.ts';
import { type BackupOptions, type WrittenBackup, writeBackup } from '../../../local/backup/write-backup.ts';

export const INSTANT_MS = Date.UTC(2026, 10, 23, 12);

const never = (): AbortSignal => new AbortController().signal;

export async function backUp(
  folder: string,
  file: string,
  options: Partial<BackupOptions> = {},
): Promise<WrittenBackup> {
  const defaults = {
    isReplacing: false,
    influx: undefined,
    version: '0.1.0',
    nowMs: () => INSTANT_MS,
    signal: never(),
  };
  return writeBackup({ ...defaults, ...options, folder, file });
}

export const restoreTo = (folder: string, file: string, signal = never()): Promise<RestoredBackup> =>
  restoreBackup({ file, folder, signal });

/** Every file below it with its content, but for the lock, which is of a run. Of a database, what is in its tables. */
export function contentsOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => statSync(join(folder, name)).isFile() && !name.includes('lock'),
  );
  return new Map(
    names.toSorted().map((name) => {
      const path = join(folder, name);
      return [name, name.endsWith('.sqlite') ? rowsOf(path) : readFileSync(path).toString('latin1')];
    }),
  );
}

// A copy's header counts changes of its own.
function rowsOf(path: string): string {
  const database = new DatabaseSync(path);
  const tables = database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
  const rows = tables.map(({ name, sql }) =>
    String(sql).startsWith('CREATE TABLE') ? [sql, database.prepare(`SELECT * FROM "${String(name)}"`).all()] : [sql],
  );
  database.close();
  return JSON.stringify(rows);
}
