/** The answer of GET /audit: written by the function, read by whoever joins the parts of a long range. */
import { accountOf, runsIn, totalOf } from './account.ts';
import type { AuditedPart, AuditQuery } from './audit-range.ts';
import { edgesOf, type Run, type Summary } from './runs.ts';
import type { Repeat, Stretch } from './seen.ts';

export function auditAnswer({ battery, fromMs, toMs }: AuditQuery, { summary, untilMs }: AuditedPart) {
  const runs = runsIn(summary);
  return {
    battery,
    from: iso(fromMs),
    to: iso(untilMs),
    ...(untilMs < toMs ? { next: iso(untilMs) } : {}),
    ...totalOf(runs),
    withoutSeq: summary.withoutSeq,
    stamped: summary.stamped,
    runs: runs.map((run) => ({
      ...(run.boot === undefined ? {} : { boot: run.boot }),
      firstAt: iso(run.firstAtMs),
      lastAt: iso(run.lastAtMs),
      ...edgesOf(run),
      ...accountOf(run),
      present: run.stretches.map(({ from, to, fromAtMs, toAtMs }) => [from, to, fromAtMs, toAtMs]),
      repeated: run.repeats.map(({ seq, more }) => [seq, more]),
    })),
  };
}

export type ReadAnswer = {
  readonly summary: Summary;
  /** Where the next part begins. */
  readonly nextMs?: number;
};

/** Undefined: it is no answer of GET /audit. */
export function readAnswer(body: unknown): ReadAnswer | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { runs, withoutSeq, stamped, next }: Readonly<Record<string, unknown>> = { ...body };
  if (!Array.isArray(runs) || !isCount(withoutSeq) || !isCount(stamped)) return undefined;
  const read = runs.map(readRun);
  const known = read.filter((run) => run !== undefined);
  const nextMs = next === undefined ? undefined : msIn(next);
  if (known.length < read.length || (next !== undefined && nextMs === undefined)) return undefined;
  return {
    summary: {
      named: known.filter(({ boot }) => boot !== undefined),
      unnamed: known.filter(({ boot }) => boot === undefined),
      withoutSeq,
      stamped,
    },
    ...(nextMs === undefined ? {} : { nextMs }),
  };
}

function readRun(value: unknown): Run | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { boot, firstAt, lastAt, present, repeated }: Readonly<Record<string, unknown>> = { ...value };
  const [firstAtMs, lastAtMs] = [msIn(firstAt), msIn(lastAt)];
  const [stretches, repeats] = [tuplesIn(present, 4), tuplesIn(repeated, 2)];
  if (firstAtMs === undefined || lastAtMs === undefined || stretches === undefined || repeats === undefined)
    return undefined;
  if (boot !== undefined && typeof boot !== 'string') return undefined;
  return {
    ...(boot === undefined ? {} : { boot }),
    firstAtMs,
    lastAtMs,
    stretches: stretches.map(
      ([from = 0, to = 0, fromAtMs = 0, toAtMs = 0]): Stretch => ({ from, to, fromAtMs, toAtMs }),
    ),
    repeats: repeats.map(([seq = 0, more = 0]): Repeat => ({ seq, more })),
  };
}

/** Lists of so many whole numbers. */
function tuplesIn(value: unknown, length: number): readonly (readonly number[])[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const tuples = value.map((item: unknown) => (Array.isArray(item) ? item.filter(isWhole) : []));
  return tuples.every((tuple) => tuple.length === length) ? tuples : undefined;
}

function msIn(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isCount = (value: unknown): value is number => isWhole(value) && Number(value) >= 0;
const iso = (ms: number): string => new Date(ms).toISOString();
