/** A journal whose files somebody or something has touched, and one that is full. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type JournalRecord, openJournal } from '../../local/journal.ts';
import { encodeRecord, type JournalMessage } from '../../local/journal-records.ts';
import { all, onDisk, release } from './journal-on-disk.ts';
import { inTempFolder } from './temp-folder.ts';

const message = (i: number, payload: string | Buffer = `payload ${i}`): JournalMessage => ({
  topic: 'battery/boat/telemetry',
  payload: Buffer.from(payload),
  receivedAt: 1795435200000 + i,
  traceId: `trace-${i}`,
});

const FIRST = '000000001.journal';
const traces = (records: readonly JournalRecord[]): readonly string[] => records.map(({ traceId }) => traceId);
const wanted = (...numbers: readonly number[]): readonly string[] => numbers.map((i) => `trace-${i}`);

async function written(folder: string, messages: readonly JournalMessage[]): Promise<Buffer> {
  const { journal } = await openJournal(folder);
  for (const one of messages) await journal.append(one);
  await journal.close();
  return readFileSync(join(folder, FIRST));
}

/** Where the record begins. */
function placeOf(index: number, segment: Buffer): number {
  let at = 0;
  for (let before = 0; before < index; before++) at += 8 + segment.readUInt32LE(at);
  return at;
}

describe('a segment of which a part has changed', () => {
  const five = [0, 1, 2, 3, 4].map((i) => message(i));

  test.each<[string, (segment: Buffer, at: number) => unknown]>([
    ['its bytes', (segment, at) => segment.writeUInt8(segment.readUInt8(at + 20) ^ 1, at + 20)],
    ['its checksum', (segment, at) => segment.writeUInt8(segment.readUInt8(at + 4) ^ 1, at + 4)],
    ['its length, now shorter', (segment, at) => segment.writeUInt32LE(3, at)],
    ['its length, now longer', (segment, at) => segment.writeUInt32LE(segment.readUInt32LE(at) + 7, at)],
    ['its length, beyond the file', (segment, at) => segment.writeUInt32LE(0xffff_ffff, at)],
    ['all of it', (segment, at) => segment.fill(0, at, at + 100)],
  ])('in the middle costs one record and no other: %s', async (_, change) => {
    await inTempFolder(async (folder) => {
      const segment = await written(folder, five);
      change(segment, placeOf(2, segment));
      writeFileSync(join(folder, FIRST), segment);
      const { left, broken, journal } = await openJournal(folder);
      expect({ count: left.count, traces: traces(await all(left)) }).toEqual({ count: 4, traces: wanted(0, 1, 3, 4) });
      const brokenBytes = placeOf(3, await rewritten(five)) - placeOf(2, segment);
      expect(broken).toEqual([{ keptAs: join(folder, `${FIRST}.broken`), records: 4, brokenBytes }]);
      await journal.close();
    });
  });

  const rewritten = (messages: readonly JournalMessage[]): Promise<Buffer> =>
    inTempFolder((folder) => written(folder, messages));

  test('is kept aside with every byte when the rest is stored, under a name that nobody takes again', async () => {
    await inTempFolder(async (folder) => {
      const segment = await written(folder, five);
      segment.fill(0x55, placeOf(1, segment), placeOf(2, segment));
      writeFileSync(join(folder, FIRST), segment);
      const { left, journal } = await openJournal(folder);
      release(journal, await all(left));
      await journal.close();
      expect(readdirSync(folder)).toEqual([`${FIRST}.broken`]);
      expect(readFileSync(join(folder, `${FIRST}.broken`))).toEqual(segment);
      const next = await openJournal(folder);
      expect({ broken: next.broken, count: next.left.count }).toEqual({ broken: [], count: 0 });
      await next.journal.append(message(9));
      expect(readdirSync(folder).sort()).toEqual([`${FIRST}.broken`, '000000002.journal']);
      await next.journal.close();
    });
  });

  test('at its first record is read by the mark that a neighbour of the same run bears', async () => {
    await inTempFolder(async (folder) => {
      const { journal } = await openJournal(folder);
      const big = Buffer.alloc(5 * 1024 * 1024, 'x');
      for (const one of [message(0, big), message(1), message(2)]) await journal.append(one);
      await journal.close();
      const second = readFileSync(join(folder, '000000002.journal'));
      writeFileSync(join(folder, '000000002.journal'), second.fill(0xff, 0, 30));
      expect(traces(await onDisk(folder))).toEqual(wanted(0, 2));
    });
  });

  test('never gives out as a record what a sender put into a payload', async () => {
    await inTempFolder(async (folder) => {
      const forged = { ...message(7), topic: 'battery/of-another/telemetry' };
      const payload = Buffer.concat([encodeRecord(forged, '0123456789abcdef'), encodeRecord(forged, 'f'.repeat(16))]);
      const segment = await written(folder, [message(0), message(1, payload), message(2)]);
      segment.fill(0xff, placeOf(1, segment), placeOf(1, segment) + 40);
      writeFileSync(join(folder, FIRST), segment);
      expect(traces(await onDisk(folder))).toEqual(wanted(0, 2));
    });
  });

  test('without any record that can be read is kept aside at once', async () => {
    await inTempFolder(async (folder) => {
      const segment = (await written(folder, five)).fill(0x55, 0, 40);
      writeFileSync(join(folder, FIRST), segment);
      const { left, broken, journal } = await openJournal(folder);
      expect({ count: left.count, broken }).toMatchObject({ count: 0, broken: [{ brokenBytes: segment.length }] });
      expect(readFileSync(join(folder, `${FIRST}.broken`))).toEqual(segment);
      await journal.close();
    });
  });

  test('is not what a write leaves that broke off: nothing is told and nothing kept of it', async () => {
    await inTempFolder(async (folder) => {
      const segment = await written(folder, five);
      const last = placeOf(4, segment);
      for (let length = last + 1; length < segment.length; length++) {
        writeFileSync(join(folder, FIRST), segment.subarray(0, length));
        const { left, broken, journal } = await openJournal(folder);
        expect({ count: left.count, broken }).toEqual({ count: 4, broken: [] });
        await journal.close();
      }
    });
  });
});

