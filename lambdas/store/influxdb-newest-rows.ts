/** The newest rows of a battery: all that a live view shows where they hold every field, for a third of what Flux takes for it. */
import type { InfluxConnection } from './influxdb-connection.ts';
import { points } from './influxdb-read.ts';
import { END_MS } from './influxdb-time.ts';
import type { LatestValue } from './store.ts';

export type NewestRows = {
  /** Of the fields that these rows hold. */
  readonly latest: ReadonlyMap<string, LatestValue>;
  /** The rows' times, newest first, each once. */
  readonly times: readonly number[];
};

export async function newestRows(
  connection: InfluxConnection,
  { battery, fromMs, limit }: { readonly battery: string; readonly fromMs: number; readonly limit: number },
): Promise<NewestRows> {
  const rows = await points(connection, { battery, fromMs, toMs: END_MS, order: 'newest-first', limit });
  const latest = new Map<string, LatestValue>();
  for (const { fields, ...time } of rows) {
    for (const [name, value] of Object.entries(fields)) if (!latest.has(name)) latest.set(name, { ...time, value });
  }
  return { latest, times: [...new Set(rows.map(({ atMs }) => atMs))] };
}
