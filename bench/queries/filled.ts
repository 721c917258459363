/** Databases of three sizes: the same battery with 10 000, 100 000 and a million points, and a thousand batteries with as many. */
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import type { Point } from '../../lambdas/store/store.ts';
import type { RunningInfluxd } from '../../scripts/influxd/run-influxd.ts';

export const SIZES = [10_000, 100_000, 1_000_000] as const;
export const [BUSY, SILENT] = ['busy', 'silent'] as const;
export const BATTERIES = 1_000;
export const STEP_MS = 30_000;
// Each of the thousand reaches as far back as the one.
const STEP_OF_MANY_MS = BATTERIES * STEP_MS;
const POINTS_AT_ONCE = 10_000;
const SILENT_MS = 200 * 86_400_000;

export type Dataset = 'one' | 'many';

/** The points of a database, `size` of them, the newest a second old. */
export function* pointsOf(dataset: Dataset, size: number, nowMs: number): Generator<readonly Point[]> {
  const pointAt = dataset === 'one' ? busyPoint : pointOfMany;
  for (let first = 0; first < size; first += POINTS_AT_ONCE) {
    yield Array.from({ length: POINTS_AT_ONCE }, (_, i) => pointAt(first + i, size, nowMs));
  }
  if (dataset === 'one') yield [pointOf(SILENT, nowMs - SILENT_MS, { charge: 1, soc: 5 })];
}

// Its voltage is in its oldest and its newest point alone: what looks for one between them must not read all that lies there.
function busyPoint(i: number, size: number, nowMs: number): Point {
  const isEdge = i === 0 || i === size - 1;
  const own = { charge: (i % 10) + 0.5, current: i % 7, seq: i };
  const fields = isEdge ? { ...own, voltage: 52.5 } : own;
  return pointOf(BUSY, nowMs - 1_000 - (size - 1 - i) * STEP_MS, fields);
}

function pointOfMany(i: number, size: number, nowMs: number): Point {
  const each = size / BATTERIES;
  const atMs = nowMs - 1_000 - (each - 1 - (i % each)) * STEP_OF_MANY_MS;
  const id = String(Math.floor(i / each)).padStart(4, '0');
  return pointOf(`battery${id}`, atMs, { soc: i % 100 });
}

const pointOf = (battery: string, atMs: number, fields: Point['fields']): Point => {
  return { measurement: 'battery', battery, atMs, nanos: 0, fingerprint: 0, fields };
};

export async function fillSqlite(file: string, dataset: Dataset, size: number, nowMs: number): Promise<void> {
  const store = sqliteStore({ file, createIfMissing: true });
  try {
    for (const points of pointsOf(dataset, size, nowMs)) await store.append(points);
  } finally {
    await store.close();
  }
}

export async function fillInfluxdb(
  { url, org, token }: RunningInfluxd,
  bucket: string,
  { dataset, size, nowMs }: { readonly dataset: Dataset; readonly size: number; readonly nowMs: number },
): Promise<void> {
  const path = `${url}/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ms' }).toString()}`;
  const headers = { authorization: `Token ${token}` };
  for (const points of pointsOf(dataset, size, nowMs)) {
    const { status } = await fetch(path, { method: 'POST', headers, body: points.map(lineOf).join('\n') });
    if (status !== 204) throw new Error(`InfluxDB refused the points of the bench with ${status}`);
  }
}

const lineOf = ({ battery, atMs, fields }: Point): string =>
  `battery,battery=${battery} ${Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join()} ${atMs}`;
