/** What stands in a bucket, asked of InfluxDB itself and not through any code of ours. */
import { parse } from 'csv-parse/sync';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';

export type FluxRow = Readonly<Record<string, string>>;

const PATIENCE_MS = 20_000;
const DEMO = 'battery=demo';
const DEFAULT = 'battery=default';

/** Samples of any measurement at all, however many fields each has; those of the battery `demo` left out. */
export async function storedSamples(address: InfluxAddress): Promise<number> {
  const statement = 'SELECT * FROM /.*/ GROUP BY battery';
  const query = new URLSearchParams({ db: address.bucket, epoch: 'ns', q: statement });
  const text = await answered(address, `/query?${query.toString()}`, { headers: { accept: 'application/csv' } });
  const samples = rowsOf(text)
    .filter(([name, tags]) => name !== 'name' && tags !== DEMO)
    // The default battery's two powers stand in a measurement of their own, beside its other fields.
    .map(([name, tags, time]) => [name === 'battery_data' ? 'battery' : name, tags || DEFAULT, time].join(' '));
  return new Set(samples).size;
}

/** The rows of all tables of the answer, in its order. */
export async function fluxRows(address: InfluxAddress, flux: string): Promise<readonly FluxRow[]> {
  const body = JSON.stringify({ query: flux, type: 'flux', dialect: { annotations: [], header: true } });
  const headers = { 'content-type': 'application/json' };
  const text = await answered(address, `/api/v2/query?org=${address.org}`, { method: 'POST', headers, body });
  // Each table has its own header line, behind an empty one.
  return text.split(/\r?\n\r?\n/).flatMap((table) => {
    const [header = [], ...rows] = rowsOf(table);
    return rows.map((row) => Object.fromEntries(row.map((value, i) => [header[i] ?? '', value])));
  });
}

async function answered(
  { url, token }: InfluxAddress,
  path: string,
  { headers, ...asking }: { readonly method?: string; readonly body?: string; readonly headers: object },
): Promise<string> {
  const response = await fetch(`${url}${path}`, {
    ...asking,
    headers: { ...headers, authorization: `Token ${token}` },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`InfluxDB answered ${response.status}: ${text}`);
  return text;
}

function rowsOf(csv: string): readonly (readonly string[])[] {
  return parse(csv, { relax_column_count: true, skip_empty_lines: true });
}
