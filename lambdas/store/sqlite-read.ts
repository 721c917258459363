/** The SQLite store's answers. Those of more than one statement see one state of the file. */
import { comparePointTimes } from './point.ts';
import type { Session } from './sqlite-connection.ts';
import { numberIn, type Row, textIn, valueIn } from './sqlite-statements.ts';
import type { BatterySpan, FieldValue, LatestValue, Live, Step, Store, StoredPoint } from './store.ts';

type Query<Call extends keyof Store> = Parameters<Store[Call]>[0];

export function latest({ sql }: Session, { battery }: Query<'latest'>): ReadonlyMap<string, LatestValue> {
  return new Map(sql.newest.all(battery).map((row) => [textIn(row, 'name'), latestValue(row)]));
}

export function live(session: Session, { battery, times }: Query<'live'>): Live {
  return snapshot(session, () => ({
    latest: latest(session, { battery }),
    newestTimes: newestTimes(session, { battery, count: times }),
  }));
}

export function points(session: Session, query: Query<'points'>): readonly StoredPoint[] {
  const found: (StoredPoint & { readonly fields: Record<string, FieldValue> })[] = [];
  for (const row of snapshot(session, () => pageRows(session, query))) {
    const time = { atMs: numberIn(row, 0), nanos: numberIn(row, 1) };
    let last = found.at(-1);
    if (last === undefined || comparePointTimes(last, time) !== 0) {
      if (found.length >= query.limit) break;
      last = { ...time, fields: {} };
      found.push(last);
    }
    last.fields[fieldName(session, numberIn(row, 2))] = valueIn(row, 3);
  }
  return found.map((point) => ({ ...point, fields: sortedByName(point.fields) }));
}

function pageRows({ sql }: Session, query: Query<'points'>): readonly Row[] {
  const { battery, fromMs, toMs, after } = query;
  const fields = query.fields === undefined ? null : JSON.stringify(query.fields);
  // No point has more rows than there are fields, so that these rows hold the page's points whole.
  const rowsOfPoint = query.fields?.length ?? numberIn(sql.fieldCount.get(battery), 'count');
  const rows = Math.min(Math.max(query.limit, 0) * rowsOfPoint, Number.MAX_SAFE_INTEGER);
  if (query.order === 'newest-first') {
    const end = { atMs: toMs, nanos: 0 };
    const { atMs, nanos } = after !== undefined && comparePointTimes(after, end) < 0 ? after : end;
    return sql.pageBackward.all(battery, atMs, nanos, fromMs, rows, fields);
  }
  const begin = { atMs: fromMs, nanos: -1 };
  const { atMs, nanos } = after !== undefined && comparePointTimes(after, begin) > 0 ? after : begin;
  return sql.pageForward.all(battery, atMs, nanos, toMs, rows, fields);
}

export function steps(session: Session, query: Query<'steps'>): ReadonlyMap<string, readonly Step[]> {
  const { battery, fromMs, toMs, stepMs } = query;
  if (!Number.isSafeInteger(stepMs) || stepMs < 1)
    throw new RangeError(`a step of ${stepMs} ms must be whole and positive`);
  const { sql } = session;
  return snapshot(session, () => {
    const stepsByField = new Map<string, Step[]>();
    const series = sql.seriesId.get(battery, 'battery')?.['id'] ?? null;
    // From one step that has rows to the next, so that an empty year costs nothing.
    let first = sql.firstAt.get(series, fromMs, toMs);
    while (first !== undefined) {
      const index = Math.floor((numberIn(first, 'ms') - fromMs) / stepMs);
      const stepFromMs = fromMs + index * stepMs;
      const stepToMs = Math.min(stepFromMs + stepMs, toMs);
      for (const row of sql.step.all(series, stepFromMs, stepToMs)) {
        const name = fieldName(session, numberIn(row, 'field'));
        const known = stepsByField.get(name) ?? [];
        known.push(stepOf(row, stepFromMs));
        stepsByField.set(name, known);
      }
      first = sql.firstAt.get(series, stepToMs, toMs);
    }
    return new Map([...stepsByField].sort(byName));
  });
}

function stepOf(row: Row, fromMs: number): Step {
  const [min, max] = [numberIn(row, 'min'), numberIn(row, 'max')];
  // A sum of huge values overflows, and three times 0.1 divided by three is more than 0.1.
  const mean = Math.min(Math.max(numberIn(row, 'mean'), min), max);
  return { fromMs, count: numberIn(row, 'count'), min, max, mean };
}

export function nearest(
  session: Session,
  { battery, fromMs, toMs }: Query<'nearest'>,
): { readonly beforeMs?: number; readonly afterMs?: number } {
  return snapshot(session, () => {
    const before = session.sql.lastBefore.get(battery, fromMs);
    const after = session.sql.firstFrom.get(battery, toMs);
    return {
      ...(before === undefined ? {} : { beforeMs: numberIn(before, 'ms') }),
      ...(after === undefined ? {} : { afterMs: numberIn(after, 'ms') }),
    };
  });
}

export function newestTimes({ sql }: Session, { battery, count }: Query<'newestTimes'>): readonly number[] {
  return sql.newestTimes.all(battery, count).map((row) => numberIn(row, 'ms'));
}

/** Exact here: each sample has a row of its own. */
export function counts({ sql }: Session, { fromMs, toMs }: Query<'counts'>): ReadonlyMap<string, number> {
  return new Map(sql.counts.all(fromMs, toMs).map((row) => [textIn(row, 'battery'), numberIn(row, 'count')]));
}

export function batteries({ sql }: Session): readonly BatterySpan[] {
  return sql.batteries.all().map((row) => ({
    id: textIn(row, 'battery'),
    firstAtMs: numberIn(row, 'first_ms'),
    lastAtMs: numberIn(row, 'last_ms'),
  }));
}

function snapshot<T>({ sql }: Session, read: () => T): T {
  sql.beginRead.run();
  const answer = read();
  sql.commit.run();
  return answer;
}

function latestValue(row: Row): LatestValue {
  return { atMs: numberIn(row, 'ms'), nanos: numberIn(row, 'nanos'), value: valueIn(row) };
}

function fieldName({ sql, fieldNames }: Session, id: number): string {
  const known = fieldNames.get(id);
  if (known !== undefined) return known;
  const name = textIn(sql.fieldName.get(id), 'name');
  fieldNames.set(id, name);
  return name;
}

// Fields are stored in the order in which they were first seen, which must not show in an answer.
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

const sortedByName = (fields: Readonly<Record<string, FieldValue>>): Record<string, FieldValue> =>
  Object.fromEntries(Object.entries(fields).sort(byName));
