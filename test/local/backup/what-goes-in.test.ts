import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { sqliteStore } from '../../../lambdas/store/sqlite.ts';
import { openDataFolder } from '../../../local/data-folder.ts';
import { type JournalRecord, openJournal } from '../../../local/journal.ts';
import { openQueueFile, type QueueFile } from '../../../local/sqs/queue-file.ts';
import { all } from '../journal-on-disk.ts';
import { inTempFolder } from '../temp-folder.ts';
import { backUp, restoreTo } from './backups.ts';

jest.setTimeout(60_000);

const COUNT = 8;
const FIRST_AT_MS = Date.UTC(2026, 10, 23);

/** A journal in which each record has a segment of its own, so that each leaves alone. */
async function journalOf(folder: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const { journal } = await openJournal(folder, { durable: false });
    await journal.append({ topic: 't', payload: Buffer.from('{}'), receivedAt: FIRST_AT_MS + i, traceId: `${i}` });
    await journal.close();
  }
}

function queuedIn(path: string): readonly number[] {
  if (!existsSync(path)) return [];
  const queues = openQueueFile(path);
  // Whoever had one when the copy was made is no more.
  queues.giveBackAll(QUEUE, FIRST_AT_MS);
  const taken = Array.from({ length: COUNT }, () => takenFrom(queues));
  queues.close();
  return taken.flatMap((message) => (message === undefined ? [] : [Number(message.body)]));
}

const tracesIn = (records: readonly JournalRecord[]): readonly number[] =>
  records.map(({ traceId }) => Number(traceId));

const QUEUE = 'Failures';

/** The oldest that nobody has. */
const takenFrom = (queues: QueueFile) =>
  queues.take({ queue: QUEUE, max: 1, visibilityMs: 3_600_000, redrive: undefined }, FIRST_AT_MS).messages[0];

const AT_THE_END: Move[][] = Array.from({ length: 14 }, (_, i) => (i < 10 ? [] : Array<Move>(4).fill('stored')));
const ONE_BY_ONE: Move[][] = Array.from({ length: 14 }, () => ['failed', 'redriven']);
const EXAMPLES: [Move[][]][] = [[AT_THE_END], [ONE_BY_ONE]];

// Where the oldest message of a place goes from there.
type Move = 'stored' | 'failed' | 'redriven';

describe('what goes into a backup', () => {
  test('the schedule of a message that waits for its next try goes on where it stood when the folder is restored', async () => {
    await inTempFolder(async (root) => {
      const [data, file, restored] = [join(root, 'data'), join(root, 'a.backup'), join(root, 'restored')];
      openDataFolder(data, '0.1.0').release();
      const { journal } = await openJournal(join(data, 'journal'), { durable: false });
      const message = { topic: 't', payload: Buffer.from('{}'), receivedAt: FIRST_AT_MS, traceId: '1' };
      const note = { kind: 'waits', attempts: 2, ageMs: 3, fromMs: FIRST_AT_MS, untilMs: FIRST_AT_MS + 1 } as const;
      await (await journal.append(message)).scheduleOf('rule writer').note(note);
      // As it runs.
      expect(await backUp(data, file)).toMatchObject({ ok: true });
      await journal.close();
      expect(await restoreTo(restored, file)).toMatchObject({ ok: true });
      const { journal: opened, left } = await openJournal(join(restored, 'journal'));
      const found = (await all(left)).map(({ scheduleOf }) => scheduleOf('rule writer').found);
      await opened.close();
      expect(found).toEqual([note]);
    });
  });

  test('a message that moves on while the folder is copied, by a queue or straight, is in the file', async () => {
    const arbMove = fc.constantFrom<Move>('stored', 'failed', 'redriven');
    const arbMoves = fc.array(fc.array(arbMove, { maxLength: 4 }), { minLength: 14, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(arbMoves, async (moves) => {
        await inTempFolder(async (root) => {
          const [data, file, restored] = [join(root, 'data'), join(root, 'a.backup'), join(root, 'restored')];
          openDataFolder(data, '0.1.0').release();
          const journal = join(data, 'journal');
          await journalOf(journal, COUNT);
          const store = sqliteStore({ file: join(data, 'store.sqlite'), createIfMissing: true });
          let queues: QueueFile | undefined;
          let left = 0;
          const storeOne = (index: number): void => {
            const atMs = FIRST_AT_MS + index;
            const at = { measurement: 'battery', battery: 'b', atMs, nanos: 0, fingerprint: 0 } as const;
            void store.append([{ ...at, fields: { soc: 1 } }]);
          };
          // As the runtime does: in the next place first, then out of the one before. The file of the queues is made when needed.
          const moveDown = (move: Move): void => {
            if (move === 'redriven') {
              const message = queues === undefined ? undefined : takenFrom(queues);
              if (message === undefined) return;
              storeOne(Number(message.body));
              queues?.remove(QUEUE, [message.receiptHandle]);
              return;
            }
            const [segment] = readdirSync(journal).toSorted();
            if (segment === undefined) return;
            if (move === 'stored') storeOne(left);
            else {
              queues ??= openQueueFile(join(data, 'queues.sqlite'));
              queues.put([{ queue: QUEUE, messageId: 'm', body: String(left) }], FIRST_AT_MS);
            }
            rmSync(join(journal, segment));
            left += 1;
          };
          let look = 0;
          const { signal } = new AbortController();
          // The backup looks at it before each file and each of its parts.
          signal.throwIfAborted = () => {
            for (const move of moves[look] ?? []) moveDown(move);
            look += 1;
          };
          expect(await backUp(data, file, { signal })).toMatchObject({ ok: true });
          await store.close();
          queues?.close();
          expect(await restoreTo(restored, file)).toMatchObject({ ok: true });
          const { journal: opened, left: unread } = await openJournal(join(restored, 'journal'));
          const waiting = tracesIn(await all(unread));
          await opened.close();
          const copy = sqliteStore({ file: join(restored, 'store.sqlite') });
          const times = await copy.newestTimes({ battery: 'b', count: COUNT });
          await copy.close();
          const found = new Set([
            ...waiting,
            ...queuedIn(join(restored, 'queues.sqlite')),
            ...times.map((atMs) => atMs - FIRST_AT_MS),
          ]);
          expect([...found].toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
        });
      }),
      { numRuns: 25, examples: EXAMPLES },
    );
  });
});
