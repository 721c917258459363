/**
 * Whether the sign-in that a page names is its own. What a page says of itself may be the words of a stranger, who names the
 * sign-in of another page: the login would be given there, and its tokens sent to the stranger.
 */
import { randomBytes } from 'node:crypto';
import { networkReason } from '../address.ts';
import { boundedText } from '../bounded-text.ts';
import { type Refusal, refusal } from '../command.ts';
import { shortened } from '../printable.ts';
import type { SignInPlace } from './amphora-page.ts';
import { newAuthorization, signInAddress } from './authorization.ts';

const PATIENCE_MS = 10_000;
const MAX_FORM_BYTES = 262_144;
const SHOWN_CHARACTERS = 200;
// What every page's client may ask for.
const SCOPE = 'openid';

/** Undefined: it is. The sign-in service is asked as the page itself would ask it, up to its form and no further. */
export async function bindingFault(pageUrl: string, place: SignInPlace): Promise<Refusal | undefined> {
  const { url, pageClientId, redirectUri } = place;
  if (new URL(redirectUri).origin !== new URL(pageUrl).origin) {
    return refusal(
      `${pageUrl} signs in for another page, ${shortened(redirectUri, SHOWN_CHARACTERS)}; if that is the one you mean, give its address`,
    );
  }
  const asPage = newAuthorization({ ...place, clientId: pageClientId }, redirectUri, () =>
    randomBytes(32).toString('base64url'),
  );
  const silent = (reason: string): Refusal =>
    refusal(`the sign-in service at ${url} does not answer (${reason}); type the same again later`);
  try {
    const response = await fetch(signInAddress(asPage, SCOPE), {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (response.status === 429 || response.status >= 500) return silent(`status ${response.status}`);
    if (await isForm(response, url)) return undefined;
  } catch (error) {
    return silent(networkReason(error));
  }
  return refusal(
    `the sign-in service at ${url} does not know ${shortened(redirectUri, SHOWN_CHARACTERS)} as a page of its own, so nobody signs in for it; check the address, and deploy that Amphora again with this version if it is yours`,
  );
}

/** Cognito's page "The redirect and authorization endpoint": on to /login; an address that is not registered, elsewhere. */
async function isForm(response: Response, signInUrl: string): Promise<boolean> {
  const { status, headers } = response;
  const to = URL.parse(headers.get('location') ?? '', `${signInUrl}/`);
  if (status >= 300 && status < 400)
    return to !== null && to.origin === new URL(signInUrl).origin && to.pathname.endsWith('/login');
  // An emulator shows the form at once.
  return status === 200 && (await boundedText(response, MAX_FORM_BYTES))?.includes('<form') === true;
}
