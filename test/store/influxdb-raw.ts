/** A bucket of a real InfluxDB past the adapter: lines as somebody else writes them, and what stands there. */
import { type InfluxSettings, influxStore } from '../../lambdas/store/influxdb.ts';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import type { Store } from '../../lambdas/store/store.ts';

type Series = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number | null)[])[];
};

const PATIENCE_MS = 60_000;

export function storeIn({ token, ...address }: InfluxAddress, settings: Partial<InfluxSettings> = {}): Store {
  return influxStore({ ...address, token: async () => token, nowMs: Date.now, ...settings });
}

/** Times in nanoseconds. */
export async function writeLines(address: InfluxAddress, lines: readonly string[]): Promise<void> {
  const { org, bucket } = address;
  const query = new URLSearchParams({ org, bucket, precision: 'ns' }).toString();
  await answered(address, `/api/v2/write?${query}`, { method: 'POST', body: lines.join('\n') });
}

/** Times in nanoseconds, as texts; numbers as they are. */
export async function askRaw(address: InfluxAddress, q: string): Promise<readonly Series[]> {
  const query = new URLSearchParams({ db: address.bucket, epoch: 'ns', q }).toString();
  // No number holds a nanosecond.
  const text = (await answered(address, `/query?${query}`, {})).replace(/\[(\d{17,19})([,\]])/g, '["$1"$2');
  const { results }: { results: readonly { series?: readonly Series[]; error?: string }[] } = JSON.parse(text);
  const [result = {}] = results;
  if (result.error !== undefined) throw new Error(`InfluxDB refuses ${q}: ${result.error}`);
  return result.series ?? [];
}

/** Every series of the bucket, by its key. */
export async function seriesKeys(address: InfluxAddress): Promise<readonly string[]> {
  return (await askRaw(address, 'SHOW SERIES')).flatMap(({ values }) => values.flat().map(String)).sort();
}

/** `measurement field type` of every field. */
export async function fieldTypes(address: InfluxAddress): Promise<readonly string[]> {
  const series = await askRaw(address, 'SHOW FIELD KEYS');
  return series.flatMap(({ name, values }) => values.map((field) => [name, ...field].join(' '))).sort();
}

/** How many values each series has, by its key: all of the bucket that a deletion, or a point too many, would change. */
export async function counts(address: InfluxAddress): Promise<unknown> {
  return { keys: await seriesKeys(address), counts: await askRaw(address, 'SELECT count(*) FROM /.*/ GROUP BY *') };
}

async function answered({ url, token }: InfluxAddress, path: string, init: RequestInit): Promise<string> {
  const headers = { authorization: `Token ${token}` };
  const response = await fetch(`${url}${path}`, { ...init, headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(`InfluxDB answered ${response.status}: ${text}`);
  return text;
}
