import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { backupWriter } from '../../../local/backup/container.ts';
import { openDataFolder } from '../../../local/data-folder.ts';
import { temporaryFolder } from '../../cli/run-cli.ts';
import { inTempFolder } from '../temp-folder.ts';
import { backUp, contentsOf, INSTANT_MS, restoreTo } from './backups.ts';
import { FIRST_AT_MS, fillFolder, SIZES } from './filled-folder.ts';

// Two hundred files are read in each property.
jest.setTimeout(120_000);

const root = temporaryFolder();
const [data, file] = [join(root.path, 'data'), join(root.path, 'whole.backup')];
let whole = Buffer.alloc(0);

beforeAll(async () => {
  await fillFolder(data);
  expect(await backUp(data, file)).toMatchObject({ ok: true });
  whole = readFileSync(file);
});
afterAll(() => root.remove());

/** A restore of these bytes, which must be refused before anything is made. */
async function refusedOf(bytes: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  return inTempFolder(async (folder) => {
    const [broken, target] = [join(folder, 'broken.backup'), join(folder, 'target')];
    writeFileSync(broken, bytes);
    const restored = await restoreTo(target, broken);
    expect(existsSync(target)).toBe(false);
    expect(restored.ok).toBe(false);
    return { ...restored };
  });
}

async function containerOf(
  entries: readonly (readonly [path: string, text: string])[],
  { folderFormat = 1, version = '0.1.0' } = {},
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const writer = await backupWriter(async (chunk) => void chunks.push(chunk), {
    version,
    instantMs: INSTANT_MS,
    folderFormat,
  });
  for (const [path, text] of entries) {
    await writer.add(
      { path, bytes: Buffer.byteLength(text) },
      (async function* () {
        yield Buffer.from(text);
      })(),
    );
  }
  await writer.finish();
  return Buffer.concat(chunks);
}

