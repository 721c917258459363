/** Messages a second, from the first one sent until the last one can be read in the database. */
import { type Figure, quantile } from '../figure.ts';
import { inTurns } from '../in-turns.ts';
import { storedRate } from '../loads.ts';
import { bareRate, countOf, newBucket, untilCounted } from './buckets.ts';
import type { Contender, Contenders } from './contenders.ts';
import type { DiskRun } from './disk-run.ts';

const TURNS = 3;
// Each some seconds of a turn. For its last batch the poller of the queue waits up to a second: one of some eight.
const MESSAGES = { demo: 450, direct: 1_600, buffered: 48_000 } as const;
const BARE_REQUESTS = { 1: 300, 100: 80, 1000: 25 } as const;
// As many as the local runtime has environments of the writer, each of which writes what it is handed before it takes more.
const SIDE_BY_SIDE = { writers: 8, requests: 1_600 } as const;
const PATIENCE_MS = 60_000;

export async function storedFigures(run: DiskRun, contenders: Contenders): Promise<readonly Figure[]> {
  const { demo, direct, buffered } = contenders;
  const bucket = await newBucket(run.server, 'bare');
  const bare = (linesARequest: keyof typeof BARE_REQUESTS) => () => {
    const lines = BARE_REQUESTS[linesARequest] * linesARequest;
    return bareRate(bucket, { lines, linesARequest, firstMs: run.takeMs(lines), sideBySide: 1 });
  };
  const { writers: sideBySide, requests } = SIDE_BY_SIDE;
  const bareSideBySide = (): Promise<number> =>
    bareRate(bucket, { lines: requests, linesARequest: 1, firstMs: run.takeMs(requests), sideBySide });
  const measured = await inTurns(
    {
      ...(demo === undefined ? {} : { demo: () => storedOf(run, demo, MESSAGES.demo) }),
      direct: () => storedOf(run, direct, MESSAGES.direct),
      buffered: () => storedOf(run, buffered, MESSAGES.buffered),
      bare1: bare(1),
      bare100: bare(100),
      bare1000: bare(1000),
      bareSideBySide,
    },
    TURNS,
  );
  const rate = (name: string): number => quantile(measured.get(name) ?? [], 0.5);
  const beside = (name: string, of: string, base: string, words: string): Figure =>
    run.figure(name, rate(of), 'messages/s', rate(base), `messages/s ${words}`);
  const ofDatabase = (lines: string): string => `written to InfluxDB directly, ${lines} a request`;
  return [
    ...(demo === undefined
      ? []
      : [
          beside('buffered', 'buffered', 'demo', 'of the original demo'),
          beside('direct', 'direct', 'demo', 'of the original demo'),
          beside('demo-of-bare-1', 'demo', 'bare1', ofDatabase('1 line')),
        ]),
    beside('direct-of-bare-1', 'direct', 'bare1', ofDatabase('1 line')),
    // What direct mode could reach if it took no time itself.
    beside('direct-of-side-by-side', 'direct', 'bareSideBySide', `${ofDatabase('1 line')}, ${sideBySide} side by side`),
    ...(demo === undefined ? [] : [beside('side-by-side', 'bareSideBySide', 'demo', 'of the original demo')]),
    beside('buffered-of-bare-100', 'buffered', 'bare100', ofDatabase('100 lines')),
    beside('buffered-of-bare-1000', 'buffered', 'bare1000', ofDatabase('1000 lines')),
    beside('bare-100', 'bare100', 'bare1', ofDatabase('1 line')),
    beside('bare-1000', 'bare1000', 'bare1', ofDatabase('1 line')),
  ];
}

async function storedOf(run: DiskRun, { mqttPort, bucket }: Contender, messages: number): Promise<number> {
  const points = (await countOf(bucket)) + messages;
  return storedRate(mqttPort, messages, () => untilCounted(bucket, points, PATIENCE_MS), run.takeMs(messages));
}
