/** The quarantine as objects of an S3 bucket, one a record: `quarantine/2026/11/26/NAME.json`. */
import type { S3Objects } from '../aws/s3-objects.ts';
import { AmphoraError } from '../failures/amphora-error.ts';
import { type Days, listRecords } from '../quarantine/list-records.ts';
import { MAX_COUNTED, type Quarantine, type QuarantineCount } from '../quarantine/quarantine.ts';
import { parseRecord, type QuarantineRecord, type RecordPlace, recordPlace, triedAgain } from '../quarantine/record.ts';

export const PREFIX = 'quarantine/';

const ENDING = '.json';
const KEY = /^quarantine\/\d{4}\/\d\d\/\d\d\/\d{8}-[0-9a-f]{20}\.json$/;
// Each conflict is another put of the same message that was taken: so many at one moment there are not.
const TRIES = 5;

export function s3Quarantine(objects: S3Objects, tellUnreadable: (id: string) => void): Quarantine {
  const get = async (id: string): Promise<QuarantineRecord | undefined> => {
    const place = recordPlace(id);
    const found = place === undefined ? undefined : await objects.get(keyOf(place));
    if (found === undefined) return undefined;
    const record = parseRecord(found.body, id);
    if (record === undefined) tellUnreadable(id);
    return record;
  };
  const days = (range: Days) => daysIn(objects, range);
  const names = (day: string, behind: string) => namesOf(objects, day, behind);
  return {
    put: (record) => put(objects, record),
    get,
    list: (query) => listRecords({ days, names, get }, query),
    delete: async (id) => {
      const place = recordPlace(id);
      if (place === undefined || (await objects.get(keyOf(place))) === undefined) return false;
      await objects.delete(keyOf(place));
      return true;
    },
  };
}

/** One request, of $0.005 a thousand: so many entries are in its answer. */
export async function countInBucket(objects: S3Objects): Promise<QuarantineCount> {
  const { entries, isWhole } = await objects.list({ prefix: PREFIX, startAfter: '' });
  return { count: Math.min(entries.filter((key) => KEY.test(key)).length, MAX_COUNTED), isAtLeast: !isWhole };
}

const dayPrefix = (day: string): string => `${PREFIX}${day.replaceAll('-', '/')}/`;
const keyOf = ({ day, name }: Pick<RecordPlace, 'day' | 'name'>): string => `${dayPrefix(day)}${name}${ENDING}`;

// First as if it were new, which it nearly always is: a role that may not list is told 403 of an object that is not there.
async function put(objects: S3Objects, record: QuarantineRecord): Promise<QuarantineRecord> {
  const place = recordPlace(record.id);
  if (place === undefined) throw new TypeError(`'${record.id}' is no id of a record`);
  const key = keyOf(place);
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    if (await objects.put(key, JSON.stringify(record), 'nothing')) return record;
    const there = await objects.get(key);
    if (there === undefined) continue;
    const before = parseRecord(there.body, record.id);
    const now = before === undefined ? record : triedAgain(before, record);
    if (await objects.put(key, JSON.stringify(now), there)) return now;
  }
  throw new AmphoraError('quarantine-unavailable', `record ${record.id} is being changed by too many at once`, {
    retry: true,
  });
}

async function* daysIn(objects: S3Objects, { from, to }: Days): AsyncGenerator<string> {
  for await (const year of partsOf(objects, PREFIX, from.slice(0, 4), to.slice(0, 4))) {
    for await (const month of partsOf(objects, `${PREFIX}${year}/`, cut(from, year, 5), cut(to, year, 5))) {
      const prefix = `${PREFIX}${year}/${month}/`;
      const start = `${year}-${month}`;
      for await (const day of partsOf(objects, prefix, cut(from, start, 8), cut(to, start, 8))) yield `${start}-${day}`;
    }
  }
}

/** The two digits of an edge's month or day, where the edge lies within what was chosen so far; else the open edge. */
function cut(edge: string, within: string, at: number): string {
  if (edge.startsWith(within)) return edge.slice(at, at + 2);
  return edge < within ? '00' : '99';
}

/** The folders below a prefix whose names lie between these two, the last one first. There are never more than a few dozen. */
async function* partsOf(objects: S3Objects, prefix: string, from: string, to: string): AsyncGenerator<string> {
  const { entries } = await objects.list({ prefix, startAfter: '', delimiter: '/' });
  const parts = entries.map((entry) => entry.slice(prefix.length, -1)).filter((part) => /^\d{2}(\d{2})?$/.test(part));
  for (const part of parts.toReversed()) if (part >= from && part <= to) yield part;
}

async function* namesOf(objects: S3Objects, day: string, behind: string): AsyncGenerator<string> {
  const prefix = dayPrefix(day);
  // Behind the object of that name, whose key goes on with its ending.
  for (let startAfter = behind === '' ? '' : `${prefix}${behind}${behind.includes('-') ? ENDING : ''}`; ; ) {
    const { entries, isWhole } = await objects.list({ prefix, startAfter });
    for (const key of entries) if (key.endsWith(ENDING)) yield key.slice(prefix.length, -ENDING.length);
    const last = entries.at(-1);
    if (isWhole || last === undefined) return;
    startAfter = last;
  }
}