describe('a restore', () => {
  test.each(['an absent', 'an empty'])(
    'into %s folder puts every file there, its owner’s alone, and counts it',
    async (kind) => {
      await inTempFolder(async (folder) => {
        const target = join(folder, 'deep', 'target');
        if (kind === 'an empty') mkdirSync(target, { recursive: true });
        expect(await restoreTo(target, file)).toMatchObject({
          ok: true,
          header: { version: '0.1.0', instantMs: INSTANT_MS, folderFormat: 1 },
          contents: {
            batteries: [
              {
                battery: 'boat',
                readings: SIZES.stored,
                firstAtMs: FIRST_AT_MS,
                lastAtMs: FIRST_AT_MS + SIZES.stored - 1,
              },
            ],
            journalRecords: SIZES.journal,
            quarantined: SIZES.kept,
            users: 1,
            devices: 0,
            problems: [],
          },
        });
        expect([...contentsOf(target).keys()]).toEqual([...contentsOf(data).keys()]);
        expect(contentsOf(target)).toEqual(contentsOf(data));
        const modes = [...contentsOf(target).keys()].map((name) => statSync(join(target, name)).mode & 0o777);
        expect(new Set(modes)).toEqual(new Set([0o600]));
        openDataFolder(target, '0.1.0').release();
      });
    },
  );

  test('of a file that was cut anywhere is refused, and nothing is made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), async (length) => {
        const { kind } = await refusedOf(whole.subarray(0, length));
        expect(['cut', 'foreign']).toContain(kind);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  test('of a file with one byte changed anywhere is refused, and nothing is made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ by;
        await refusedOf(changed);
      }),
      { numRuns: 200, endOnFailure: true },
    );
  });

  test.each([
    ['an empty file', () => Buffer.alloc(0), 'foreign', 'is no backup of Amphora'],
    ['a database', () => readFileSync(join(data, 'store.sqlite')), 'foreign', 'is no backup of Amphora'],
    ['a file that goes on behind its end', () => Buffer.concat([whole, Buffer.from('x')]), 'changed', 'behind its end'],
    ['two of them', () => Buffer.concat([whole, whole]), 'changed', 'behind its end'],
    [
      'a newer format',
      () =>
        Buffer.from('AMPHORA-BACKUP 2\n{"version":"7.1.0","instant":"2027-01-01T00:00:00Z","folderFormat":9}\nother'),
      'newer',
      'was written by Amphora 7.1.0 (backup format 2; this one knows 1)',
    ],
    ['a newer format’s unknown header', () => Buffer.from('AMPHORA-BACKUP 9\n?'), 'newer', 'by a newer Amphora'],
  ])('of %s is refused in words', async (_what, bytes, kind, words) => {
    expect(await refusedOf(bytes())).toMatchObject({ kind, what: expect.stringContaining(words) });
  });

  test('of a data folder of a newer format is refused with the version that wrote it', async () => {
    const bytes = await containerOf([['folder.json', '{}']], { folderFormat: 2, version: '8.0.0' });
    expect(await refusedOf(bytes)).toMatchObject({
      kind: 'newer',
      what: expect.stringContaining('of Amphora 8.0.0 (format 2'),
    });
  });

  test.each(['../out', '/etc/passwd', 'a/../../out', 'a//b', '.', '', 'a/\0'])(
    'never writes beside the folder: an entry %j is refused',
    async (path) => {
      expect(await refusedOf(await containerOf([[path, 'x']]))).toMatchObject({ kind: 'changed' });
    },
  );

  test.each([
    [
      'one file twice',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    [
      'a file as a folder',
      [
        ['a', '1'],
        ['a/b', '2'],
      ],
    ],
    ['what is of one run', [['run.json', '{}']]],
  ] as const)('refuses %s', async (_what, entries) => {
    expect(await refusedOf(await containerOf(entries))).toMatchObject({ kind: 'changed' });
  });

  test('into a folder with anything in it is refused, and changes nothing', async () => {
    await inTempFolder(async (folder) => {
      writeFileSync(join(folder, 'notes.txt'), 'mine');
      expect(await restoreTo(folder, file)).toEqual({ ok: false, kind: 'not-empty', names: ['notes.txt'] });
      expect(readdirSync(folder)).toEqual(['notes.txt']);
    });
  });

  test('into a folder that a runtime has open is refused', async () => {
    await inTempFolder(async (folder) => {
      const opened = openDataFolder(folder, '0.1.0');
      expect(await restoreTo(folder, file)).toMatchObject({ kind: 'not-empty' });
      opened.release();
    });
  });

  test('that is stopped anywhere leaves a folder that says so, that nothing starts on, and that the same command completes', async () => {
    const all = abortedAtLook(Number.POSITIVE_INFINITY);
    await inTempFolder((folder) => restoreTo(folder, file, all.signal));
    expect(all.looks()).toBeGreaterThan(40);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: all.looks() }), async (look) => {
        await inTempFolder(async (folder) => {
          const target = join(folder, 'target');
          await expect(restoreTo(target, file, abortedAtLook(look).signal)).rejects.toMatchObject({
            code: 'backup-failed',
            message: expect.stringMatching(
              /stopped before the end; (nothing was restored|.* is not whole and says so)\. /,
            ),
          });
          if (existsSync(target)) {
            // As SQLite leaves them when the disk was full as it looked.
            for (const name of ['store.sqlite-wal', 'store.sqlite-shm']) writeFileSync(join(target, name), 'old');
            expect(() => openDataFolder(target, '0.1.0')).toThrow(
              `the restore into ${target} did not reach its end, so it does not hold all yet; type ./amphora restore ${file} --data ${target} again`,
            );
            // A version from before there was a restore.
            expect(JSON.parse(readFileSync(join(target, 'folder.json'), 'utf8'))).not.toHaveProperty('format');
          }
          expect(await restoreTo(target, file)).toMatchObject({ ok: true, contents: { problems: [] } });
          expect(contentsOf(target)).toEqual(contentsOf(data));
        });
      }),
      { numRuns: 12 },
    );
  });

  test('that is done again leaves what somebody has put into the folder meanwhile alone, and says so', async () => {
    await inTempFolder(async (folder) => {
      const target = join(folder, 'target');
      await expect(restoreTo(target, file, abortedAtLook(45).signal)).rejects.toThrow('stopped before the end');
      writeFileSync(join(target, 'notes.txt'), 'mine');
      expect(await restoreTo(target, file)).toEqual({ ok: false, kind: 'not-empty', names: ['notes.txt'] });
    });
  });
});

/** Aborts when it is asked for the nth time: each look is a place where a signal may be seen. */
function abortedAtLook(nth: number): { readonly signal: AbortSignal; readonly looks: () => number } {
  let looks = 0;
  const { signal } = new AbortController();
  signal.throwIfAborted = () => {
    looks += 1;
    if (looks >= nth) AbortSignal.abort().throwIfAborted();
  };
  return { signal, looks: () => looks };
}
