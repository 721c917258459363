/** Signs in and out, and what that changes on the page. */
import type { Config, Revoked, SignIn } from './answers.ts';
import { type Answer, type Authorized, openSessionDoor } from './api.ts';
import { type OtherTabs, otherTabs } from './other-tabs.ts';
import { type End, openSession, type Session } from './session.ts';
import { type Arrival, leaveNote, signInAddress, signOutAddress } from './sign-in.ts';
import { forgetReadings, type State } from './state.ts';

const ENDED: Readonly<Record<End, string>> = {
  expired: 'Your session has ended. Sign in again.',
  'not-accepted':
    'Amphora does not accept your sign-in, new as it is. Sign in again; if that changes nothing, tell whoever looks after it.',
};
const OUT = 'You are signed out.';
const OUT_ELSEWHERE = 'You signed out in another tab.';
const NO_STORAGE =
  'This browser does not let the page keep what a sign-in needs on its way back: allow site data for it.';
const NO_CRYPTO = 'Browsers let a page sign in only over HTTPS or on localhost: open it there.';

export type SessionAsker = {
  /** Once, with what config.json says. Undefined: the page goes on at the address where one can sign in. */
  readonly open: (config: Config) => Authorized | undefined;
  /** While nobody knows yet whether somebody is signed in. Its failure to answer is all that it hands back. */
  readonly enter: () => Promise<Extract<Answer<never>, { kind: 'unreachable' }> | undefined>;
  readonly signIn: () => Promise<void>;
  readonly signOut: () => Promise<void>;
  /** Seen again after a while, in which somebody may have signed in elsewhere. */
  readonly lookAgain: () => void;
};

type Opened = { readonly signIn: SignIn; readonly session: Session; readonly tabs: OtherTabs };

export function sessionAsker(
  state: State,
  clockMs: () => number,
  { arrival, onIn }: { readonly arrival: Arrival | undefined; readonly onIn: () => void },
): SessionAsker {
  let opened: Opened | undefined;
  let way = arrival;

  function open({ signIn, apiUrl }: Config): Authorized | undefined {
    if (signIn === undefined) {
      state.session.value = { kind: 'none' };
      return (question) => question(undefined);
    }
    if (isElsewhere(signIn)) return undefined;
    const session = openSession(openSessionDoor(apiUrl), clockMs, (end) => out(ENDED[end]));
    const tabs = otherTabs(signIn.clientId, (word) => {
      if (word === 'signed-in') session.drop();
      if (word === 'signed-in') return lookAgain();
      session.leave();
      if (state.session.value.kind !== 'out') out(OUT_ELSEWHERE);
    });
    opened = { signIn, session, tabs };
    return session.authorized;
  }

  // Its cookie, and what a sign-in keeps for its way back, belong to one origin: 127.0.0.1 is another than localhost.
  function isElsewhere({ redirectUri }: SignIn): boolean {
    const home = new URL(redirectUri);
    if (home.origin === location.origin) return false;
    home.search = location.search;
    location.replace(home);
    return true;
  }

  function out(why: string | undefined): void {
    forgetReadings(state);
    state.session.value = { kind: 'out', why };
  }

  function cameIn(): void {
    state.session.value = { kind: 'in', isLeaving: false };
    onIn();
  }

  async function enter(): ReturnType<SessionAsker['enter']> {
    if (opened === undefined) return undefined;
    const { session, tabs } = opened;
    if (way?.kind === 'code') {
      const begun = await session.begin(way.code, way.codeVerifier);
      // The code is kept: it may not have been seen.
      if (begun.kind === 'unreachable') return begun;
      if (begun.kind === 'ok') {
        way = undefined;
        tabs.tell('signed-in');
        cameIn();
        return undefined;
      }
      way = {
        kind: 'note',
        sentence: `The sign-in did not succeed: ${begun.reason ?? 'it was refused; sign in again'}.`,
      };
    }
    const resumed = await session.resume();
    if (resumed.kind === 'unreachable') return resumed;
    if (resumed.kind === 'ok') cameIn();
    else out(way?.sentence ?? (resumed.kind === 'refused' ? `Amphora says: ${resumed.reason}` : undefined));
    way = undefined;
    return undefined;
  }

  function lookAgain(): void {
    if (state.session.value.kind === 'out') void resumeQuietly();
  }

  // The card stays while it is asked: whoever reads it sees no flicker.
  async function resumeQuietly(): Promise<void> {
    const answer = await opened?.session.resume();
    if (answer?.kind === 'ok' && state.session.value.kind === 'out') cameIn();
  }

  async function signIn(): Promise<void> {
    if (opened === undefined) return;
    if (!isSecureContext) return out(NO_CRYPTO);
    try {
      location.assign(await signInAddress(opened.signIn, location.search, sessionStorage));
    } catch {
      out(NO_STORAGE);
    }
  }

  async function signOut(): Promise<void> {
    if (opened === undefined) return;
    state.session.value = { kind: 'in', isLeaving: true };
    const answer = await opened.session.end();
    if (answer.kind !== 'ok') {
      // The cookie is out of a script's reach: without an answer a reload would be signed in again.
      state.session.value = { kind: 'in', isLeaving: false };
      state.notice.value = `You are still signed in: ${answer.reason ?? 'no answer from Amphora'}. Sign out again.`;
      return;
    }
    const sentence = outSentence(answer.value);
    out(sentence);
    opened.tabs.tell('signed-out');
    try {
      leaveNote(sentence, sessionStorage);
    } catch {
      // Told here at least, until the page is left.
    }
    // The sign-in page has a session of its own, which would sign in the next reader of this browser unasked.
    location.assign(signOutAddress(opened.signIn));
  }

  return { open, enter, signIn, signOut, lookAgain };
}

function outSentence(revoked: Revoked): string {
  if (revoked.isRevoked) return OUT;
  return `You are signed out in this browser: ${revoked.reason ?? 'the sign-in service did not confirm it'}.`;
}
