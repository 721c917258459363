/** Lines into a bucket, and its rows out of it, past all code of ours. */
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';

export async function writeLines({ url, org, bucket, token }: InfluxAddress, lines: readonly string[]): Promise<void> {
  const query = new URLSearchParams({ org, bucket, precision: 'ns' });
  const answer = await fetch(`${url}/api/v2/write?${String(query)}`, {
    method: 'POST',
    body: lines.join('\n'),
    headers: { authorization: `Token ${token}` },
  });
  if (answer.status !== 204) throw new Error(`InfluxDB took not all lines: ${answer.status} ${await answer.text()}`);
}

/** The answer to a statement of InfluxQL, as the server gives it. */
export async function influxQl({ url, bucket, token }: InfluxAddress, statement: string): Promise<unknown> {
  const query = new URLSearchParams({ db: bucket, q: statement });
  const answer = await fetch(`${url}/query?${String(query)}`, { headers: { authorization: `Token ${token}` } });
  return answer.json();
}
