import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { sqliteStore } from '../../../lambdas/store/sqlite.ts';
import { openDataFolder } from '../../../local/data-folder.ts';
import { type JournalRecord, openJournal } from '../../../local/journal.ts';
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

const tracesIn = (records: readonly JournalRecord[]): readonly number[] =>
  records.map(({ traceId }) => Number(traceId));

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

  test('a message that is stored and leaves the journal while the folder is copied is in the file', async () => {
    const arbMoves = fc.array(fc.nat({ max: 4 }), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(arbMoves, async (moves) => {
        await inTempFolder(async (root) => {
          const [data, file, restored] = [join(root, 'data'), join(root, 'a.backup'), join(root, 'restored')];
          openDataFolder(data, '0.1.0').release();
          const journal = join(data, 'journal');
          await journalOf(journal, COUNT);
          const store = sqliteStore({ file: join(data, 'store.sqlite'), createIfMissing: true });
          let moved = 0;
          // As the runtime does with the oldest: stored first, then out of the journal.
          const moveDown = (): void => {
            const [segment] = readdirSync(journal).toSorted();
            if (segment === undefined) return;
            const atMs = FIRST_AT_MS + moved;
            const point = {
              measurement: 'battery',
              battery: 'b',
              atMs,
              nanos: 0,
              fingerprint: 0,
              fields: { soc: 1 },
            } as const;
            void store.append([point]);
            rmSync(join(journal, segment));
            moved += 1;
          };
          let look = 0;
          const { signal } = new AbortController();
          // The backup looks at it before each file and each of its parts.
          signal.throwIfAborted = () => {
            for (let i = 0; i < (moves[look] ?? 0); i++) moveDown();
            look += 1;
          };
          expect(await backUp(data, file, { signal })).toMatchObject({ ok: true });
          await store.close();
          expect(await restoreTo(restored, file)).toMatchObject({ ok: true });
          const { journal: opened, left } = await openJournal(join(restored, 'journal'));
          const waiting = tracesIn(await all(left));
          await opened.close();
          const copy = sqliteStore({ file: join(restored, 'store.sqlite') });
          const times = await copy.newestTimes({ battery: 'b', count: COUNT });
          await copy.close();
          const found = new Set([...waiting, ...times.map((atMs) => atMs - FIRST_AT_MS)]);
          expect([...found].toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
        });
      }),
      { numRuns: 25, examples: [[[0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4]], [Array(12).fill(1)]] },
    );
  });
});
