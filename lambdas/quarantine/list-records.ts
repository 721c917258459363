/** `list` of every place, from what a place can tell cheaply: its days, the names of a day, and one record. */
import type { QuarantinePage, QuarantineQuery } from './quarantine.ts';
import { backwards, batteryOf, dayOf, type QuarantineRecord, type RecordPlace, recordPlace } from './record.ts';

/** First and last day, both within. */
export type Days = { readonly from: string; readonly to: string };

export type Shelf = {
  /** Those that may hold records, newest first, none outside of the range. */
  readonly days: (range: Days) => AsyncIterable<string>;
  /** Of one day, newest first, all behind `behind` in the order of text. */
  readonly names: (day: string, behind: string) => AsyncIterable<string>;
  readonly get: (id: string) => Promise<QuarantineRecord | undefined>;
};

// Each is read to be judged: so many of them take a second or two from S3, with so many at once, of a function's 25.
const MAX_LOOKED = 500;
const AT_ONCE = 16;

export async function listRecords(shelf: Shelf, query: QuarantineQuery): Promise<QuarantinePage> {
  const isWanted = wanted(query);
  const records: QuarantineRecord[] = [];
  let looked = 0;
  for await (const ids of inGroups(idsOf(shelf, query), AT_ONCE)) {
    const found = await Promise.all(ids.map(shelf.get));
    for (const record of found) {
      if (record === undefined || !isWanted(record)) continue;
      const last = records.at(-1);
      // One more than wanted was found: so there is a next page.
      if (records.length === query.limit && last !== undefined) return { records, next: last.id };
      records.push(record);
    }
    looked += ids.length;
    const lastLooked = ids.at(-1);
    if (looked >= MAX_LOOKED && lastLooked !== undefined)
      return { records, next: records.length === query.limit ? (records.at(-1)?.id ?? lastLooked) : lastLooked };
  }
  return { records };
}

/** Whether it is one that was asked for; the range is not judged again. */
function wanted({ battery, reason = '' }: QuarantineQuery): (record: QuarantineRecord) => boolean {
  const words = wordsOf(reason);
  return (record) =>
    (battery === undefined || batteryOf(record) === battery) &&
    (words === ' ' || wordsOf(`${record.reason} ${record.serverMessage ?? ''}`).includes(words));
}

/** Words between spaces, one before the first and one behind the last: so only whole ones are found. */
export const wordsOf = (text: string): string =>
  ` ${
    text
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+/gu)
      ?.join(' ') ?? ''
  } `.replace(/^ {2}$/, ' ');

async function* idsOf(shelf: Shelf, query: QuarantineQuery): AsyncGenerator<string> {
  const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = query;
  const after = query.after === undefined ? undefined : recordPlace(query.after);
  // The newest that may be wanted: the last instant of the range, or that of the record behind which it goes on.
  const newest = edgeOf(toMs, after);
  const days = { from: fromMs > 0 ? dayOf(Math.min(fromMs, LAST_MS)) : FIRST_DAY, to: newest.day };
  if (days.from > days.to) return;
  for await (const day of shelf.days(days)) {
    for await (const name of shelf.names(day, day === newest.day ? newest.behind : '')) {
      const id = `${day}-${name}`;
      const place = recordPlace(id);
      if (place === undefined || place.receivedAtMs >= toMs) continue;
      if (place.receivedAtMs < fromMs) return;
      yield id;
    }
  }
}

const FIRST_DAY = '0000-01-01';
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

function edgeOf(toMs: number, after: RecordPlace | undefined): { readonly day: string; readonly behind: string } {
  if (toMs <= 0) return { day: '', behind: '' };
  const lastMs = Math.min(Math.ceil(toMs) - 1, LAST_MS);
  // Text that is shorter sorts before all that begin with it.
  const byTime = { day: dayOf(lastMs), behind: backwards(lastMs) };
  if (after === undefined) return byTime;
  const isOlder = after.day < byTime.day || (after.day === byTime.day && after.name > byTime.behind);
  return isOlder ? { day: after.day, behind: after.name } : byTime;
}

async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
