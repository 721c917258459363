/** A question to InfluxDB without anything in between. */
import type { RunningInfluxd } from '../../scripts/influxd/run-influxd.ts';

/** The answer's CSV. */
export async function bareFlux(
  { url, org, token }: Pick<RunningInfluxd, 'url' | 'org' | 'token'>,
  question: string,
): Promise<string> {
  const headers = { authorization: `Token ${token}`, 'content-type': 'application/vnd.flux' };
  const address = `${url}/api/v2/query?${new URLSearchParams({ org }).toString()}`;
  return (await fetch(address, { method: 'POST', headers, body: question })).text();
}