describe('a folder that goes while its journal is open', () => {
  test.each<[string, (folder: string) => void]>([
    ['deleted', (folder) => rmSync(folder, { recursive: true })],
    ['moved', (folder) => renameSync(folder, `${folder}-moved`)],
    [
      'put back from a copy',
      (folder) => {
        const bytes = readFileSync(join(folder, FIRST));
        rmSync(join(folder, FIRST));
        writeFileSync(join(folder, 'held-to-take-a-place'), '');
        writeFileSync(join(folder, FIRST), bytes);
      },
    ],
  ])('%s: a message that no start would find is not taken', async (_, go) => {
    await inTempFolder(async (room) => {
      const folder = join(room, 'journal');
      const { journal } = await openJournal(folder);
      await journal.append(message(1));
      go(folder);
      await expect(journal.append(message(2))).rejects.toThrow(FIRST);
      mkdirSync(folder, { recursive: true });
      await journal.append(message(3));
      expect(traces(await onDisk(folder))).toContain('trace-3');
      await journal.close();
    });
  });

  test('nothing is left to remove when its messages are stored, and that is no failure', async () => {
    await inTempFolder(async (room) => {
      const folder = join(room, 'journal');
      const { journal } = await openJournal(folder);
      const record = await journal.append(message(1));
      rmSync(folder, { recursive: true });
      release(journal, [record]);
      await journal.trim();
      await journal.close();
    });
  });
});

describe('a full journal', () => {
  const KIB = 1024;

  test('refuses with a sentence, keeps what it has, and takes more when some of it is stored', async () => {
    await inTempFolder(async (folder) => {
      const { journal } = await openJournal(folder, { maxBytes: 10 * KIB });
      const kib = (i: number): JournalMessage => message(i, Buffer.alloc(KIB));
      const tried = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => journal.append(kib(i))));
      const taken = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(taken.length).toBeGreaterThan(5);
      expect(taken.length).toBeLessThan(10);
      const sentence = expect.stringMatching(/holds its 10240 bytes.*not taken, send it again/);
      await expect(journal.append(kib(20))).rejects.toMatchObject({
        code: 'publish-failed',
        retry: true,
        message: sentence,
      });
      expect(traces(await onDisk(folder))).toEqual(traces(taken));
      release(journal, taken);
      await journal.trim();
      expect((await journal.append(kib(21))).traceId).toBe('trace-21');
      await journal.close();
    });
  });

  test('counts what an earlier run left', async () => {
    await inTempFolder(async (folder) => {
      const { length } = await written(folder, [message(1), message(2)]);
      const { left, journal } = await openJournal(folder, { maxBytes: length + 10 });
      await expect(journal.append(message(3))).rejects.toThrow('not stored yet');
      release(journal, await all(left));
      await journal.trim();
      await journal.append(message(4));
      await journal.close();
    });
  });

  test('has as much room after a write that failed as before it', async () => {
    await inTempFolder(async (room) => {
      const folder = join(room, 'journal');
      const { journal } = await openJournal(folder, { maxBytes: 4 * KIB });
      rmSync(folder, { recursive: true });
      for (let i = 0; i < 10; i++)
        await expect(journal.append(message(i, Buffer.alloc(KIB)))).rejects.toMatchObject({ code: 'ENOENT' });
      mkdirSync(folder);
      for (let i = 0; i < 3; i++) await journal.append(message(i, Buffer.alloc(KIB)));
      expect(await onDisk(folder)).toHaveLength(3);
      await journal.close();
    });
  });
});
