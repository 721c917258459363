/** What an Amphora says of a battery's samples: a long range in the parts that its API takes, joined. */
import { readAnswer } from '../../lambdas/audit/audit-answer.ts';
import { joined, NOTHING, type Summary } from '../../lambdas/audit/runs.ts';
import { readWaiting } from '../../lambdas/redrive/redrive-answer.ts';
import { MAX_RANGE_MS, type TimeRange } from '../../lambdas/telemetry/time-range.ts';
import { type Api, askApi, notOurs } from '../api-client.ts';
import { type Refusal, refusal } from '../command.ts';

/** Times of its oldest and newest sample. */
export type Span = { readonly firstAtMs: number; readonly lastAtMs: number };

export type Looked = { readonly summary: Summary };

/** What does not show in the numbers. */
export type Beside = {
  /** Messages of all batteries that are not stored yet, as GET /health tells it; absent on AWS. */
  readonly waiting?: number;
  /** Messages of all batteries in the failure queues; absent where that cannot be asked. */
  readonly failed?: number;
  /** Messages of the battery in quarantine, received in the range or later; absent where that cannot be asked. */
  readonly quarantined?: number;
};

export async function spanOf(api: Api, battery: string): Promise<({ readonly ok: true } & Span) | Refusal> {
  const asked = await askApi(api, '/batteries');
  if (!asked.ok) return asked;
  if (!Array.isArray(asked.body)) return notOurs(api);
  const spans = asked.body.flatMap(spanIn);
  const found = spans.find(({ id }) => id === battery);
  if (found !== undefined) return { ok: true, ...found };
  const known = spans.map(({ id }) => id);
  const there = known.length === 0 ? 'none has sent yet' : `there are ${known.slice(0, MAX_TOLD).join(', ')}`;
  const more = known.length > MAX_TOLD ? ` and ${known.length - MAX_TOLD} more` : '';
  return refusal(`no battery '${battery}' has a sample stored at ${api.url}; ${there}${more}`);
}

export async function look(
  api: Api,
  battery: string,
  { fromMs, toMs }: TimeRange,
  onPart: (untilMs: number) => void,
): Promise<({ readonly ok: true } & Looked) | Refusal> {
  let looked: Looked = { summary: NOTHING };
  for (let partMs = fromMs; partMs < toMs; ) {
    const endMs = Math.min(partMs + MAX_RANGE_MS, toMs);
    const query = new URLSearchParams({ battery, from: iso(partMs), to: iso(endMs) });
    const asked = await askApi(api, `/audit?${query.toString()}`);
    if (!asked.ok) return asked;
    const answer = readAnswer(asked.body);
    const untilMs = answer?.nextMs ?? endMs;
    if (answer === undefined || untilMs <= partMs || untilMs > endMs) return notOurs(api);
    looked = { summary: joined(looked.summary, answer.summary) };
    partMs = untilMs;
    onPart(partMs);
  }
  return { ok: true, ...looked };
}

export async function besideIt(api: Api, battery: string, fromMs: number): Promise<Beside> {
  const { waiting, failed = await failedAt(api) } = await figuresOf(api);
  const quarantined = await quarantinedOf(api, battery, fromMs);
  return {
    ...(waiting === undefined ? {} : { waiting }),
    ...(failed === undefined ? {} : { failed }),
    ...(quarantined === undefined ? {} : { quarantined }),
  };
}

/** What is counted at home only. */
async function figuresOf(api: Api): Promise<{ readonly waiting?: number; readonly failed?: number }> {
  const asked = await askApi(api, '/health');
  const { waiting, failed }: Readonly<Record<string, unknown>> = { ...Object(asked.ok ? asked.body : undefined) };
  return {
    ...(typeof waiting === 'number' ? { waiting } : {}),
    ...(typeof failed === 'number' ? { failed } : {}),
  };
}

async function failedAt(api: Api): Promise<number | undefined> {
  const asked = await askApi(api, '/redrive');
  const answer = asked.ok ? readWaiting(asked.body) : undefined;
  return answer === undefined ? undefined : answer.waiting + answer.inFlight;
}

// A message may be received long after its samples' own times, and hardly before them.
async function quarantinedOf(api: Api, battery: string, fromMs: number): Promise<number | undefined> {
  const query = new URLSearchParams({ battery, from: iso(fromMs - CLOCK_LEAD_MS), limit: String(PAGE) });
  let count = 0;
  let path: string | undefined = `/quarantine?${query.toString()}`;
  while (path !== undefined) {
    const asked = await askApi(api, path);
    if (!asked.ok || !Array.isArray(asked.body)) return undefined;
    count += asked.body.length;
    path = asked.next;
  }
  return count;
}

const PAGE = 500;
// What a device's clock may be ahead.
const CLOCK_LEAD_MS = 5 * 60_000;

const MAX_TOLD = 10;

function spanIn(value: unknown): readonly ({ readonly id: string } & Span)[] {
  if (typeof value !== 'object' || value === null || !('id' in value && 'firstAt' in value && 'lastAt' in value))
    return [];
  const [firstAtMs, lastAtMs] = [Date.parse(String(value.firstAt)), Date.parse(String(value.lastAt))];
  return Number.isNaN(firstAtMs + lastAtMs) ? [] : [{ id: String(value.id), firstAtMs, lastAtMs }];
}

const iso = (ms: number): string => new Date(ms).toISOString();
