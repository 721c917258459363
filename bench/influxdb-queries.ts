/** Every question of the store over a million points of a year in a real InfluxDB 2, beside a bare `last()` of an hour. */
import { influxStore } from '../lambdas/store/influxdb.ts';
import type { Store } from '../lambdas/store/store.ts';
import { type RunningInfluxd, startInfluxd } from '../scripts/influxd/run-influxd.ts';
import { type Figure, figure, quantile } from './figure.ts';

const POINTS = 1_000_000;
const STEP_MS = 31_536;
const LINES_A_REQUEST = 20_000;
const TRIES = 7;
const DAY_MS = 86_400_000;
const [BUSY, SILENT] = ['busy', 'silent'] as const;

export async function benchInfluxQueries(): Promise<readonly Figure[]> {
  const influxd = await startInfluxd();
  try {
    const nowMs = Date.now();
    await fill(influxd, nowMs);
    // As after a night: from the files on the disk, and not from what was just written.
    await influxd.end();
    await influxd.again();
    return await measure(influxd, nowMs);
  } finally {
    await influxd.discard();
  }
}

async function measure(influxd: RunningInfluxd, nowMs: number): Promise<readonly Figure[]> {
  const { token, ...address } = influxd;
  const open = (): Store => influxStore({ ...address, token: async () => token });
  const store = open();
  const month = { battery: BUSY, fromMs: nowMs - 31 * DAY_MS, toMs: nowMs };
  const silent = { battery: SILENT, fromMs: nowMs - DAY_MS, toMs: nowMs };
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    latest: () => store.latest({ battery: BUSY }),
    // By a new environment, which has to find out which fields there are.
    'latest-cold': () => asked(open(), (fresh) => fresh.latest({ battery: BUSY })),
    'latest-silent': () => store.latest({ battery: SILENT }),
    'latest-silent-cold': () => asked(open(), (fresh) => fresh.latest({ battery: SILENT })),
    'points-100': () => store.points({ ...month, limit: 100 }),
    'points-10000': () => store.points({ ...month, limit: 10_000 }),
    'steps-300': () => store.steps({ ...month, stepMs: (31 * DAY_MS) / 300 }),
    nearest: () => store.nearest(silent),
    'newest-times': () => store.newestTimes({ battery: BUSY, count: 100 }),
    batteries: () => store.batteries(),
  };
  const bare = await medianMs(() => bareLast(influxd));
  const figures: Figure[] = [figure('queries/bare-last', bare, 'ms', bare, 'ms of a bare last()')];
  for (const [name, ask] of Object.entries(questions)) {
    figures.push(figure(`queries/${name}`, await medianMs(ask), 'ms', bare, 'ms of a bare last()'));
  }
  await store.close();
  return figures;
}

async function asked<T>(store: Store, ask: (store: Store) => Promise<T>): Promise<T> {
  try {
    return await ask(store);
  } finally {
    await store.close();
  }
}

async function medianMs(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  await ask();
  for (let i = 0; i < TRIES; i++) {
    const startMs = performance.now();
    await ask();
    times.push(performance.now() - startMs);
  }
  return quantile(times, 0.5);
}

async function bareLast({ url, org, bucket, token }: RunningInfluxd): Promise<void> {
  const body = `from(bucket: "${bucket}") |> range(start: -1h) |> filter(fn: (r) => r._measurement == "battery" and r.battery == "${BUSY}" and r._field == "charge") |> last()`;
  const headers = { authorization: `Token ${token}`, 'content-type': 'application/vnd.flux' };
  const response = await fetch(`${url}/api/v2/query?${new URLSearchParams({ org }).toString()}`, {
    method: 'POST',
    headers,
    body,
  });
  if (!(await response.text()).includes('_value')) throw new Error('the bare last() found nothing');
}

async function fill({ url, org, bucket, token }: RunningInfluxd, nowMs: number): Promise<void> {
  const path = `${url}/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ms' }).toString()}`;
  const write = async (lines: readonly string[]): Promise<void> => {
    const headers = { authorization: `Token ${token}` };
    const { status } = await fetch(path, { method: 'POST', headers, body: lines.join('\n') });
    if (status !== 204) throw new Error(`the million points were refused with ${status}`);
  };
  for (let from = 0; from < POINTS; from += LINES_A_REQUEST) {
    await write(Array.from({ length: LINES_A_REQUEST }, (_, i) => busyLine(from + i, nowMs)));
  }
  await write([`battery,battery=${SILENT} charge=1,soc=5 ${nowMs - 200 * DAY_MS}`]);
}

function busyLine(i: number, nowMs: number): string {
  const atMs = nowMs - 1_000 - (POINTS - 1 - i) * STEP_MS;
  return `battery,battery=${BUSY} charge=${i % 10}.5,voltage=${50 + (i % 7)}.25,soc=${i % 100} ${atMs}`;
}
