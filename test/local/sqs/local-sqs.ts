/** The local SQS as the cases speak to it, on a clock that goes on by itself to whatever somebody waits for. */
import { join } from 'node:path';
import { openQueues, type Queues } from '../../../local/sqs/queues.ts';
import { type DrivenClock, drivenClock } from '../driven-clock.ts';
import type { QueueUnderTest, SqsUnderTest } from './cases.ts';

export type LocalSqs = SqsUnderTest & { readonly clock: DrivenClock; readonly close: () => Promise<void> };

export function localSqs(folder: string): LocalSqs {
  const clock = drivenClock();
  const queues: Queues = openQueues(join(folder, 'queues.sqlite'), clock);
  const names = new Map<QueueUnderTest, string>();
  const create: SqsUnderTest['create'] = async ({ visibilityS = 30, retentionS, redrive } = {}) => {
    const name = `queue${names.size}`;
    const queue = queues.queue({
      name,
      visibilityMs: visibilityS * 1000,
      ...(retentionS === undefined ? {} : { retentionMs: retentionS * 1000 }),
      ...(redrive === undefined
        ? {}
        : {
            redrive: {
              deadLetterQueue: names.get(redrive.deadLetters) ?? '',
              maxReceiveCount: redrive.maxReceiveCount,
            },
          }),
    });
    const underTest: QueueUnderTest = {
      send: queue.send,
      receive: async ({ max = 10, waitS = 0, visibilityS: own } = {}) =>
        clock.until(
          queue.receive({ max, waitMs: waitS * 1000, ...(own === undefined ? {} : { visibilityMs: own * 1000 }) }),
        ),
      remove: async (handle) => queue.remove([handle]),
      changeVisibility: async (handle, seconds) => queue.changeVisibility(handle, seconds * 1000),
      counts: async () => {
        const { visible, inFlight } = queue.counts();
        return { visible, inFlight };
      },
    };
    names.set(underTest, name);
    return underTest;
  };
  return { create, later: async (seconds) => clock.advance(seconds * 1000), clock, close: queues.close };
}
