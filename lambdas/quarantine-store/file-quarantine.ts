/** The quarantine as files of a folder, one a record: `2026-11-26/NAME.json`, for its owner alone to read. */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AmphoraError } from '../failures/amphora-error.ts';
import { type Days, listRecords } from '../quarantine/list-records.ts';
import { MAX_COUNTED, type Quarantine, type QuarantineCount } from '../quarantine/quarantine.ts';
import { parseRecord, type QuarantineRecord, recordPlace, triedAgain } from '../quarantine/record.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const ENDING = '.json';
const OWNER_ONLY = 0o600;

export function fileQuarantine(folder: string, tellUnreadable: (id: string) => void): Quarantine {
  const pathOf = (id: string): string | undefined => {
    const place = recordPlace(id);
    return place === undefined ? undefined : join(folder, place.day, `${place.name}${ENDING}`);
  };
  const get = async (id: string): Promise<QuarantineRecord | undefined> => {
    const path = pathOf(id);
    const text = path === undefined ? undefined : await unless('is not read', () => textIn(path));
    if (text === undefined) return undefined;
    const record = parseRecord(text, id);
    if (record === undefined) tellUnreadable(id);
    return record;
  };
  return {
    put: async (record) => {
      const path = pathOf(record.id);
      if (path === undefined) throw new TypeError(`'${record.id}' is no id of a record`);
      const before = parseRecord((await unless('is not read', () => textIn(path))) ?? '', record.id);
      const now = before === undefined ? record : triedAgain(before, record);
      await unless('takes no record', () => writeWhole(path, `${JSON.stringify(now)}\n`));
      return now;
    },
    get,
    list: (query) =>
      listRecords(
        { days: (range) => daysIn(folder, range), names: (day, behind) => namesOf(folder, day, behind), get },
        query,
      ),
    delete: async (id) => {
      const path = pathOf(id);
      return path !== undefined && (await unless('gives no record away', () => removed(path)));
    },
  };
}

export async function countInFolder(folder: string): Promise<QuarantineCount> {
  let count = 0;
  await unless('shows no records', async () => {
    for (const day of await daysOf(folder)) count += (await recordNames(folder, day)).length;
  });
  return { count: Math.min(count, MAX_COUNTED), isAtLeast: count > MAX_COUNTED };
}

/** The folders of days, whatever else lies beside them. */
export async function daysOf(folder: string): Promise<readonly string[]> {
  return (await namesIn(folder)).filter((name) => DAY.test(name));
}

/** Of the records of a day, by the files' names. */
export async function recordNames(folder: string, day: string): Promise<readonly string[]> {
  const files = (await namesIn(join(folder, day))).filter((name) => name.endsWith(ENDING));
  return files
    .map((name) => name.slice(0, -ENDING.length))
    .filter((name) => recordPlace(`${day}-${name}`) !== undefined);
}

async function* daysIn(folder: string, { from, to }: Days): AsyncGenerator<string> {
  const days = await unless('shows no records', () => daysOf(folder));
  yield* days
    .filter((day) => day >= from && day <= to)
    .toSorted()
    .toReversed();
}

async function* namesOf(folder: string, day: string, behind: string): AsyncGenerator<string> {
  const names = await unless('shows no records', () => recordNames(folder, day));
  yield* names.filter((name) => name > behind).toSorted();
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function textIn(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

// Written beside its place and then moved there: a record is whole or not there at all. Several functions do so at once, so
// each file beside has a name of its own.
async function writeWhole(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  const fresh = join(folder, `.${crypto.randomUUID()}.new`);
  try {
    const file = await open(fresh, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await syncFolder(folder);
  // The new folder is in its own parent, and that one perhaps new too.
  if (made !== undefined) for (const one of [dirname(folder), dirname(dirname(folder))]) await syncFolder(one);
}

async function removed(path: string): Promise<boolean> {
  try {
    await rm(path);
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function unless<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const words =
      typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause);
    throw new AmphoraError('quarantine-unavailable', `the quarantine ${what}: ${words}`, { retry: true, cause });
  }
}

function isAbsent(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return code === 'ENOENT' || code === 'ENOTDIR';
}
