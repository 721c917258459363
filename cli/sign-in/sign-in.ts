/** Signing in: through the browser of this machine, or through one elsewhere whose last address is pasted here. */

import { randomBytes } from 'node:crypto';
import { type Io, type Refusal, refusal } from '../command.ts';
import type { SignInPlace } from './amphora-page.ts';
import { type Authorization, newAuthorization, pastedQuery, returned, signInAddress } from './authorization.ts';
import { openBrowser } from './browser.ts';
import { CALLBACK_PORTS, type CallbackReply, openCallback, redirectUriAt } from './callback.ts';
import { isLoopback } from './page-address.ts';
import { askForTokens, type ReadTokens } from './token-service.ts';

/** With a refresh token, always. */
export type SignedIn = { readonly ok: true; readonly tokens: ReadTokens & { readonly refreshToken: string } };
type Outcome = SignedIn | Refusal;

export type Waiting = {
  /** Aborts when the person gave up. */
  readonly stop: AbortSignal;
  readonly patienceMs: number;
};

const newSecret = (): string => randomBytes(32).toString('base64url');

export async function signInHere(place: SignInPlace, { stop, patienceMs }: Waiting, io: Io): Promise<Outcome> {
  const opened = await openCallback(place.url);
  if (!opened.ok) return opened;
  const { callback } = opened;
  try {
    const authorization = newAuthorization(place, callback.redirectUri, newSecret);
    const address = signInAddress(authorization);
    io.err(
      openBrowser(address, io)
        ? `Opening the sign-in page in the browser. If none opens, open this address on this machine:\n  ${address}\n`
        : `Open this address in a browser of this machine; from another machine, stop this and add --no-browser:\n  ${address}\n`,
    );
    const signal = AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]);
    // A browser may ask twice for one page; a code is good for one exchange.
    let first: Promise<Outcome> | undefined;
    let isStrangerTold = false;
    const hear = async (query: URLSearchParams): Promise<CallbackReply<Outcome>> => {
      const { kind } = returned(query, authorization);
      // An old tab, or any page of the web that sends a browser here: the sign-in that was begun goes on.
      if (kind === 'foreign' || kind === 'unmarked') {
        if (!isStrangerTold) io.err(STRANGER);
        isStrangerTold = true;
        return STRANGERS_PAGE;
      }
      first ??= outcomeOf(query, authorization);
      return lastPage(await first);
    };
    // A code that came is exchanged to the end: what it gives is a login for 30 days.
    return (await callback.heard(hear, signal)) ?? (await first) ?? unfinished({ stop, patienceMs });
  } finally {
    callback.close();
  }
}

export async function signInElsewhere(place: SignInPlace, { stop, patienceMs }: Waiting, io: Io): Promise<Outcome> {
  const authorization = newAuthorization(place, redirectUriAt(CALLBACK_PORTS[0], place.url), newSecret);
  io.err(
    `Open this address in a browser${isLoopback(new URL(place.url).hostname) ? ' of this machine' : ', on any machine'}:\n  ${signInAddress(authorization)}\nAfter the sign-in the browser cannot show the page at ${authorization.redirectUri}, which is as it should be.\nPaste the address that it ended at: `,
  );
  const signal = AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]);
  for (;;) {
    const line = await io.readLine(signal);
    if (line === undefined && signal.aborted) return unfinished({ stop, patienceMs });
    if (line === undefined) return refusal('no address was pasted; nothing was changed. Type the same again');
    const query = pastedQuery(line, authorization);
    if (query !== undefined) return outcomeOf(query, authorization);
    io.err(`That is not it; it begins with ${authorization.redirectUri}?code= – paste it whole: `);
  }
}

const unfinished = ({ stop, patienceMs }: Waiting): Refusal =>
  refusal(
    stop.aborted
      ? 'stopped before anybody signed in; nothing was changed'
      : `nobody signed in within ${patienceMs / 1000} s; nothing was changed. Type the same again, with --wait S for more time`,
  );

// Fixed words, and once: who comes there unasked has no say on this terminal.
const STRANGER =
  'Something that is not the answer to this sign-in came to this address, and was left alone; still waiting. If the sign-in page itself failed, stop this with Ctrl-C.\n';

const STRANGERS_PAGE = {
  title: 'Not this sign-in',
  sentence:
    'This is not the answer to the sign-in that was begun. Use the address that ./amphora login printed last; where that leads here again, the sign-in page refused it, and that Amphora is to be deployed again with this version.',
  isGood: false,
} as const;

/** What the person sees in the browser at the end. */
const lastPage = (result: Outcome): CallbackReply<Outcome> =>
  result.ok
    ? { title: 'Signed in', sentence: 'You may close this page and go back to the terminal.', isGood: true, result }
    : { title: 'Not signed in', sentence: `${sentenceCase(result.sentence)}.`, isGood: false, result };

const sentenceCase = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

async function outcomeOf(query: URLSearchParams, authorization: Authorization): Promise<Outcome> {
  const answer = returned(query, authorization);
  switch (answer.kind) {
    case 'foreign':
      return refusal(
        'that address is not the answer to this sign-in: its state is another one. Type the same again, and use the new address',
      );
    case 'refused':
    case 'unmarked':
      return refusal(answer.sentence);
    case 'code':
      return exchange(answer.code, authorization);
  }
}

async function exchange(code: string, { place, redirectUri, verifier }: Authorization): Promise<Outcome> {
  const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  const answer = await askForTokens(place, grant);
  switch (answer.kind) {
    case 'refused':
      return refusal(
        answer.error === 'invalid_grant'
          ? 'the code of this sign-in was not taken: it is older than some minutes, or was used before. Type the same again'
          : `the sign-in service refused the code (${answer.error}); deploy that Amphora again with this version`,
      );
    case 'unavailable':
      return refusal(
        answer.isFinal
          ? `what answers at ${place.url} is not Amphora's sign-in service: ${answer.reason}`
          : `the sign-in service at ${place.url} does not answer (${answer.reason}); type the same again`,
      );
    case 'tokens': {
      const { refreshToken } = answer;
      return refreshToken === undefined
        ? refusal(`the sign-in service at ${place.url} gave no refresh token, so the login would end within the hour`)
        : { ok: true, tokens: { ...answer, refreshToken } };
    }
  }
}
