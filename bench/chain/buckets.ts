/** What stands in the database itself: buckets of their own, counted, and written to without anything in between. */
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type InfluxAddress, influxManagement } from '../../lambdas/store/influxdb-management.ts';

/** In the same server, so that whoever is compared has the same one, and no other's points. */
export async function newBucket(address: InfluxAddress, bucket: string): Promise<InfluxAddress> {
  const { url, org, token } = address;
  await influxManagement({ url, org, token, bucket }).createBucket(bucket);
  return { url, org, token, bucket };
}

type Counted = { readonly series?: readonly { readonly values: readonly (readonly [string, number])[] }[] };

/** [firstMs, firstMs + ms). */
export type Stretch = { readonly firstMs: number; readonly ms: number };

/** Readings of the default battery's charge, as the original demo stores them: all, or those of a stretch of time. */
export async function countOf({ url, bucket, token }: InfluxAddress, stretch?: Stretch): Promise<number> {
  const where =
    stretch === undefined ? '' : ` WHERE time >= ${stretch.firstMs}ms AND time < ${stretch.firstMs + stretch.ms}ms`;
  const q = `SELECT count("charge") FROM "battery_data"${where}`;
  const response = await fetch(`${url}/query?${new URLSearchParams({ db: bucket, q }).toString()}`, {
    headers: { authorization: `Token ${token}` },
  });
  const { results }: { results?: readonly Counted[] } = { ...Object(await response.json()) };
  return results?.[0]?.series?.[0]?.values[0]?.[1] ?? 0;
}

const LOOK_EVERY_MS = 50;

/** Rejects when they are fewer after that time, and when they are more. */
export async function untilCounted(
  address: InfluxAddress,
  points: number,
  patienceMs: number,
  stretch?: Stretch,
): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const found = await countOf(address, stretch);
    if (found === points) return;
    if (found > points || performance.now() > untilMs)
      throw new Error(
        `bucket '${address.bucket}' of InfluxDB holds ${found} readings, where ${points} were acknowledged; nothing of this run is a figure, type the same again`,
      );
    await wait(LOOK_EVERY_MS);
  }
}

export type Writing = {
  readonly lines: number;
  readonly linesARequest: number;
  /** Of the first line; each is a millisecond later. */
  readonly firstMs: number;
  /** Requests under way at once, each over a connection of its own. */
  readonly sideBySide: number;
};

/** Lines a second of requests without anything in between: the database, and nothing else. */
export async function bareRate(
  address: InfluxAddress,
  { lines, linesARequest, firstMs, sideBySide }: Writing,
): Promise<number> {
  const bodies = Array.from({ length: lines / linesARequest }, (_, i) =>
    Array.from({ length: linesARequest }, (_, j) => lineOf(firstMs, i * linesARequest + j)).join('\n'),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: sideBySide });
  const left = bodies.values();
  const writer = async (): Promise<void> => {
    for (const body of left) await write(address, agent, body);
  };
  try {
    const startMs = performance.now();
    await Promise.all(Array.from({ length: sideBySide }, writer));
    return (lines / (performance.now() - startMs)) * 1000;
  } finally {
    agent.destroy();
  }
}

// The line that the writer makes of the load's message.
const lineOf = (firstMs: number, i: number): string =>
  `battery_data,battery=default charge=${i % 10}.5 ${firstMs + i}${String((i * 7919) % 1_000_000).padStart(6, '0')}`;

async function write({ url, org, bucket, token }: InfluxAddress, agent: Agent, body: string): Promise<void> {
  const query = new URLSearchParams({ org, bucket, precision: 'ns' }).toString();
  const status = await new Promise<number>((resolve, reject) => {
    const headers = { authorization: `Token ${token}`, 'content-length': Buffer.byteLength(body) };
    request(`${url}/api/v2/write?${query}`, { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end(body);
  });
  if (status !== 204) throw new Error(`InfluxDB refused what was written to it directly with ${status}`);
}
