/** A mapping on a queue of its own and a driven clock, whose function answers when a test says so. */
import { join } from 'node:path';
import { type EventSourceMapping, type MappingSettings, startMapping } from '../../local/event-source-mapping.ts';
import type { Invocation } from '../../local/function-environment.ts';
import { openQueues, type Queue } from '../../local/sqs/queues.ts';
import { type DrivenClock, drivenClock } from './driven-clock.ts';
import { type Logged, recordedLog } from './recorded-log.ts';
import { inTempFolder } from './temp-folder.ts';

export const VISIBILITY_S = 180;
const SETTINGS: MappingSettings = { batchSize: 100, windowMs: 1_000, maxConcurrency: 2, reportsItemFailures: true };

type SentRecord = { readonly messageId: string; readonly body: string; readonly attributes: object };
export type Call = {
  readonly atMs: number;
  readonly records: readonly SentRecord[];
  readonly bodies: readonly string[];
  readonly answer: (value?: unknown) => void;
  readonly fail: (message: string) => void;
};

type Bench = {
  readonly queue: Queue;
  readonly clock: DrivenClock;
  readonly calls: readonly Call[];
  readonly logged: readonly Logged[];
  readonly mapping: EventSourceMapping;
  readonly deadLetters: Queue;
};

type Setup = Partial<MappingSettings> & {
  /** Answers every call at once; absent: the test does. */
  readonly answers?: (call: Call) => void;
  readonly maxReceiveCount?: number;
};

export async function withMapping(setup: Setup, use: (bench: Bench) => Promise<void>): Promise<void> {
  const { answers, maxReceiveCount = 1_000, ...settings } = setup;
  await inTempFolder(async (folder) => {
    const clock = drivenClock();
    const queues = openQueues(join(folder, 'queues.sqlite'), clock);
    const queue = queues.queue({
      name: 'Source',
      visibilityMs: VISIBILITY_S * 1000,
      redrive: { deadLetterQueue: 'Dead', maxReceiveCount },
    });
    const deadLetters = queues.queue({ name: 'Dead', visibilityMs: 1_000 });
    const { log, logged } = recordedLog();
    const calls: Call[] = [];
    const invoke = async (event: unknown): Promise<Invocation> =>
      new Promise((resolve) => {
        const { Records: records }: { readonly Records: readonly SentRecord[] } = JSON.parse(JSON.stringify(event));
        const call: Call = {
          atMs: clock.nowMs(),
          records,
          bodies: records.map(({ body }) => body),
          answer: (value) => resolve({ ok: true, value, requestId: 'r' }),
          fail: (message) => resolve({ ok: false, error: { name: 'AmphoraError', message }, requestId: 'r' }),
        };
        calls.push(call);
        answers?.(call);
      });
    const options = { name: 'writer', host: { invoke }, queue, queueArn: 'arn:aws:sqs:…:Source', region: 'us-east-1' };
    const mapping = startMapping({ ...SETTINGS, ...settings, ...options, clock, log });
    try {
      await use({ queue, clock, calls, logged, mapping, deadLetters });
    } finally {
      for (const { fail } of calls) fail('the test is over');
      await clock.until(mapping.close(0));
      await queues.close();
    }
  });
}

export const send = async (queue: Queue, count: number, from = 0): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => queue.send(`m${from + i}`)));

export const failuresOf = (ids: readonly (string | undefined)[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});
