/**
 * Readings that are posted: how many a second, and how soon `GET /livedata` has one. In direct mode: with a queue it has one when
 * a batch is full or a second old, as its setting says.
 */
import { type Figure, quantile } from '../figure.ts';
import { inTurns } from '../in-turns.ts';
import { ackMs, postRate, postTimes } from '../loads.ts';
import { untilCounted } from './buckets.ts';
import type { Contender, Contenders } from './contenders.ts';
import type { DiskRun } from './disk-run.ts';

const TURNS = 3;
// Who posts now and then and looks: any number of those who look all the time share one question a second to InfluxDB
// (lambdas/store/answer-memory.ts), and see a value after a second at the latest. The demo answers from its own variable.
const SEEN = { demo: { posts: 120 }, direct: { posts: 16, everyMs: 3_000, first: 4 } } as const;
const POSTS = 200;
// Beforehand, for V8 compiles what answers a POST through the first hundreds of each environment (contenders.ts).
const WARM_POSTS = 1_000;
const PATIENCE_MS = 60_000;

export async function postFigures(run: DiskRun, { demo, direct }: Contenders): Promise<readonly Figure[]> {
  if (demo === undefined) return [];
  const seen = (who: keyof typeof SEEN, { url }: Contender): Promise<readonly number[]> =>
    postTimes(url, SEEN[who], (live, charge) => live.charge === charge);
  const posted = (one: Contender, posts: number) => async () => {
    const rate = await postRate(one.url, posts);
    await untilQuiet(run, one);
    return rate;
  };
  // Before the times, through whose pauses environments that are warm would end.
  for (const one of [demo, direct]) await posted(one, WARM_POSTS)();
  const rates = await inTurns({ demo: posted(demo, POSTS), direct: posted(direct, POSTS) }, TURNS);
  const times = { demo: await seen('demo', demo), direct: await seen('direct', direct) };
  const visible = (share: number): Figure =>
    run.figure(
      `post-visible-p${share * 100}`,
      quantile(times.direct, share),
      'ms',
      quantile(times.demo, share),
      'ms of the original demo',
    );
  const rate = (name: string): number => quantile(rates.get(name) ?? [], 0.5);
  return [
    visible(0.5),
    visible(0.95),
    run.figure('post-rate', rate('direct'), 'requests/s', rate('demo'), 'requests/s of the original demo'),
  ];
}

/** What was posted is written behind the answers: all of it is, when a message that came after it is stored. */
async function untilQuiet({ takeMs }: DiskRun, { mqttPort, bucket }: Contender): Promise<void> {
  const atMs = takeMs(1);
  await ackMs(mqttPort, 1, atMs);
  await untilCounted(bucket, 1, PATIENCE_MS, { firstMs: atMs, ms: 1 });
}
