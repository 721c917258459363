/**
 * Readings that are posted: how many a second, and how soon `GET /livedata` has one. In direct mode: with a queue it has one when
 * a batch is full or a second old, as its setting says.
 */
import { type Figure, quantile } from '../figure.ts';
import { ackMs, postRate, postTimes } from '../loads.ts';
import { untilCounted } from './buckets.ts';
import type { Contender, Contenders } from './contenders.ts';
import type { DiskRun } from './disk-run.ts';
import { inTurns } from './in-turns.ts';

const TURNS = 3;
const POSTS_UNTIL_VISIBLE = 60;
const POSTS = 200;
const PATIENCE_MS = 60_000;

export async function postFigures(run: DiskRun, { demo, direct }: Contenders): Promise<readonly Figure[]> {
  if (demo === undefined) return [];
  const ofBoth = async <T>(measure: (one: Contender) => Promise<T>): Promise<ReadonlyMap<string, readonly T[]>> => {
    const whole = (one: Contender) => async () => {
      const measured = await measure(one);
      await untilQuiet(run, one);
      return measured;
    };
    return inTurns({ demo: whole(demo), direct: whole(direct) }, TURNS);
  };
  const times = await ofBoth(({ url }) =>
    postTimes(url, POSTS_UNTIL_VISIBLE, (live, charge) => live.charge === charge),
  );
  const rates = await ofBoth(({ url }) => postRate(url, POSTS));
  const timeMs = (name: string, share: number): number => quantile((times.get(name) ?? []).flat(), share);
  const visible = (share: number): Figure =>
    run.figure(
      `post-visible-p${share * 100}`,
      timeMs('direct', share),
      'ms',
      timeMs('demo', share),
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
  await untilCounted(bucket, 1, PATIENCE_MS, atMs);
}
