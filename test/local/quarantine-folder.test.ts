import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { recordPlace } from '../../lambdas/quarantine/record.ts';
import { fileQuarantine } from '../../lambdas/quarantine-store/file-quarantine.ts';
import { openQuarantineFolder, type QuarantineFolder } from '../../local/quarantine-folder.ts';
import { DAY_MS, message, NOON_MS, record } from '../quarantine/records.ts';
import { recordedLog } from './recorded-log.ts';
import { inTempFolder } from './temp-folder.ts';

const NOW_MS = NOON_MS + 60_000;

function opened(folder: string, nowMs = (): number => NOW_MS): Promise<QuarantineFolder> {
  return openQuarantineFolder({ file: (name) => join(folder, name), log: recordedLog().log, nowMs });
}

const recordsIn = async (folder: string) =>
  (await fileQuarantine(join(folder, 'quarantine'), () => {}).list({ limit: 500 })).records;

const line = (i: number): string => `${JSON.stringify(message(i))}\n`;

describe('the quarantine of a data folder', () => {
  test('is there from the start, for its owner alone', () =>
    inTempFolder(async (folder) => {
      const quarantine = await opened(folder);
      expect(quarantine.path).toBe(join(folder, 'quarantine'));
      expect(statSync(quarantine.path).mode & 0o777).toBe(0o700);
      expect(await quarantine.count()).toBe(0);
    }));

  test('counts what the functions put and deleted, from one question to the next', () =>
    inTempFolder(async (folder) => {
      // Long after, so that what is known of a day is trusted.
      const quarantine = await opened(folder, () => Date.now() + DAY_MS);
      const ofFunctions = fileQuarantine(quarantine.path, () => {});
      await ofFunctions.put(await record(1));
      await ofFunctions.put(await record(1));
      expect(await quarantine.count()).toBe(1);
      const other = await record(2);
      await ofFunctions.put(other);
      await ofFunctions.put(await record(3, { receivedAt: NOON_MS + DAY_MS }));
      const day = join(quarantine.path, '2026-11-26');
      // A file system may tell two changes of one moment by the same time.
      utimesSync(day, 1, 1);
      expect(await quarantine.count()).toBe(3);
      await ofFunctions.delete(other.id);
      utimesSync(day, 2, 2);
      expect(await quarantine.count()).toBe(2);
      rmSync(day, { recursive: true });
      expect(await quarantine.count()).toBe(1);
    }));

  test('counts a day anew that changed only now: the next change may have the same time', () =>
    inTempFolder(async (folder) => {
      const quarantine = await opened(folder, Date.now);
      const ofFunctions = fileQuarantine(quarantine.path, () => {});
      await ofFunctions.put(await record(1));
      const day = join(quarantine.path, '2026-11-26');
      const { atime, mtime } = statSync(day);
      expect(await quarantine.count()).toBe(1);
      await ofFunctions.put(await record(2));
      utimesSync(day, atime, mtime);
      expect(await quarantine.count()).toBe(2);
    }));

  test('is rid of what a killed run had not finished to write', () =>
    inTempFolder(async (folder) => {
      mkdirSync(join(folder, 'quarantine', '2026-11-26'), { recursive: true });
      writeFileSync(join(folder, 'quarantine', '2026-11-26', '.1a2b.new'), '{"id":');
      writeFileSync(join(folder, 'quarantine', '2026-11-26', 'mine.txt'), '');
      await opened(folder);
      expect(readdirSync(join(folder, 'quarantine', '2026-11-26'))).toEqual(['mine.txt']);
    }));
});

describe('kept.ndjson of an older version', () => {
  test('is taken over: each message once, by its time of receipt; the file stays under another name', () =>
    inTempFolder(async (folder) => {
      const lines = Array.from({ length: 100 }, (_, i) => line(i));
      writeFileSync(join(folder, 'kept.ndjson'), `${lines.join('')}${line(5)}`);
      const quarantine = await opened(folder);
      expect(await quarantine.count()).toBe(100);
      const records = await recordsIn(folder);
      expect(records[0]).toMatchObject({ ...message(99), quarantinedAt: NOW_MS });
      expect(records.map(({ receivedAt }) => receivedAt)).toEqual(lines.map((_, i) => NOON_MS + 99 - i));
      expect(existsSync(join(folder, 'kept.ndjson'))).toBe(false);
      expect(readFileSync(join(folder, 'kept.ndjson.taken'), 'utf8')).toContain(line(0));
    }));

  test('that was taken over in part when the power went is taken over whole, and nothing counts as tried again', () =>
    inTempFolder(async (folder) => {
      const lines = Array.from({ length: 50 }, (_, i) => line(i)).join('');
      writeFileSync(join(folder, 'kept.ndjson'), lines);
      const first = await opened(folder);
      const [one, other, ...others] = await recordsIn(folder);
      // As it would be in the middle: the file under its old name, some records not there, one only half.
      writeFileSync(join(folder, 'kept.ndjson'), lines);
      rmSync(join(folder, 'kept.ndjson.taken'));
      for (const { id } of others.slice(0, 20)) await fileQuarantine(first.path, () => {}).delete(id);
      const { day = '', name = '' } = recordPlace(other?.id ?? '') ?? {};
      writeFileSync(join(first.path, day, `${name}.json`), '{"id":');
      const again = await opened(folder);
      expect(await again.count()).toBe(50);
      const records = await recordsIn(folder);
      expect(records).toHaveLength(50);
      expect(records.every(({ attempts }) => attempts === 1)).toBe(true);
      expect(records[0]).toEqual(one);
    }));

  test('is taken over again where an older version has begun another one', () =>
    inTempFolder(async (folder) => {
      for (const i of [1, 2, 3]) {
        writeFileSync(join(folder, 'kept.ndjson'), line(i));
        await opened(folder);
      }
      expect((await recordsIn(folder)).length).toBe(3);
      expect(readdirSync(folder).toSorted()).toEqual([
        'kept.ndjson.taken',
        'kept.ndjson.taken-2',
        'kept.ndjson.taken-3',
        'quarantine',
      ]);
      expect(readFileSync(join(folder, 'kept.ndjson.taken'), 'utf8')).toBe(line(1));
    }));

  test('with lines of somebody else’s hand, and one that a crash cut in two, gives what is a message', () =>
    inTempFolder(async (folder) => {
      const odd = JSON.stringify({ original: 'e30=', receivedAt: '5', topic: 7 });
      writeFileSync(
        join(folder, 'kept.ndjson'),
        `\n# a note\nnull\n5\n"x"\n{}\n${line(1)}${odd}\n${line(2).slice(0, 40)}`,
      );
      const quarantine = await opened(folder);
      expect(await quarantine.count()).toBe(2);
      expect(await recordsIn(folder)).toMatchObject([
        message(1),
        { original: 'e30=', receivedAt: 0, topic: '7', reason: 'unknown', clientId: null, traceId: null },
      ]);
    }));
});
