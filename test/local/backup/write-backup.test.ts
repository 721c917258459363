import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inTempFolder } from '../temp-folder.ts';
import { backUp, contentsOf, restoreTo } from './backups.ts';
import { fillFolder } from './filled-folder.ts';

type Place = { readonly folder: string; readonly data: string; readonly file: string };

async function inPlace(use: (place: Place) => Promise<void>): Promise<void> {
  await inTempFolder(async (folder) => {
    const place = { folder, data: join(folder, 'data'), file: join(folder, 'a.backup') };
    await fillFolder(place.data);
    await use(place);
  });
}

/** Nothing of a backup lies there, whole or half. */
const expectNothing = ({ folder }: Place): void => expect(readdirSync(folder)).toEqual(['data']);

describe('a backup', () => {
  test('is its owner’s alone, leaves nothing beside it, and changes nothing in the folder', async () => {
    await inPlace(async ({ folder, data, file }) => {
      const before = contentsOf(data);
      expect(await backUp(data, file)).toMatchObject({ ok: true, bytes: statSync(file).size });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder).toSorted()).toEqual(['a.backup', 'data']);
      expect(contentsOf(data)).toEqual(before);
    });
  });

  test('leaves out what is of one run or one moment, and nothing else', async () => {
    await inPlace(async ({ data, file, folder }) => {
      const before = contentsOf(data);
      const ofOneRun = [
        'run.json',
        'users.json.lock',
        'users.json.lock-journal',
        'users.json.77.new',
        'quarantine/.x.new',
      ];
      mkdirSync(join(data, 'quarantine'));
      for (const name of ofOneRun) writeFileSync(join(data, name), '');
      const socket = createServer().listen(join(data, 'socket'));
      await once(socket, 'listening');
      await backUp(data, file);
      socket.close();
      await restoreTo(join(folder, 'restored'), file);
      expect([...contentsOf(join(folder, 'restored')).keys()]).toEqual([...before.keys()]);
    });
  });

  test('has what is only in a database’s log, and a link’s target in its place', async () => {
    await inPlace(async ({ data, file, folder }) => {
      const other = join(folder, 'other');
      mkdirSync(other);
      writeFileSync(join(other, 'far'), 'on another disk');
      symlinkSync(other, join(data, 'linked'));
      const writer = spawn(process.execPath, [join(import.meta.dirname, 'log-writer.ts'), join(data, 'other.sqlite')], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(writer.stdout, 'data');
      // As kill -9 leaves it: the row stands in the log and not in the database.
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      expect(statSync(join(data, 'other.sqlite-wal')).size).toBeGreaterThan(0);
      await backUp(data, file);
      const restored = join(folder, 'restored');
      expect(await restoreTo(restored, file)).toMatchObject({ ok: true });
      expect(existsSync(join(restored, 'other.sqlite-wal'))).toBe(false);
      expect(contentsOf(restored).get('other.sqlite')).toContain('only in the log');
      expect(readFileSync(join(restored, 'linked', 'far'), 'utf8')).toBe('on another disk');
    });
  });

  test('takes the place of no file, unless it is told to, and then only when it is whole', async () => {
    await inPlace(async ({ data, file, folder }) => {
      writeFileSync(file, 'the old one');
      expect(await backUp(data, file)).toEqual({ ok: false, reason: 'taken' });
      expect(readFileSync(file, 'utf8')).toBe('the old one');
      writeFileSync(join(data, 'store.sqlite'), 'no database any more');
      expect(await backUp(data, file, { isReplacing: true })).toMatchObject({
        reason: 'damaged',
        problems: [expect.stringContaining('store.sqlite'), expect.stringContaining('store.sqlite cannot be used')],
      });
      expect(readFileSync(file, 'utf8')).toBe('the old one');
      expect(readdirSync(folder).toSorted()).toEqual(['a.backup', 'data']);
    });
    await inPlace(async ({ data, file }) => {
      writeFileSync(file, 'the old one');
      expect(await backUp(data, file, { isReplacing: true })).toMatchObject({ ok: true });
      expect(readFileSync(file, 'latin1')).toMatch(/^AMPHORA-BACKUP 1\n/);
    });
  });

  test('of a database with a page that is damaged says which, and leaves no file', async () => {
    await inPlace(async (place) => {
      const path = join(place.data, 'store.sqlite');
      const bytes = readFileSync(path);
      bytes.fill(0xff, bytes.length - 2_048, bytes.length - 1_024);
      writeFileSync(path, bytes);
      expect(await backUp(place.data, place.file)).toMatchObject({
        reason: 'damaged',
        problems: expect.arrayContaining([expect.stringContaining('store.sqlite')]),
      });
      expectNothing(place);
    });
  });

  test.each([
    [
      'that is not there',
      (place: Place) => ({ ...place, data: join(place.folder, 'none') }),
      'there is no data folder',
    ],
    ['into itself', (place: Place) => ({ ...place, file: join(place.data, 'x') }), 'is in the data folder itself'],
    [
      'into itself by a link',
      (place: Place) => {
        symlinkSync(place.data, join(place.data, 'back'));
        return { ...place, file: join(place.data, 'back', 'x') };
      },
      'is in the data folder itself',
    ],
    [
      'into a folder that is not there',
      (place: Place) => ({ ...place, file: join(place.folder, 'none', 'x') }),
      'there is no folder',
    ],
    [
      'with a link in it that leads nowhere',
      (place: Place) => {
        symlinkSync('nowhere', join(place.data, 'lost'));
        return place;
      },
      'lost cannot be read (ENOENT)',
    ],
    [
      'with a link in it that leads to itself',
      (place: Place) => {
        symlinkSync('round', join(place.data, 'round'));
        return place;
      },
      'round cannot be read (ELOOP)',
    ],
    [
      'that is half restored',
      (place: Place) => {
        writeFileSync(join(place.data, 'folder.json'), '{"restoring":{"from":"/a","names":[]}}');
        return place;
      },
      'did not reach its end',
    ],
    [
      'of a newer format',
      (place: Place) => {
        writeFileSync(join(place.data, 'folder.json'), '{"format":2,"version":"7.0.0"}');
        return place;
      },
      'written by Amphora 7.0.0 (format 2)',
    ],
  ])('of a folder %s is refused in words, and leaves no file', async (_what, change, words) => {
    await inPlace(async (place) => {
      const { data, file } = change(place);
      await expect(backUp(data, file)).rejects.toThrow(words);
      expectNothing(place);
    });
  });

  test('of an empty folder is refused', async () => {
    await inTempFolder(async (folder) => {
      mkdirSync(join(folder, 'data'));
      await expect(backUp(join(folder, 'data'), join(folder, 'a'))).rejects.toThrow('holds nothing yet');
      expect(readdirSync(folder)).toEqual(['data']);
    });
  });

  test('that is stopped leaves no file', async () => {
    await inPlace(async (place) => {
      await expect(backUp(place.data, place.file, { signal: AbortSignal.abort() })).rejects.toThrow(
        'stopped before the end; no file was left. Type the same again',
      );
      expectNothing(place);
    });
  });

  test('takes away what killed runs left, and nothing of one that is at work', async () => {
    await inPlace(async ({ data, file, folder }) => {
      const ended = spawn(process.execPath, ['-e', '']);
      await once(ended, 'exit');
      writeFileSync(`${file}.${ended.pid}.new`, 'half');
      mkdirSync(`${file}.${ended.pid}.scratch/journal`, { recursive: true });
      writeFileSync(`${file}.${process.ppid}.new`, 'at work');
      writeFileSync(`${file}.md`, 'other');
      await backUp(data, file);
      expect(readdirSync(folder).toSorted()).toEqual(
        ['a.backup', `a.backup.${process.ppid}.new`, 'a.backup.md', 'data'].toSorted(),
      );
    });
  });
});
