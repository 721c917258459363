/** What an Amphora says of a battery's samples: a long range in the parts that its API takes, joined. */
import { readAnswer } from '../../lambdas/audit/audit-answer.ts';
import { joined, NOTHING, type Summary } from '../../lambdas/audit/runs.ts';
import { MAX_RANGE_MS, type TimeRange } from '../../lambdas/telemetry/time-range.ts';
import { type Refusal, refusal } from '../command.ts';
import { type Api, askApi } from './ask-api.ts';

/** Times of its oldest and newest sample. */
export type Span = { readonly firstAtMs: number; readonly lastAtMs: number };

export type Looked = { readonly summary: Summary; readonly quarantined?: number };

/** What its GET /health tells, as far as it does: of all batteries. */
export type Beside = { readonly waiting?: number; readonly kept?: number };

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
    const quarantined = sum(looked.quarantined, answer.quarantined);
    looked = {
      summary: joined(looked.summary, answer.summary),
      ...(quarantined === undefined ? {} : { quarantined }),
    };
    partMs = untilMs;
    onPart(partMs);
  }
  return { ok: true, ...looked };
}

export async function besideIt(api: Api): Promise<Beside> {
  const asked = await askApi(api, '/health');
  const body: unknown = asked.ok ? asked.body : undefined;
  if (typeof body !== 'object' || body === null) return {};
  const { waiting, kept }: Readonly<Record<string, unknown>> = { ...body };
  return {
    ...(typeof waiting === 'number' ? { waiting } : {}),
    ...(typeof kept === 'number' ? { kept } : {}),
  };
}

const MAX_TOLD = 10;

const notOurs = ({ url }: Api): Refusal =>
  refusal(`what ${url} answers is not what Amphora says; give the address that /livedata is under`);

function spanIn(value: unknown): readonly ({ readonly id: string } & Span)[] {
  if (typeof value !== 'object' || value === null || !('id' in value && 'firstAt' in value && 'lastAt' in value))
    return [];
  const [firstAtMs, lastAtMs] = [Date.parse(String(value.firstAt)), Date.parse(String(value.lastAt))];
  return Number.isNaN(firstAtMs + lastAtMs) ? [] : [{ id: String(value.id), firstAtMs, lastAtMs }];
}

function sum(before: number | undefined, next: number | undefined): number | undefined {
  return next === undefined ? before : (before ?? 0) + next;
}

const iso = (ms: number): string => new Date(ms).toISOString();
