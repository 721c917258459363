/** A data folder with something of everything in it, as a runtime that was killed leaves it, made by its own parts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqliteStore } from '../../../lambdas/store/sqlite.ts';
import type { Point } from '../../../lambdas/store/store.ts';
import { openDataFolder } from '../../../local/data-folder.ts';
import { openDevices } from '../../../local/devices/device-database.ts';
import { DEVICES_FILE, USERS_FILE } from '../../../local/files/registered-files.ts';
import { openJournal } from '../../../local/journal.ts';
import { openUsers } from '../../../local/sign-in/users.ts';

export const FIRST_AT_MS = Date.UTC(2026, 10, 23, 10);

export const SIZES = { stored: 40, journal: 7, kept: 2 } as const;

export async function fillFolder(path: string): Promise<void> {
  const folder = openDataFolder(path, '0.1.0');
  const store = sqliteStore({ file: folder.file('store.sqlite'), createIfMissing: true });
  await store.append(Array.from({ length: SIZES.stored }, (_, i) => pointAt(FIRST_AT_MS + i)));
  await store.close();
  const { journal } = await openJournal(folder.file('journal'));
  await Promise.all(
    Array.from({ length: SIZES.journal }, (_, i) =>
      journal.append({
        topic: 'battery/boat/telemetry',
        payload: Buffer.from(`{"soc":${i}}`),
        receivedAt: FIRST_AT_MS + i,
        traceId: `trace-${i}`,
      }),
    ),
  );
  await journal.close();
  const kept = Array.from({ length: SIZES.kept }, (_, i) => `{"reason":"not-json","original":"${i}"}\n`);
  writeFileSync(folder.file('kept.ndjson'), kept.join(''));
  openUsers(folder.file(USERS_FILE)).add('ada@example.org', FIRST_AT_MS);
  openDevices(folder.file(DEVICES_FILE)).close();
  writeFileSync(folder.file('device-ca.key.pem'), 'a key\n');
  // Of a kind that nobody has thought of yet.
  mkdirSync(join(path, 'new kind', 'ü'), { recursive: true });
  writeFileSync(join(path, 'new kind', 'ü', 'a\nb'), Buffer.from([0, 255, 10, 13]));
  writeFileSync(join(path, 'new kind', 'empty'), '');
  folder.release();
}

function pointAt(atMs: number): Point {
  return { measurement: 'battery', battery: 'boat', atMs, nanos: 5, fingerprint: 5, fields: { charge: 1, soc: 50 } };
}
