/** Questions to an Amphora's API: its JSON, or the sentence that says why there is none. */
import { networkReason } from '../address.ts';
import { boundedText } from '../bounded-text.ts';
import type { Clock } from '../clock.ts';
import { type Refusal, refusal } from '../command.ts';
import { jsonMembers } from '../json-members.ts';
import { printable, shortened } from '../printable.ts';
import type { Bearer } from '../sign-in/api-access.ts';

export type Api = {
  readonly url: string;
  readonly bearer?: Bearer;
  readonly clock: Clock;
};

export type Asked = { readonly ok: true; readonly body: unknown } | Refusal;

/** API Gateway gives up after 30 s. */
const REQUEST_TIMEOUT_MS = 35_000;
// A database that has too much to do, or that starts anew, in the middle of a long range.
const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const MAX_BYTES = 8 * 1024 * 1024;
const SHOWN_CHARACTERS = 300;

export async function askApi(api: Api, path: string): Promise<Asked> {
  const { clock } = api;
  const never = new AbortController().signal;
  const untilMs = clock.nowMs() + PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const answer = await askOnce(api, path);
    if (answer.kind === 'refused') return answer.refusal;
    if (answer.kind === 'answer' && answer.status === 200) return bodyOf(api, answer.text);
    const waitMs = answer.kind === 'answer' ? (retryAfterMs(answer.retryAfter) ?? pauseMs) : pauseMs;
    if (!mayHelp(answer) || clock.nowMs() + waitMs > untilMs) return refusal(sentenceOf(api, answer));
    await clock.sleepMs(waitMs, never);
  }
}

type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter: string | null; readonly text: string }
  | { readonly kind: 'silent'; readonly reason: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

async function askOnce({ url, bearer }: Api, path: string): Promise<Answer> {
  const got = await bearer?.token();
  if (got?.ok === false) return { kind: 'refused', refusal: refusal(got.sentence) };
  const headers = got === undefined ? {} : { authorization: `Bearer ${got.token}` };
  try {
    // A redirect that was followed would carry the token to another address.
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const response = await fetch(`${url}${path}`, { headers, redirect: 'manual', signal });
    const text = await boundedText(response, MAX_BYTES);
    if (text === undefined) return { kind: 'silent', reason: `more than ${MAX_BYTES} bytes` };
    return { kind: 'answer', status: response.status, retryAfter: response.headers.get('retry-after'), text };
  } catch (error) {
    return { kind: 'silent', reason: networkReason(error) };
  }
}

const mayHelp = (answer: Answer): boolean =>
  answer.kind === 'answer' && (answer.status === 429 || answer.status === 502 || answer.status === 503);

function bodyOf({ url }: Api, text: string): Asked {
  try {
    return { ok: true, body: JSON.parse(text) };
  } catch {
    return refusal(
      `what answers at ${url} is not Amphora's API: it sends no JSON; give the address that /livedata is under`,
    );
  }
}

function sentenceOf({ url, bearer }: Api, answer: Exclude<Answer, { readonly kind: 'refused' }>): string {
  if (answer.kind === 'silent')
    return `nothing answers at ${url} (${answer.reason}); start Amphora with ./amphora start, or name another with --url`;
  const { status, text } = answer;
  const { error, message } = jsonMembers(text);
  const words = typeof error === 'string' ? error : typeof message === 'string' ? message : '';
  const said = `${url} answered ${status}${words === '' ? '' : `: ${shortened(printable(words), SHOWN_CHARACTERS)}`}`;
  if (status === 401 || status === 403) {
    return bearer === undefined
      ? `${said}. This Amphora wants a sign-in: ./amphora login with the address of its page, or a token in AMPHORA_TOKEN`
      : `${said}. ${status === 401 ? bearer.hint : 'Who is signed in may not read there'}`;
  }
  if (status === 404) return `${said}; it is not Amphora, or an older one than this command`;
  return `${said}; nothing was changed, type the same again later`;
}

/** RFC 9110, 10.2.3. */
function retryAfterMs(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : undefined;
}
