/** A real store in memory, filled with samples as a device would send them. */
import { type SqliteStore, sqliteStore } from '../../lambdas/store/sqlite.ts';
import { parseReading } from '../../lambdas/telemetry/parse-reading.ts';
import { toPoints } from '../../lambdas/telemetry/point-time.ts';

export const NOW_MS = Date.UTC(2026, 10, 23, 12);

export type Sample = Readonly<Record<string, unknown>>;

export async function add(store: SqliteStore, battery: string, samples: readonly Sample[]): Promise<void> {
  for (const sample of samples) {
    const parsed = parseReading(sample, { receivedAtMs: NOW_MS });
    if (!parsed.ok) throw new Error(parsed.reason);
    await store.append(toPoints(battery, parsed.reading));
  }
}

/** Gives the store to `use`, and closes it. */
export async function withStore<T>(
  batteries: Readonly<Record<string, readonly Sample[]>>,
  use: (store: SqliteStore) => Promise<T>,
): Promise<T> {
  const store = sqliteStore({ file: ':memory:' });
  try {
    for (const [battery, samples] of Object.entries(batteries)) await add(store, battery, samples);
    return await use(store);
  } finally {
    await store.close();
  }
}
