/** The flow of GET /audit: as much of a range as one call has time and room for. */
import type { Store, StoredPoint } from '../store/store.ts';
import { joined, NOTHING, type Sample, type Summary, summaryOf } from './runs.ts';

export type AuditQuery = { readonly battery: string; readonly fromMs: number; readonly toMs: number };

/** [fromMs, untilMs) of the range is looked at; the next call goes on at `untilMs`. */
export type AuditedPart = { readonly summary: Summary; readonly untilMs: number };

type Deps = { readonly store: Pick<Store, 'points'>; readonly nowMs: () => number };

const PAGE_POINTS = 5_000;
// Before the function's 25 s are over: one more question to a database may take its 8.
const BUDGET_MS = 10_000;
// Of a run with thousands of holes, or of thousands of runs, an answer would pass Lambda's 6 MB.
const MAX_PARTS = 5_000;

export function auditRange({ store, nowMs }: Deps) {
  return async ({ battery, fromMs, toMs }: AuditQuery): Promise<AuditedPart> => {
    const endMs = nowMs() + BUDGET_MS;
    let part: AuditedPart = { summary: NOTHING, untilMs: fromMs };
    do {
      const page = await pageOf(store, { battery, fromMs: part.untilMs, toMs });
      part = { summary: joined(part.summary, summaryOf(page.points.map(sampleOf))), untilMs: page.untilMs };
    } while (part.untilMs < toMs && nowMs() < endMs && partsOf(part.summary) < MAX_PARTS);
    return part;
  };
}

type Page = { readonly points: readonly StoredPoint[]; readonly untilMs: number };

/** Whole milliseconds, at least one. All fields, for a database cannot be asked for points that have not a certain one. */
async function pageOf(store: Deps['store'], query: AuditQuery): Promise<Page> {
  for (let limit = PAGE_POINTS; ; limit *= 2) {
    const points = await store.points({ ...query, limit });
    const untilMs = points.at(-1)?.atMs ?? query.toMs;
    if (points.length < limit) return { points, untilMs: query.toMs };
    const whole = points.filter(({ atMs }) => atMs < untilMs);
    if (whole.length > 0) return { points: whole, untilMs };
  }
}

// Who else writes to the database need not keep to the schema.
function sampleOf({ atMs, nanos, fields: { seq, boot, received } }: StoredPoint): Sample {
  return {
    atMs,
    nanos,
    ...(typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0 ? { seq } : {}),
    ...(typeof boot === 'string' && boot !== '' ? { boot } : {}),
    isStamped: received === 1,
  };
}

function partsOf({ named, unnamed }: Summary): number {
  return [...named, ...unnamed].reduce((sum, { stretches, repeats }) => sum + 1 + stretches.length + repeats.length, 0);
}
