/** What a page of Amphora says of itself in its config.json: where its API is, and where one signs in. */
import { networkReason } from '../address.ts';
import { boundedText } from '../bounded-text.ts';
import { type Refusal, refusal } from '../command.ts';
import { jsonMembers } from '../json-members.ts';
import { shortened } from '../printable.ts';
import { isSafe } from './page-address.ts';

const PATIENCE_MS = 10_000;
const MAX_CONFIG_BYTES = 16_384;
const SHOWN_CHARACTERS = 200;

export type SignInPlace = {
  /** What `/oauth2/authorize`, `/oauth2/token` and `/oauth2/revoke` are under; without a slash at its end. */
  readonly url: string;
  /** The public client of the command line. */
  readonly clientId: string;
  /** The page's own client, and the address that it comes back to from a sign-in. */
  readonly pageClientId: string;
  readonly redirectUri: string;
};

export type AmphoraPage = {
  readonly pageUrl: string;
  /** What `/livedata` is under; without a slash at its end. */
  readonly apiUrl: string;
  /** Absent: nobody signs in there. */
  readonly signIn?: SignInPlace;
};

type Asked = { readonly ok: true; readonly page: AmphoraPage } | Refusal;

/** Asks the page at this address, as cli/sign-in/page-address.ts gives it. */
export async function askPage(pageUrl: string): Promise<Asked> {
  const address = `${pageUrl}config.json`;
  try {
    const response = await fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
    const { status, headers } = response;
    if (status >= 300 && status < 400) return moved(pageUrl, headers.get('location'));
    if (status !== 200) return noPage(pageUrl, `its config.json is answered with status ${status}`);
    const text = await boundedText(response, MAX_CONFIG_BYTES);
    if (text === undefined) return noPage(pageUrl, `its config.json has more than ${MAX_CONFIG_BYTES} bytes`);
    return pageOf(pageUrl, text);
  } catch (error) {
    const reason = networkReason(error);
    return refusal(
      `nothing answers at ${pageUrl} (${reason}); check the address and the network, or start it if it is an Amphora of this machine`,
    );
  }
}

function moved(pageUrl: string, location: string | null): Refusal {
  const to = location === null ? null : URL.parse(location, pageUrl);
  return refusal(
    `${pageUrl} sends on to ${to === null ? 'another address' : to.origin}; give the address that the page is at`,
  );
}

const noPage = (pageUrl: string, why: string): Refusal =>
  refusal(
    `what answers at ${pageUrl} is not the page of an Amphora: ${why}. Give the address that the page opens at in a browser`,
  );

function pageOf(pageUrl: string, text: string): Asked {
  const config = jsonMembers(text);
  const { apiUrl, signIn } = config;
  if (typeof apiUrl !== 'string') return noPage(pageUrl, 'its config.json names no API');
  const api = URL.parse(apiUrl === '' ? '/' : apiUrl, pageUrl);
  // A page speaks to its own origin only (its content security policy); a login must not travel further than that.
  if (api === null || api.origin !== new URL(pageUrl).origin) {
    return noPage(pageUrl, `its config.json names an API elsewhere, ${shortened(apiUrl, SHOWN_CHARACTERS)}`);
  }
  const page = { pageUrl, apiUrl: `${api.origin}${api.pathname}`.replace(/\/+$/, '') };
  if (signIn === undefined) return { ok: true, page };
  const place = typeof signIn === 'object' && signIn !== null ? signInOf({ ...signIn }) : undefined;
  return place === undefined
    ? refusal(
        `the config.json of ${pageUrl} does not say where the command line signs in; deploy that Amphora again with this version`,
      )
    : { ok: true, page: { ...page, signIn: place } };
}

function signInOf(config: Readonly<Record<string, unknown>>): SignInPlace | undefined {
  const { url, cliClientId, clientId: pageClientId, redirectUri } = config;
  if (typeof url !== 'string' || typeof cliClientId !== 'string' || cliClientId === '') return undefined;
  if (typeof pageClientId !== 'string' || typeof redirectUri !== 'string') return undefined;
  const back = URL.parse(redirectUri);
  if (back === null || !isSafe(back)) return undefined;
  const parsed = URL.parse(url);
  if (parsed === null || !isSafe(parsed) || parsed.search !== '' || parsed.hash !== '') return undefined;
  // The redirect address as it is written: the service compares it to the letter.
  const place = { clientId: cliClientId, pageClientId, redirectUri };
  return { url: `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, ''), ...place };
}
