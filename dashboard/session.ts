/**
 * The signed-in session as this page holds it: an access token in its memory and nowhere else, renewed by the session's
 * cookie before it ends. Nothing runs by a timer: each question first looks at the token, so that a page that slept, was
 * hidden or was left open for days asks with one that lasts, or learns that the session is over.
 */
import type { AccessToken } from './answers.ts';
import type { Answer, Authorized, SessionDoor } from './api.ts';

/** `expired`: the session's cookie is refused. `not-accepted`: so is an access token that was issued a moment ago. */
export type End = 'expired' | 'not-accepted';

export type Session = {
  readonly authorized: Authorized;
  /** With the sign-in page's code. */
  readonly begin: (code: string, codeVerifier: string) => Promise<Answer<true>>;
  /** With the cookie of a session that began before this page. */
  readonly resume: () => Promise<Answer<true>>;
  readonly end: SessionDoor['end'];
  /** Another tab ended it. */
  readonly leave: () => void;
  /** Another tab signed in, as somebody else perhaps: the next question goes by the new cookie. */
  readonly drop: () => void;
};

type Held = { readonly text: string; readonly dueAtMs: number; readonly endsAtMs: number };

const DUE_SHARE = 0.75;
const DUE_BEFORE_END_MS = 60_000;
const AGAIN_MS = 5_000;

/** When to renew a token: a minute before its end; one that lives only minutes, in the last quarter of its life. */
export function dueAfterMs(lifeMs: number): number {
  return Math.max(lifeMs * DUE_SHARE, lifeMs - DUE_BEFORE_END_MS);
}

export function openSession(door: SessionDoor, clockMs: () => number, onEnd: (end: End) => void): Session {
  let held: Held | undefined;
  let renewing: Promise<Answer<string>> | undefined;
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let left = 0;
  let dropped = 0;

  // Whoever asks meanwhile waits for the same answer.
  function renew(): Promise<Answer<string>> {
    if (renewing !== undefined) return renewing;
    const asked = taken(door.refresh()).finally(() => {
      if (renewing === asked) renewing = undefined;
    });
    renewing = asked;
    return asked;
  }

  async function taken(asked: Promise<Answer<AccessToken>>): Promise<Answer<string>> {
    // From the question on, not from the answer: the token may have lived for all of the way back.
    const askedAtMs = clockMs();
    const [before, droppedBefore] = [left, dropped];
    const answer = await asked;
    // Signed out while it was on its way: it is the token of a session that nobody wants any more.
    if (before !== left) return { kind: 'signed-out', reason: undefined };
    // Another tab signed in meanwhile: it is an answer about whoever was signed in before, be it a token or a refusal.
    if (droppedBefore !== dropped) return current();
    notBeforeMs = answer.kind === 'ok' ? notBeforeMs : clockMs() + AGAIN_MS;
    if (answer.kind !== 'ok') {
      if (answer.kind === 'signed-out') held = undefined;
      return answer;
    }
    const { accessToken, expiresInS } = answer.value;
    const lifeMs = expiresInS * 1000;
    held = { text: accessToken, dueAtMs: askedAtMs + dueAfterMs(lifeMs), endsAtMs: askedAtMs + lifeMs };
    return { kind: 'ok', value: accessToken };
  }

  async function current(): Promise<Answer<string>> {
    const nowMs = clockMs();
    if (held === undefined || nowMs >= held.endsAtMs) return renew();
    // Beside the question, which need not wait for it: the token still lasts.
    if (nowMs >= held.dueAtMs && nowMs >= notBeforeMs) void renewEarly();
    return { kind: 'ok', value: held.text };
  }

  async function renewEarly(): Promise<void> {
    const before = left;
    const answer = await renew();
    if (answer.kind === 'signed-out' && before === left) ended('expired');
  }

  function ended(end: End): void {
    left += 1;
    held = undefined;
    onEnd(end);
  }

  async function authorized<Value>(
    question: (accessToken: string | undefined) => Promise<Answer<Value>>,
  ): Promise<Answer<Value>> {
    const before = left;
    const first = await current();
    if (first.kind !== 'ok') return lost(first, before);
    const answer = await question(first.value);
    if (answer.kind !== 'signed-out' || before !== left) return answer;
    // Refused before its time: revoked, or the key it was signed with is gone. Once more, with a new one, which another
    // question may have brought meanwhile.
    const isRenewed = held !== undefined && held.text !== first.value;
    const second = isRenewed ? await current() : await renew();
    if (second.kind !== 'ok') return lost(second, before);
    const again = await question(second.value);
    if (again.kind === 'signed-out' && before === left) ended('not-accepted');
    return again;
  }

  function lost<Failure extends Answer<string>>(failure: Failure, before: number): Failure {
    if (failure.kind === 'signed-out' && before === left) ended('expired');
    return failure;
  }

  const leave = (): void => {
    left += 1;
    held = undefined;
  };
  const isIn = (answer: Answer<string>): Answer<true> => (answer.kind === 'ok' ? { kind: 'ok', value: true } : answer);

  return {
    authorized,
    begin: async (code, codeVerifier) => isIn(await taken(door.begin(code, codeVerifier))),
    resume: async () => isIn(await renew()),
    end: async () => {
      const answer = await door.end();
      if (answer.kind === 'ok') leave();
      return answer;
    },
    leave,
    drop: () => {
      dropped += 1;
      held = undefined;
      renewing = undefined;
    },
  };
}
