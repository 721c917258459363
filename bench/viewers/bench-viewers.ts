/**
 * How often a real InfluxDB is asked by the functions while 1, 10 and 100 people look at one battery: the live values alone,
 * and the whole page with its chart and its table, as the page asks for them.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { type RunningInfluxd, startInfluxd } from '../../scripts/influxd/run-influxd.ts';
import { type Amphora, withAmphora } from '../child.ts';
import { type Figure, figure } from '../figure.ts';
import { type Connection, type CountingProxy, countingProxy } from './counting-proxy.ts';

const VIEWERS_OF_LIVE = [1, 10, 100] as const;
const VIEWERS_OF_PAGE = [1, 100] as const;
const PERIOD_MS = 1_000;
const BATTERY = 'watched';
const MINUTE_MS = 60_000;
// The first questions of an environment all go to the database: what is meant is how it goes on.
const SETTLING_MS = 5_500;
const WATCHED_MS = 8_000;

type Asks = { readonly path: (nowMs: number) => string; readonly everyMs: number };

const LIVE: readonly Asks[] = [{ path: () => `/livedata?battery=${BATTERY}`, everyMs: 1_000 }];

/** As dashboard/ask-live.ts and ask-history.ts ask: a chart of 15 minutes in steps of two seconds, and its newest hundred rows. */
const PAGE: readonly Asks[] = [
  ...LIVE,
  { path: () => '/batteries', everyMs: 30_000 },
  {
    path: (nowMs) => {
      const endMs = Math.ceil((nowMs + 1) / 2_000) * 2_000;
      const begin = new Date(Math.floor((nowMs - 15 * MINUTE_MS) / 2_000) * 2_000).toISOString();
      return `/read?shape=series&points=451&battery=${BATTERY}&begin=${begin}&end=${new Date(endMs).toISOString()}`;
    },
    everyMs: 2_000,
  },
  {
    path: (nowMs) => {
      const endMs = Math.floor(nowMs / 1_000 + 1) * 1_000;
      const begin = new Date(endMs - 15 * MINUTE_MS).toISOString();
      return `/read?shape=wide&order=newest&limit=100&battery=${BATTERY}&begin=${begin}&end=${new Date(endMs).toISOString()}`;
    },
    everyMs: 5_000,
  },
];

export async function benchViewers(): Promise<readonly Figure[]> {
  const influxd = await startInfluxd();
  const proxy = await countingProxy(influxd.url);
  try {
    const { org, bucket, token } = influxd;
    const flags = ['--store', 'influxdb', '--influx-url', proxy.url, '--influx-org', org, '--influx-bucket', bucket];
    await fill(influxd);
    return await withAmphora((amphora) => watched(amphora, proxy), 'launcher', { flags, env: { INFLUX_TOKEN: token } });
  } finally {
    await proxy.close();
    await influxd.discard();
  }
}

async function watched(amphora: Amphora, proxy: CountingProxy): Promise<readonly Figure[]> {
  const endBattery = await startBattery(amphora.mqttPort);
  const figures: Figure[] = [];
  try {
    for (const viewers of VIEWERS_OF_LIVE) {
      const { asked, connections } = await watch(amphora.url, proxy, { viewers, asks: LIVE });
      // An environment asks one question of livedata after the other, over one connection. One that began meanwhile asks some
      // at first.
      const each = ratePerSecond(connections.filter(({ isOld }) => isOld));
      figures.push(
        figure(`viewers/livedata-${viewers}`, each, 'questions/s of an environment', asked, 'requests/s of them all'),
      );
    }
    for (const viewers of VIEWERS_OF_PAGE) {
      const { asked, connections } = await watch(amphora.url, proxy, { viewers, asks: PAGE });
      const all = (connections.flatMap(({ atMs }) => atMs).length / WATCHED_MS) * 1_000;
      figures.push(figure(`viewers/page-${viewers}`, all, 'questions/s to InfluxDB', asked, 'requests/s of them all'));
    }
    return figures;
  } finally {
    await endBattery();
  }
}

/** From question to question: how many of them fall into a window by chance says nothing. */
function ratePerSecond(connections: readonly Connection[]): number {
  const asking = connections.filter(({ atMs }) => atMs.length > 1);
  const pauses = asking.reduce((sum, { atMs }) => sum + atMs.length - 1, 0);
  const ms = asking.reduce((sum, { atMs }) => sum + (atMs.at(-1) ?? 0) - (atMs[0] ?? 0), 0);
  return (pauses / ms) * 1_000;
}

type Watch = { readonly viewers: number; readonly asks: readonly Asks[] };
type Watched = { readonly asked: number; readonly connections: readonly Connection[] };

async function watch(url: string, proxy: CountingProxy, { viewers, asks }: Watch): Promise<Watched> {
  const untilMs = Date.now() + SETTLING_MS + WATCHED_MS;
  let asked = 0;
  const settled = wait(SETTLING_MS).then(() => {
    asked = 0;
    proxy.beginAgain();
  });
  const view = async ({ path, everyMs }: Asks, viewer: number): Promise<void> => {
    // Each at moments of its own.
    await wait((viewer / viewers) * everyMs);
    while (Date.now() < untilMs) {
      const nextMs = Date.now() + everyMs;
      const response = await fetch(`${url}${path(Date.now())}`);
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`${path(Date.now())} was answered ${response.status}`);
      asked += 1;
      await wait(Math.max(0, Math.min(nextMs, untilMs) - Date.now()));
    }
  };
  const all = Array.from({ length: viewers }, (_, viewer) => asks.map((ask) => view(ask, viewer)));
  await Promise.all([settled, ...all.flat()]);
  return { asked: (asked / WATCHED_MS) * 1_000, connections: proxy.asked() };
}

/** A battery that was there all the time that the chart shows. */
async function fill({ url, org, bucket, token }: RunningInfluxd): Promise<void> {
  const nowMs = Date.now();
  const lines = Array.from(
    { length: (20 * MINUTE_MS) / PERIOD_MS },
    (_, i) => `battery,battery=${BATTERY} charge=1.5,voltage=52.5,soc=${i % 100} ${nowMs - i * PERIOD_MS}`,
  );
  const path = `${url}/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ms' }).toString()}`;
  const headers = { authorization: `Token ${token}` };
  const { status } = await fetch(path, { method: 'POST', headers, body: lines.join('\n') });
  if (status !== 204) throw new Error(`InfluxDB refused the points of the bench with ${status}`);
}

/** Sends a reading a second, the first before it returns. */
async function startBattery(mqttPort: number): Promise<() => Promise<void>> {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
  let soc = 0;
  const send = async (): Promise<unknown> => {
    soc = (soc + 1) % 100;
    const payload = JSON.stringify({ charge: 1.5, voltage: 52.5, soc, timestamp: Date.now() });
    return client.publishAsync(`battery/${BATTERY}/telemetry`, payload, { qos: 1 });
  };
  await send();
  const timer = setInterval(() => void send(), PERIOD_MS);
  return async () => {
    clearInterval(timer);
    await client.endAsync();
  };
}
