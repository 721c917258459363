/** The flows of GET /read as rows: the original demo's, and one time-sorted row an instant (`shape=wide`). */
import type { PointTime, Store, StoredPoint } from '../store/store.ts';
import { byInstant, deriveInstant, pairPower, type VoltageMemory } from './derive-power.ts';
import { STATES } from './fields.generated.ts';
import { formatInstant } from './instant.ts';
import type { TimeRange } from './time-range.ts';
import { lacksVoltage, voltageBefore } from './voltage-for.ts';

export type DemoRow = { readonly charge: number | null; readonly discharge: number | null; readonly time: string };

export type WideRow = {
  readonly time: string;
  readonly charge: number | null;
  readonly discharge: number | null;
  readonly power: number | null;
  /** Fields of this row that were not sent: V × I, or `power` as charge − discharge. */
  readonly derived?: readonly string[];
  readonly [field: string]: number | string | null | readonly string[] | undefined;
};

export type Page<Row> = {
  readonly rows: readonly Row[] /** Where the next page goes on; absent on the last. */;
  readonly next?: string;
};

export type RowsQuery = {
  readonly battery: string;
  readonly range: TimeRange;
  readonly limit: number;
  readonly after?: string;
};

type Points = Pick<Store, 'points'>;
type Side = 'charge' | 'discharge';

/** Where a page ended: `<side>.<ms>.<nanos>`, or `<ms>.<nanos>` for wide rows. */
const DEMO_CURSOR = /^(charge|discharge)\.(\d{1,15})\.(\d{1,6})$/;
const WIDE_CURSOR = /^(\d{1,15})\.(\d{1,6})$/;

/** All charge rows in time order, then all discharge rows. Undefined: the cursor is none of ours. */
export function readDemoRows(store: Points) {
  return async ({ battery, range, limit, after }: RowsQuery): Promise<Page<DemoRow> | undefined> => {
    const cursor = after === undefined ? undefined : demoCursor(after);
    if (after !== undefined && cursor === undefined) return undefined;
    const rows: { readonly row: DemoRow; readonly cursor: string }[] = [];
    for (const side of cursor?.side === 'discharge' ? (['discharge'] as const) : (['charge', 'discharge'] as const)) {
      const wanted = limit + 1 - rows.length;
      if (wanted <= 0) break;
      const from = cursor?.side === side ? { after: cursor.time } : {};
      const points = await store.points({ battery, ...range, fields: [side], limit: wanted, ...from });
      rows.push(...points.map((point) => ({ row: demoRow(point, side), cursor: `${side}.${cursorOf(point)}` })));
    }
    return page(rows, limit);
  };
}

type WideQuery = RowsQuery & { readonly order: 'oldest-first' | 'newest-first' };

export function readWideRows(store: Points) {
  return async ({ battery, range, limit, after, order }: WideQuery): Promise<Page<WideRow> | undefined> => {
    const time = after === undefined ? undefined : pointTime(WIDE_CURSOR.exec(after)?.slice(1));
    if (after !== undefined && time === undefined) return undefined;
    const from = time === undefined ? {} : { after: time };
    const points = await store.points({ battery, ...range, limit: limit + 1, order, ...from });
    const { whole, next } = wholeInstants(points, limit);
    const sorted = order === 'oldest-first' ? whole : [...whole].reverse();
    const [first] = sorted;
    const voltage =
      first !== undefined && lacksVoltage(sorted) ? await voltageBefore(store, battery, first.atMs) : undefined;
    const rows = wideRows(sorted, voltage);
    return { rows: order === 'oldest-first' ? rows : rows.reverse(), ...(next === undefined ? {} : { next }) };
  };
}

function demoCursor(text: string): { readonly side: Side; readonly time: PointTime } | undefined {
  const [, side, ...parts] = DEMO_CURSOR.exec(text) ?? [];
  const time = pointTime(parts);
  return time === undefined ? undefined : { side: side === 'discharge' ? 'discharge' : 'charge', time };
}

function pointTime(parts: readonly (string | undefined)[] | undefined): PointTime | undefined {
  const [atMs, nanos] = parts ?? [];
  return atMs === undefined || nanos === undefined ? undefined : { atMs: Number(atMs), nanos: Number(nanos) };
}

function cursorOf({ atMs, nanos }: PointTime): string {
  return `${atMs}.${nanos}`;
}

function demoRow({ atMs, fields }: StoredPoint, side: Side): DemoRow {
  const value = Number(fields[side]);
  const time = formatInstant(atMs);
  return side === 'charge' ? { charge: value, discharge: null, time } : { charge: null, discharge: value, time };
}

function page<Row>(found: readonly { readonly row: Row; readonly cursor: string }[], limit: number): Page<Row> {
  const rows = found.slice(0, limit).map(({ row }) => row);
  const last = found[limit - 1];
  return found.length > limit && last !== undefined ? { rows, next: last.cursor } : { rows };
}

// An instant is never cut in two: a page ends before the millisecond that would not fit, unless that is all it has.
function wholeInstants(
  points: readonly StoredPoint[],
  limit: number,
): { readonly whole: readonly StoredPoint[]; readonly next?: string } {
  const extra = points[limit];
  if (extra === undefined) return { whole: points };
  const before = points.slice(0, limit).filter(({ atMs }) => atMs !== extra.atMs);
  const whole = before.length > 0 ? before : points.slice(0, limit);
  const last = whole.at(-1);
  return last === undefined ? { whole } : { whole, next: cursorOf(last) };
}

type Draft = { readonly atMs: number; readonly fields: Record<string, number | string>; readonly derived: string[] };

function wideRows(points: readonly StoredPoint[], voltage: VoltageMemory): WideRow[] {
  let memory = voltage;
  return byInstant(points).flatMap((instant) => {
    const step = deriveInstant(memory, instant);
    memory = step.memory;
    const drafts: Draft[] = [];
    for (const [i, { atMs, fields: sent }] of instant.entries()) {
      const { powerKw, ...sides } = step.derived[i] ?? {};
      const derived = powerKw === undefined ? {} : { ...sides, power: powerKw };
      const fields = { ...sent, ...derived };
      const last = drafts.at(-1);
      // Two points of one millisecond are one row, unless they speak of the same field.
      if (last !== undefined && Object.keys(fields).every((field) => !(field in last.fields))) {
        Object.assign(last.fields, fields);
        last.derived.push(...Object.keys(derived));
      } else drafts.push({ atMs, fields, derived: Object.keys(derived) });
    }
    return drafts.map(wideRow);
  });
}

function wideRow({ atMs, fields, derived: fromVoltage }: Draft): WideRow {
  const { charge, discharge, power: product, state, ...others } = fields;
  const pair = product === undefined ? pairPower(charge, discharge) : undefined;
  const power = product ?? pair;
  const derived = pair === undefined ? fromVoltage : [...fromVoltage, 'power'];
  return {
    time: formatInstant(atMs),
    charge: typeof charge === 'number' ? charge : null,
    discharge: typeof discharge === 'number' ? discharge : null,
    power: typeof power === 'number' ? power : null,
    ...others,
    ...(typeof state === 'number' ? { state: STATES[state - 1] ?? 'unknown' } : {}),
    ...(derived.length === 0 ? {} : { derived }),
  };
}
