/** The whole chain on a real InfluxDB 2, beside the same on SQLite in the same run. */
import { setTimeout as wait } from 'node:timers/promises';
import { type RunningInfluxd, startInfluxd } from '../scripts/influxd/run-influxd.ts';
import { type More, untilStored, withAmphora } from './child.ts';
import { type Figure, figure, quantile } from './figure.ts';
import { postTimes, storedRate } from './loads.ts';

const MESSAGES = 10_000;
const POSTS = 200;
const LOOK_EVERY_MS = 20;

export async function benchInfluxChain(): Promise<readonly Figure[]> {
  const influxd = await startInfluxd();
  try {
    const more = startOn(influxd);
    const rate = await withAmphora(
      ({ mqttPort }) => storedRate(mqttPort, MESSAGES, () => untilCounted(influxd, MESSAGES)),
      'launcher',
      more,
    );
    const sqliteRate = await withAmphora((amphora) =>
      storedRate(amphora.mqttPort, MESSAGES, () => untilStored(amphora, MESSAGES)),
    );
    const times = await withAmphora(({ url }) => visibleTimes(url), 'launcher', more);
    const sqliteTimes = await withAmphora(({ url }) => visibleTimes(url));
    const share = (name: string, of: number): Figure =>
      figure(name, quantile(times, of), 'ms', quantile(sqliteTimes, of), 'ms on SQLite');
    return [
      figure('influxdb/stored', rate, 'messages/s', sqliteRate, 'messages/s on SQLite'),
      share('influxdb/post-visible-p50', 0.5),
      share('influxdb/post-visible-p95', 0.95),
    ];
  } finally {
    await influxd.discard();
  }
}

const visibleTimes = (url: string): Promise<readonly number[]> =>
  postTimes(url, POSTS, (live, charge) => live.charge === charge);

function startOn({ url, org, bucket, token }: RunningInfluxd): More {
  const flags = ['--store', 'influxdb', '--influx-url', url, '--influx-org', org, '--influx-bucket', bucket];
  return { flags, env: { INFLUX_TOKEN: token } };
}

async function untilCounted({ url, bucket, token }: RunningInfluxd, points: number): Promise<void> {
  const q = 'SELECT count("charge") FROM "battery"';
  for (;;) {
    const response = await fetch(`${url}/query?${new URLSearchParams({ db: bucket, q }).toString()}`, {
      headers: { authorization: `Token ${token}` },
    });
    const { results }: { results?: readonly Counted[] } = { ...Object(await response.json()) };
    if ((results?.[0]?.series?.[0]?.values[0]?.[1] ?? 0) >= points) return;
    await wait(LOOK_EVERY_MS);
  }
}

type Counted = { readonly series?: readonly { readonly values: readonly (readonly [string, number])[] }[] };
