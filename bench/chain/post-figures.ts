/**
 * Readings that are posted: how many a second are answered and how many stored, and how soon `GET /livedata` has one. The latter
 * in direct mode: with a queue it has one when a batch is full or a second old, as its setting says.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { type Figure, quantile } from '../figure.ts';
import { inTurns } from '../in-turns.ts';
import { postRate, postTimes } from '../loads.ts';
import { untilCounted } from './buckets.ts';
import type { Contender, Contenders } from './contenders.ts';
import type { DiskRun } from './disk-run.ts';

const TURNS = 3;
// Who posts now and then and looks: any number of those who look all the time share one question a second to InfluxDB
// (lambdas/store/answer-memory.ts), and see a value after a second at the latest. The demo answers from its own variable.
const SEEN = { demo: { posts: 120 }, direct: { posts: 16, everyMs: 3_000, first: 4 } } as const;
// Some seconds of a turn. Of a queue the last batch waits up to a second, which is counted: a fifth of its turn.
const POSTS = { demo: 1_000, direct: 1_000, buffered: 2_000 } as const;
// Beforehand, for V8 compiles what answers a POST through the first hundreds of each environment (contenders.ts).
const WARM_POSTS = 1_000;
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** A second. The demo answers before its broker has the message; ours when the journal has it. */
type Rates = { readonly answered: number; readonly stored: number };

export async function postFigures(run: DiskRun, { demo, direct, buffered }: Contenders): Promise<readonly Figure[]> {
  if (demo === undefined) return [];
  const rates = await ratesOf(run, { demo, direct, buffered });
  const times = { demo: await seen('demo', demo), direct: await seen('direct', direct) };
  const visible = (share: number): Figure =>
    run.figure(
      `post-visible-p${share * 100}`,
      quantile(times.direct, share),
      'ms',
      quantile(times.demo, share),
      'ms of the original demo',
    );
  const rate = (name: string, who: string, what: keyof Rates): Figure => {
    const [value, base] = [who, 'demo'].map((one) =>
      quantile(
        (rates.get(one) ?? []).map((turn) => turn[what]),
        0.5,
      ),
    );
    return run.figure(name, value ?? 0, `${what}/s`, base ?? 0, `${what}/s of the original demo`);
  };
  return [
    visible(0.5),
    visible(0.95),
    rate('post-rate', 'direct', 'answered'),
    rate('post-rate-buffered', 'buffered', 'answered'),
    rate('post-stored', 'direct', 'stored'),
    rate('post-stored-buffered', 'buffered', 'stored'),
  ];
}

const seen = (who: keyof typeof SEEN, { url }: Contender): Promise<readonly number[]> =>
  postTimes(url, SEEN[who], (live, charge) => live.charge === charge);

async function ratesOf(run: DiskRun, contenders: Required<Contenders>): Promise<ReadonlyMap<string, readonly Rates[]>> {
  const clients: MqttClient[] = [];
  const subjects: Record<string, () => Promise<Rates>> = {};
  try {
    for (const name of ['demo', 'direct', 'buffered'] as const) {
      const one = contenders[name];
      const client = await connectAsync(`mqtt://127.0.0.1:${one.mqttPort}`);
      clients.push(client);
      await posted(run, one, client, WARM_POSTS);
      subjects[name] = () => posted(run, one, client, POSTS[name]);
    }
    return await inTurns(subjects, TURNS);
  } finally {
    await Promise.all(clients.map((client) => client.endAsync()));
  }
}

/**
 * What was posted is written behind the answers. The demo, which writes one after the other, has done so when a message that came
 * after it is stored; ours, which does not, when nothing waits any more besides.
 */
async function posted(
  { takeMs }: DiskRun,
  { url, bucket }: Contender,
  client: MqttClient,
  posts: number,
): Promise<Rates> {
  const startMs = performance.now();
  const answered = await postRate(url, posts);
  const atMs = takeMs(1);
  const timestamp = new Date(atMs).toISOString();
  await client.publishAsync('battery/charge', JSON.stringify({ charge: 1.5, unit: 'kW', timestamp }), { qos: 1 });
  await untilCounted(bucket, 1, PATIENCE_MS, { firstMs: atMs, ms: 1 });
  await untilNothingWaits(url);
  return { answered, stored: (posts / (performance.now() - startMs)) * 1000 };
}

type Health = { readonly waiting: number; readonly failed: number; readonly quarantined: number };

async function untilNothingWaits(url: string): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const response = await fetch(`${url}/health`);
    // The demo has no such word.
    if (!response.ok) return;
    const { waiting, failed = 0, quarantined = 0 }: Partial<Health> = { ...Object(await response.json()) };
    if (waiting === 0 && failed + quarantined === 0) return;
    if (waiting === 0 || performance.now() > untilMs)
      throw new Error(
        `of what was posted ${waiting} wait, ${failed} failed, ${quarantined} are in quarantine at ${url}`,
      );
    await wait(LOOK_EVERY_MS);
  }
}
