/** Questions to the API of an Amphora, as whoever is signed in there: its answer, or the sentence that says why there is none. */
import { networkReason } from './address.ts';
import { boundedText } from './bounded-text.ts';
import type { Clock } from './clock.ts';
import { type Refusal, refusal } from './command.ts';
import { jsonMembers } from './json-members.ts';
import { printable, shortened } from './printable.ts';
import type { Bearer } from './sign-in/api-access.ts';
import { refusedHint } from './sign-in/refused-hint.ts';

export type Api = {
  readonly url: string;
  readonly bearer?: Bearer;
  readonly clock: Clock;
};

export type ApiAnswer = {
  readonly ok: true;
  /** 404: there is the address, and no such thing. */
  readonly status: 200 | 404;
  readonly body: unknown;
  /** Of the next page, below the API's address. */
  readonly next?: string;
};

export type ApiMethod = 'GET' | 'POST' | 'DELETE';

// API Gateway gives up after 30 s.
const REQUEST_TIMEOUT_MS = 35_000;
// A database that has too much to do, or that starts anew, in the middle of a long range.
const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const MAX_BYTES = 8 * 1024 * 1024;
const SHOWN_CHARACTERS = 300;

/** A question that is answered "not now" is asked again for a while; what changes something is not. */
export async function askApi(api: Api, path: string, method: ApiMethod = 'GET'): Promise<ApiAnswer | Refusal> {
  const { clock } = api;
  const never = new AbortController().signal;
  const untilMs = clock.nowMs() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const answer = await askOnce(api, path, method);
    if (answer.kind === 'refused') return answer.refusal;
    if (answer.kind === 'answer' && isFound(answer)) return answered(api, answer);
    const waitMs = answer.kind === 'answer' ? (retryAfterMs(answer.headers.get('retry-after')) ?? pauseMs) : pauseMs;
    if (method !== 'GET' || !mayHelp(answer) || clock.nowMs() + waitMs > untilMs)
      return refusal(sentenceOf(api, answer, method));
    await clock.sleepMs(waitMs, never);
  }
}

/** For what is asked for in vain in an answer of 200. */
export const notOurs = ({ url }: Api): Refusal =>
  refusal(`what ${url} answers is not what Amphora says; give the address that /livedata is under`);

type Told = { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly text: string };

type Answer =
  | Told
  | { readonly kind: 'silent'; readonly reason: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

async function askOnce({ url, bearer }: Api, path: string, method: ApiMethod): Promise<Answer> {
  const got = await bearer?.token();
  if (got?.ok === false) return { kind: 'refused', refusal: refusal(got.sentence) };
  const headers = got === undefined ? {} : { authorization: `Bearer ${got.token}` };
  try {
    // A redirect that was followed would carry the token to another address.
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const response = await fetch(`${url}${path}`, { method, headers, redirect: 'manual', signal });
    const text = await boundedText(response, MAX_BYTES);
    if (text === undefined) return { kind: 'silent', reason: `more than ${MAX_BYTES} bytes` };
    return { kind: 'answer', status: response.status, headers: response.headers, text };
  } catch (error) {
    return { kind: 'silent', reason: networkReason(error) };
  }
}

// A function of ours says {"error"}; where there is no such route, a gateway says {"message"}.
const isFound = ({ status, text }: Told): boolean =>
  status === 200 || (status === 404 && typeof jsonMembers(text)['error'] === 'string');

const mayHelp = (answer: Answer): boolean =>
  answer.kind === 'answer' && (answer.status === 429 || answer.status === 502 || answer.status === 503);

function answered({ url }: Api, { status, headers, text }: Told): ApiAnswer | Refusal {
  const next = /^<(\/[^>]*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
  try {
    const body: unknown = JSON.parse(text);
    return { ok: true, status: status === 200 ? 200 : 404, body, ...(next === undefined ? {} : { next }) };
  } catch {
    return refusal(
      `what answers at ${url} is not Amphora's API: it sends no JSON; give the address that /livedata is under`,
    );
  }
}

function sentenceOf(
  { url, bearer }: Api,
  answer: Exclude<Answer, { readonly kind: 'refused' }>,
  method: ApiMethod,
): string {
  if (answer.kind === 'silent')
    return `nothing answers at ${url} (${answer.reason}); start Amphora with ./amphora start, or name another with --url`;
  const { status, headers, text } = answer;
  const { error, message } = jsonMembers(text);
  const words = typeof error === 'string' ? error : typeof message === 'string' ? message : '';
  const said = `${url} answered ${status}${words === '' ? '' : `: ${shortened(printable(words), SHOWN_CHARACTERS)}`}`;
  const verb = method === 'GET' ? 'read' : 'write';
  const hint = refusedHint({ status, challenge: headers.get('www-authenticate') }, { address: url, bearer, verb });
  if (hint !== undefined) return `${said}. ${hint}`;
  if (status === 404) return `${said}; it is not Amphora, or an older one than this command`;
  if (status < 500 && status !== 429) return said;
  return method === 'GET'
    ? `${said}; nothing was changed, type the same again later`
    : `${said}; type the same again later`;
}

/** RFC 9110, 10.2.3. */
function retryAfterMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : undefined;
}
