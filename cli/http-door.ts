/** Samples in over HTTP: POST /batteries/{id}/telemetry in batches, tried again where the answer says that it may help. */

import { setTimeout as pause } from 'node:timers/promises';
import { networkReason } from './address.ts';
import { type Refusal, refusal } from './command.ts';
import type { Door, DoorOptions, Receipt } from './door.ts';
import { jsonMembers } from './json-members.ts';
import type { Bearer } from './sign-in/api-access.ts';
import { refusedHint } from './sign-in/refused-hint.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 10_000;
const MAX_WAITING = 4;
// telemetry.md: a message is at most 500 samples and 100 KiB.
const MAX_SAMPLES = 500;
const MAX_BYTES = 100 * 1024;
const FRAME_BYTES = '{"samples":[]}'.length;

export async function openHttpDoor(
  url: string,
  options: DoorOptions,
): Promise<{ readonly ok: true; readonly door: Door } | Refusal> {
  const health = await ask(`${url}/health`, { method: 'GET' });
  if (health.kind === 'no-answer') {
    return refusal(
      `nothing answers at ${url} (${health.reason}); start Amphora with ./amphora start, or name another with --url`,
    );
  }
  if (health.status === 404 || (health.status === 200 && !('status' in health.body))) {
    return refusal(
      `what answers at ${url} is not Amphora: it has no GET /health. Give the address that /livedata is under`,
    );
  }
  return { ok: true, door: httpDoor(url, options) };
}

function httpDoor(address: string, options: DoorOptions): Door {
  const closing = new AbortController();
  const target = `${address}/batteries/${options.battery}/telemetry`;
  let isWell = true;
  const note = (isWellNow: boolean, sentence: string): void => {
    if (isWell !== isWellNow) options.onNote(sentence);
    isWell = isWellNow;
  };

  const send = async (samples: readonly string[]): Promise<Receipt> => {
    const body = samples.length === 1 ? (samples[0] ?? '') : `{"samples":[${samples.join(',')}]}`;
    let waitedMs = 0;
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      const answer = await post(target, body, options.bearer);
      const verdict = verdictOf(answer, samples.length, { address, nowMs: options.nowMs(), bearer: options.bearer });
      if (verdict.kind !== 'again') {
        note(true, `${address} takes samples again`);
        return verdict;
      }
      const nextMs = verdict.afterMs ?? pauseMs;
      const left = options.patienceMs === undefined ? Number.POSITIVE_INFINITY : options.patienceMs - waitedMs;
      if (nextMs > left || closing.signal.aborted)
        return { kind: 'lost', sentence: `${verdict.reason}; gave up after ${Math.round(waitedMs / 1000)} s` };
      note(false, `${verdict.reason}; trying again …`);
      await pause(nextMs, undefined, { signal: closing.signal }).catch(() => undefined);
      waitedMs += nextMs;
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    }
  };
  const close = async (): Promise<void> => closing.abort();
  return { send, maxSamples: MAX_SAMPLES, maxBytes: MAX_BYTES - FRAME_BYTES, maxWaiting: MAX_WAITING, close };
}

type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfter: string | null;
      readonly challenge: string | null;
      readonly body: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'no-answer'; readonly reason: string }
  /** There is no token to ask with. */
  | { readonly kind: 'no-token'; readonly isFinal: boolean; readonly sentence: string };

async function post(url: string, body: string, bearer: Bearer | undefined): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  if (bearer === undefined) return ask(url, { method: 'POST', body, headers });
  const got = await bearer.token();
  if (!got.ok) return { kind: 'no-token', isFinal: got.isFinal, sentence: got.sentence };
  // Followed, it would carry the token to another address.
  const request = { method: 'POST', body, redirect: 'manual' } as const;
  return ask(url, { ...request, headers: { ...headers, authorization: `Bearer ${got.token}` } });
}

type Heard = Exclude<Answer, { readonly kind: 'no-token' }>;

async function ask(url: string, request: RequestInit): Promise<Heard> {
  try {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const text = await response.text();
    return {
      kind: 'answer',
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      challenge: response.headers.get('www-authenticate'),
      body: jsonMembers(text),
    };
  } catch (error) {
    return { kind: 'no-answer', reason: networkReason(error) };
  }
}

type Verdict = Receipt | { readonly kind: 'again'; readonly reason: string; readonly afterMs?: number };

function verdictOf(
  answer: Answer,
  sent: number,
  { address, nowMs, bearer }: { readonly address: string; readonly nowMs: number; readonly bearer: Bearer | undefined },
): Verdict {
  if (answer.kind === 'no-token')
    return answer.isFinal
      ? { kind: 'lost', sentence: answer.sentence, isRefused: true }
      : { kind: 'again', reason: answer.sentence };
  if (answer.kind === 'no-answer') return { kind: 'again', reason: `${address} does not answer (${answer.reason})` };
  const { status, body } = answer;
  const words =
    typeof body['error'] === 'string' ? body['error'] : typeof body['message'] === 'string' ? body['message'] : '';
  const said = `${address} answered ${status}${words === '' ? '' : `: ${words}`}`;
  if (status === 202) return accepted(body, sent);
  if (status === 429 || status >= 500) {
    const afterMs = retryAfterMs(answer.retryAfter, nowMs);
    return { kind: 'again', reason: said, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  if (status === 400 || status === 413) {
    return {
      kind: 'answered',
      accepted: 0,
      refusals: Array.from({ length: sent }, (_, sample) => ({ sample, reason: said })),
    };
  }
  const hint = refusedHint({ status, challenge: answer.challenge }, { address, bearer, verb: 'write' });
  return { kind: 'lost', sentence: hint === undefined ? said : `${said}. ${hint}`, isRefused: true };
}

function accepted(body: Readonly<Record<string, unknown>>, sent: number): Receipt {
  const list: readonly unknown[] = Array.isArray(body['rejected']) ? body['rejected'] : [];
  const refusals = list.flatMap((item) => {
    if (typeof item !== 'object' || item === null || !('sample' in item) || !('reason' in item)) return [];
    return typeof item.sample === 'number' ? [{ sample: item.sample, reason: String(item.reason) }] : [];
  });
  return { kind: 'answered', accepted: typeof body['accepted'] === 'number' ? body['accepted'] : sent, refusals };
}

/** RFC 9110, 10.2.3: seconds or an HTTP date. */
function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
