import { execFile } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Journal, type JournalRecord, openJournal } from '../../local/journal.ts';
import type { JournalMessage } from '../../local/journal-records.ts';
import { all, onDisk, release } from './journal-on-disk.ts';
import { inTempFolder } from './temp-folder.ts';

const message = (i: number, payload = `payload ${i}`): JournalMessage => ({
  topic: 'battery/boat/telemetry',
  payload: Buffer.from(payload),
  clientId: 'c',
  receivedAt: 1795435200000 + i,
  traceId: `trace-${i}`,
});

const segmentsOf = (folder: string): readonly string[] => readdirSync(folder).sort();
const onlySegment = (folder: string): string => join(folder, segmentsOf(folder)[0] ?? '');
const traces = (records: readonly JournalRecord[]): readonly string[] => records.map(({ traceId }) => traceId);

async function withJournal(use: (journal: Journal, folder: string) => Promise<void>): Promise<void> {
  await inTempFolder(async (folder) => {
    const { journal } = await openJournal(folder);
    await use(journal, folder);
    await journal.close();
  });
}

async function written(folder: string, count: number): Promise<void> {
  const { journal } = await openJournal(folder);
  for (let i = 0; i < count; i++) await journal.append(message(i));
  await journal.close();
}

describe('journal', () => {
  test('a message is on disk, whole, when its append resolves', async () => {
    const arbMessage = fc.record({
      topic: fc.string({ unit: 'binary' }),
      payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      clientId: fc.string({ unit: 'binary' }),
      receivedAt: fc.nat(),
      traceId: fc.uuid(),
    });
    await withJournal(async (journal, folder) => {
      const all: JournalMessage[] = [];
      await fc.assert(
        fc.asyncProperty(arbMessage, async (one) => {
          all.push(one);
          await journal.append(one);
          const own = { settle: expect.any(Function), scheduleOf: expect.any(Function) };
          expect(await onDisk(folder)).toEqual(all.map((sent) => ({ ...sent, ...own })));
        }),
        { numRuns: 12, endOnFailure: true },
      );
    });
  });

  test('a message without a client keeps none', async () => {
    await withJournal(async (journal, folder) => {
      const { clientId: _, ...anonymous } = message(1);
      await journal.append(anonymous);
      expect((await onDisk(folder))[0]).not.toHaveProperty('clientId');
    });
  });

  test('thousands of appends at once are all there, in order, and share their syncs', async () => {
    await withJournal(async (journal, folder) => {
      const count = 5_000;
      const records = await Promise.all(Array.from({ length: count }, async (_, i) => journal.append(message(i))));
      const wanted = Array.from({ length: count }, (_, i) => `trace-${i}`);
      expect(traces(records)).toEqual(wanted);
      expect(traces(await onDisk(folder))).toEqual(wanted);
    });
  });

  test('a torn tail is cut: at whatever byte it ends, the records before it are found', async () => {
    await inTempFolder(async (folder) => {
      await written(folder, 3);
      const whole = readFileSync(onlySegment(folder));
      const ends = recordEnds(whole);
      expect(ends).toHaveLength(3);
      for (let length = 0; length <= whole.length; length += 3) {
        truncateSync(onlySegment(folder), 0);
        writeFileSync(onlySegment(folder), whole.subarray(0, length));
        expect(await onDisk(folder)).toHaveLength(ends.filter((end) => end <= length).length);
      }
    });
  });

  test.each([
    ['zeros, as a file system leaves them', Buffer.alloc(4096)],
    ['eight zeros', Buffer.alloc(8)],
    ['noise', Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 37 + 11) % 256))],
    ['a length beyond the file', Buffer.from('ffffffff00000000', 'hex')],
  ])('a tail of %s does not stop a start', async (_, tail) => {
    await inTempFolder(async (folder) => {
      await written(folder, 2);
      appendFileSync(onlySegment(folder), tail);
      expect(traces(await onDisk(folder))).toEqual(['trace-0', 'trace-1']);
    });
  });

  test('a record whose bytes have changed is not handed out', async () => {
    await inTempFolder(async (folder) => {
      await written(folder, 2);
      const bytes = readFileSync(onlySegment(folder));
      const last = bytes.length - 1;
      bytes.writeUInt8(bytes.readUInt8(last) ^ 1, last);
      writeFileSync(onlySegment(folder), bytes);
      expect(traces(await onDisk(folder))).toEqual(['trace-0']);
    });
  });

  test('what a run left is found by every start until it is released', async () => {
    await inTempFolder(async (folder) => {
      await written(folder, 2);
      const second = await openJournal(folder);
      const left = await all(second.left);
      expect({ count: second.left.count, traces: traces(left) }).toEqual({ count: 2, traces: ['trace-0', 'trace-1'] });
      await second.journal.append(message(2));
      release(second.journal, left.slice(0, 1));
      await second.journal.close();
      // Its neighbour keeps the first one's segment.
      const third = await openJournal(folder);
      const found = await all(third.left);
      expect(traces(found)).toEqual(['trace-0', 'trace-1', 'trace-2']);
      release(third.journal, found);
      await third.journal.close();
      expect(segmentsOf(folder)).toEqual([]);
      expect((await openJournal(folder)).left.count).toBe(0);
    });
  });

  test('trim deletes what is released whole, and never a segment that holds one that is not', async () => {
    await withJournal(async (journal, folder) => {
      const [first, second] = [await journal.append(message(1)), await journal.append(message(2))];
      first.settle();
      first.settle();
      expect(journal.settled().count).toBe(1);
      await journal.trim();
      release(journal, [first]);
      await journal.trim();
      expect(segmentsOf(folder)).toHaveLength(1);
      second.settle();
      await journal.trim();
      expect(segmentsOf(folder)).toHaveLength(1);
      release(journal, []);
      await journal.trim();
      expect(segmentsOf(folder)).toHaveLength(0);
      await journal.append(message(3));
      expect(traces(await onDisk(folder))).toEqual(['trace-3']);
    });
  });

  test('closing waits for a trim that is under way', async () => {
    await inTempFolder(async (folder) => {
      const { journal } = await openJournal(folder);
      release(journal, [await journal.append(message(1))]);
      await new Promise((resolve) => setImmediate(resolve));
      const trimmed = journal.trim();
      await journal.close();
      expect(segmentsOf(folder)).toEqual([]);
      await trimmed;
    });
  });

  test('trimming while messages come in loses none that is not released', async () => {
    await withJournal(async (journal, folder) => {
      const kept: string[] = [];
      const append = async (i: number): Promise<void> => {
        const record = await journal.append(message(i));
        if (i % 10 === 0) kept.push(record.traceId);
        else release(journal, [record]);
        await journal.trim();
      };
      await Promise.all(Array.from({ length: 300 }, async (_, i) => append(i)));
      for (let i = 300; i < 340; i++) await append(i);
      const left = new Set(traces(await onDisk(folder)));
      expect(kept.filter((trace) => !left.has(trace))).toEqual([]);
      expect(kept).toHaveLength(34);
    });
  });

  test('a trim at any moment of a write does not take the segment from under it', async () => {
    await withJournal(async (journal, folder) => {
      for (let ticks = 0; ticks < 30; ticks++) {
        const written = journal.append(message(ticks));
        for (let tick = 0; tick < ticks; tick++) await (tick < 10 ? undefined : new Promise(setImmediate));
        await journal.trim();
        const record = await written;
        expect(traces(await onDisk(folder))).toContain(record.traceId);
        release(journal, [record]);
      }
    });
  });

  test('a segment that is full is followed by the next, and goes when it is released', async () => {
    await withJournal(async (journal, folder) => {
      const big = 'x'.repeat(3 * 1024 * 1024);
      const first = await journal.append(message(1, big));
      await journal.append(message(2, big));
      expect(segmentsOf(folder)).toHaveLength(1);
      const third = await journal.append(message(3));
      expect(segmentsOf(folder)).toHaveLength(2);
      await journal.trim();
      release(journal, [third, first]);
      await journal.trim();
      expect(segmentsOf(folder)).toHaveLength(1);
      expect(traces(await onDisk(folder))).toEqual(['trace-1', 'trace-2']);
    });
  });

  test('a folder that is gone rejects the message, and one that is back takes the next', async () => {
    await withJournal(async (journal, folder) => {
      rmSync(folder, { recursive: true });
      await expect(journal.append(message(1))).rejects.toMatchObject({ code: 'ENOENT' });
      mkdirSync(folder);
      await journal.append(message(2));
      expect(traces(await onDisk(folder))).toEqual(['trace-2']);
    });
  });

  test('a write that the disk cuts short rejects, and later messages are found behind it', async () => {
    await inTempFolder(async (folder) => {
      // The shell's limit on the size of a file is the smallest full disk there is.
      const script = `ulimit -f 8; exec "$0" "$1" "$2"`;
      const child = join(import.meta.dirname, 'journal-writer.ts');
      const { stdout } = await promisify(execFile)('bash', ['-c', script, process.execPath, child, folder]);
      const outcomes: readonly string[] = JSON.parse(stdout);
      expect(outcomes.filter((outcome) => outcome === 'EFBIG').length).toBeGreaterThan(0);
      const acknowledged = outcomes.flatMap((outcome, i) => (outcome === 'written' ? [`trace-${i}`] : []));
      expect(acknowledged.length).toBeGreaterThan(2);
      expect(acknowledged.at(-1)).toBe(`trace-${outcomes.length - 1}`);
      expect(traces(await onDisk(folder))).toEqual(acknowledged);
      // Three messages fit into a file; what a failed write leaves alone in one is not there.
      expect(segmentsOf(folder)).toHaveLength(Math.ceil(acknowledged.length / 2));
    });
  });

  test('nobody else may read it', async () => {
    await withJournal(async (journal, folder) => {
      await journal.append(message(1));
      expect(statSync(onlySegment(folder)).mode & 0o777).toBe(0o600);
    });
  });

  test('files that are not its own are left alone', async () => {
    await inTempFolder(async (folder) => {
      writeFileSync(join(folder, 'notes.txt'), 'mine');
      writeFileSync(join(folder, '000000001.journal.bak'), 'mine');
      await written(folder, 1);
      expect(segmentsOf(folder)).toEqual(['000000001.journal', '000000001.journal.bak', 'notes.txt']);
    });
  });
});

/** Where each record ends, by the length in front of it. */
function recordEnds(bytes: Buffer): readonly number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    at += 8 + bytes.readUInt32LE(at);
    ends.push(at);
  }
  return ends;
}
