/** Notes of schedules beside the journal's segments: what is read of them, and that no message hangs on one. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ScheduleNote } from '../../local/async-invoke.ts';
import { type Journal, type JournalRecord, openJournal } from '../../local/journal.ts';
import type { JournalMessage } from '../../local/journal-records.ts';
import { all, onDisk, release } from './journal-on-disk.ts';
import { withSchedule } from './schedule-bench.ts';
import { inTempFolder } from './temp-folder.ts';

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2026, 10, 23);
const TARGET = 'amphora_charge Writer';
const FAILED: ScheduleNote = {
  kind: 'failed',
  how: {
    condition: 'RetriesExhausted',
    error: { name: 'Error', message: 'no database\nand "more" – ü' },
    requestId: 'r',
    invokeCount: 3,
  },
};
const [SEGMENT, NOTES] = ['000000001.journal', '000000001.attempts'];

const message = (i: number): JournalMessage => ({
  topic: 'battery/boat/telemetry',
  payload: Buffer.from(`payload ${i}`),
  receivedAt: NOW_MS + i,
  traceId: `trace-${i}`,
});
const waits = (attempts: number): ScheduleNote => ({
  kind: 'waits',
  attempts,
  ageMs: attempts * MINUTE_MS,
  fromMs: NOW_MS,
  untilMs: NOW_MS + MINUTE_MS,
});
const foundOf = (records: readonly JournalRecord[], target = TARGET) =>
  records.map(({ scheduleOf }) => scheduleOf(target).found);
const found = async (folder: string, target = TARGET) => foundOf(await onDisk(folder), target);

type Bench = { readonly journal: Journal; readonly folder: string; readonly records: readonly JournalRecord[] };

async function withMessages(count: number, use: (bench: Bench) => Promise<void>): Promise<void> {
  await inTempFolder(async (folder) => {
    const { journal } = await openJournal(folder, { durable: false });
    const records = await Promise.all(Array.from({ length: count }, async (_, i) => journal.append(message(i))));
    await use({ journal, folder, records });
    await journal.close();
  });
}

const noted = async (record: JournalRecord | undefined, note: ScheduleNote, target = TARGET): Promise<void> =>
  record?.scheduleOf(target).note(note);

describe('notes of schedules', () => {
  test('the last one of a message and a target is found by the next run; other targets and messages have their own', async () => {
    await withMessages(3, async ({ folder, records: [first, second] }) => {
      await noted(first, waits(1));
      await noted(second, waits(2));
      await noted(first, waits(2));
      await noted(first, FAILED, 'amphora_charge Other');
      await noted(second, { kind: 'handed-over' });
      expect(await found(folder)).toEqual([waits(2), { kind: 'handed-over' }, undefined]);
      expect(await found(folder, 'amphora_charge Other')).toEqual([FAILED, undefined, undefined]);
    });
  });

  test('thousands of one moment are all there, and go on from what an earlier run noted', async () => {
    await withMessages(2_000, async ({ folder, journal, records }) => {
      await Promise.all(records.map((record) => noted(record, waits(1))));
      await journal.close();
      const next = await openJournal(folder, { durable: false });
      const left = await all(next.left);
      expect(foundOf(left)).toEqual(left.map(() => waits(1)));
      await Promise.all(left.map((record) => noted(record, waits(2))));
      expect(await found(folder)).toEqual(left.map(() => waits(2)));
      await next.journal.close();
    });
  });

  test('wherever they are cut or changed, each message is there, and only the notes that were touched are not', async () => {
    await withMessages(3, async ({ folder, journal, records }) => {
      for (const attempts of [1, 2]) for (const record of records) await noted(record, waits(attempts));
      await journal.close();
      const whole = readFileSync(join(folder, NOTES), 'utf8');
      const lines = [...whole.matchAll(/[^\n]+/g)].map(({ 0: line, index }) => ({
        from: index,
        to: index + line.length,
      }));
      expect(lines).toHaveLength(6);
      await fc.assert(
        fc.asyncProperty(
          fc.nat(whole.length - 1),
          fc.boolean(),
          fc.integer({ min: 1, max: 255 }),
          async (at, isCut, flip) => {
            const bytes = Buffer.from(isCut ? whole.slice(0, at) : whole);
            if (!isCut) bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at);
            writeFileSync(join(folder, NOTES), bytes);
            // A changed end of a line costs the two that it parted.
            const isWhole = ({ from, to }: { readonly from: number; readonly to: number }): boolean =>
              isCut ? to <= at : at < from - 1 || at > to;
            const wanted = records.map((_, i) => {
              const later = lines[3 + i];
              const earlier = lines[i];
              if (later !== undefined && isWhole(later)) return [waits(2)];
              return earlier !== undefined && isWhole(earlier) ? [waits(1), waits(2)] : [undefined, waits(1), waits(2)];
            });
            const now = await found(folder);
            expect(now).toHaveLength(3);
            for (const [i, one] of now.entries()) expect(wanted[i]).toContainEqual(one);
          },
        ),
        { numRuns: 150 },
      );
    });
  });

  test('one that a full disk cut short does not take the next one with it', async () => {
    await withMessages(2, async ({ folder, records: [first, second] }) => {
      await noted(first, waits(1));
      appendFileSync(join(folder, NOTES), readFileSync(join(folder, NOTES)).subarray(0, 30));
      await noted(second, waits(1));
      expect(await found(folder)).toEqual([waits(1), waits(1)]);
    });
  });

  test('leave with their segment, and those whose segment has left before are removed by the next start', async () => {
    await withMessages(1, async ({ folder, journal, records: [first] }) => {
      await noted(first, waits(1));
      expect(statSync(join(folder, NOTES)).mode & 0o777).toBe(0o600);
      release(journal, first === undefined ? [] : [first]);
      await journal.trim();
      expect(readdirSync(folder)).toEqual([]);
      for (const name of [NOTES, '12.attempts', 'notes.attempts']) writeFileSync(join(folder, name), 'anything');
      mkdirSync(join(folder, '000000007.attempts'));
      await (await openJournal(folder)).journal.close();
      expect(readdirSync(folder).toSorted()).toEqual(['000000007.attempts', '12.attempts', 'notes.attempts']);
    });
  });

  test('of a number that an older program has given again say nothing of the messages that are there now', async () => {
    await withMessages(1, async ({ folder, journal, records: [first] }) => {
      await noted(first, { kind: 'handed-over' });
      const stale = readFileSync(join(folder, NOTES));
      release(journal, first === undefined ? [] : [first]);
      await journal.trim();
      await journal.close();
      const again = await openJournal(folder);
      await again.journal.append(message(7));
      writeFileSync(join(folder, NOTES), stale);
      expect(readdirSync(folder).toSorted()).toEqual([NOTES, SEGMENT]);
      expect(await found(folder)).toEqual([undefined]);
      await again.journal.close();
    });
  });

  test('of a kind that only a newer program knows are passed over', async () => {
    await withMessages(1, async ({ folder, records: [first] }) => {
      await noted(first, waits(1));
      await noted(first, JSON.parse('{"kind":"postponed","until":"a better day"}'));
      expect(await found(folder)).toEqual([waits(1)]);
    });
  });

  test('count towards what the journal may hold, and are themselves never refused', async () => {
    await inTempFolder(async (folder) => {
      const { journal } = await openJournal(folder, { durable: false, maxBytes: 1_000 });
      const record = await journal.append(message(1));
      for (let i = 0; i < 10; i++) await noted(record, waits(2));
      await expect(journal.append(message(2))).rejects.toMatchObject({ code: 'publish-failed', retry: true });
      release(journal, [record]);
      await journal.trim();
      await journal.append(message(3));
      await journal.close();
      const { length } = readFileSync(join(folder, SEGMENT.replace('1', '2')));
      expect(length).toBeLessThan(1_000);
    });
  });

  test('that cannot be written cost nothing but the schedule after a restart', async () => {
    await withSchedule({}, async (bench) => {
      await bench.start();
      const inTheWay = join(bench.folder(), NOTES);
      mkdirSync(inTheWay);
      await bench.send('poison', 9);
      await bench.advance(MINUTE_MS);
      expect(bench.logged.map(({ event }) => event)).toEqual([
        'schedule-not-noted',
        'invocation-failed',
        'schedule-not-noted',
        'invocation-failed',
      ]);
      await bench.end('stop');
      rmdirSync(inTheWay);
      await bench.start();
      // Two of before are not known of any more.
      await bench.advance(3 * MINUTE_MS);
      expect(bench.tries).toHaveLength(2 + 3);
      expect(bench.handedOver).toHaveLength(1);
      await bench.end('stop');
      expect(existsSync(inTheWay)).toBe(false);
    });
  });
});
