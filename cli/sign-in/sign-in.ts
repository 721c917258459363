/** Signing in: through the browser of this machine, or through one elsewhere whose last address is pasted here. */
import { randomBytes } from 'node:crypto';
import { type Io, type Refusal, refusal } from '../command.ts';
import type { SignInPlace } from './amphora-page.ts';
import { type Authorization, newAuthorization, pastedQuery, returned, signInAddress } from './authorization.ts';
import { openBrowser } from './browser.ts';
import { CALLBACK_PORTS, type Heard, openCallback, redirectUriAt } from './callback.ts';
import { askForTokens, type Tokens } from './token-service.ts';

/** With a refresh token, always. */
export type SignedIn = { readonly ok: true; readonly tokens: Tokens & { readonly refreshToken: string } };
type Outcome = SignedIn | Refusal;

export type Waiting = {
  /** Aborts when the person gave up. */
  readonly stop: AbortSignal;
  readonly patienceMs: number;
};

const newSecret = (): string => randomBytes(32).toString('base64url');

export async function signInHere(place: SignInPlace, { stop, patienceMs }: Waiting, io: Io): Promise<Outcome> {
  const opened = await openCallback();
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
    const hear = async (query: URLSearchParams): Promise<Heard<Outcome>> => {
      if (returned(query, authorization).kind === 'foreign') return foreignPage(io);
      first ??= outcomeOf(query, authorization);
      return lastPage(await first);
    };
    return (await callback.heard(hear, signal)) ?? unfinished({ stop, patienceMs });
  } finally {
    callback.close();
  }
}

export async function signInElsewhere(place: SignInPlace, { stop, patienceMs }: Waiting, io: Io): Promise<Outcome> {
  const authorization = newAuthorization(place, redirectUriAt(CALLBACK_PORTS[0]), newSecret);
  io.err(
    `Open this address in a browser, on any machine:\n  ${signInAddress(authorization)}\nAfter the sign-in the browser cannot show the page at ${authorization.redirectUri}, which is as it should be.\nPaste the address that it ended at: `,
  );
  const signal = AbortSignal.any([stop, AbortSignal.timeout(patienceMs)]);
  for (;;) {
    const line = await io.readLine(signal);
    if (line === undefined && signal.aborted) return unfinished({ stop, patienceMs });
    if (line === undefined) return refusal('no address was pasted; nothing was changed. Type the same again');
    const query = pastedQuery(line);
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

/** An old tab, or a page that guesses at this port: the sign-in that was begun goes on. */
function foreignPage(io: Io): Heard<Outcome> {
  io.err('An answer that belongs to another sign-in came to this address, and was left alone.\n');
  return {
    title: 'Not this sign-in',
    sentence: 'This is the answer to another sign-in. Use the address that ./amphora login printed last.',
    isGood: false,
  };
}

/** What the person sees in the browser at the end. */
const lastPage = (result: Outcome): Heard<Outcome> =>
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
    case 'no-answer':
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
