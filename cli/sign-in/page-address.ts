/** The address of a page, in the one form that logins are kept under. */
import { type Refusal, refusal } from '../command.ts';

type PageAddress = { readonly ok: true; readonly url: string } | Refusal;

/** As typed to its folder, with a slash at its end: `d111.cloudfront.net` to `https://d111.cloudfront.net/`. */
export function pageAddress(text: string): PageAddress {
  const typed = text.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `${schemeOf(typed)}://${typed}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return refusal(`the page's address must be one like https://example.org/, not '${text}'`);
  }
  if (url.username !== '' || url.password !== '') {
    return refusal("the page's address takes no user name or password; leave them out");
  }
  if (!isSafe(url)) {
    return refusal(
      `${url.origin} is not https: the login would travel readable by others; give the page's https address`,
    );
  }
  const folder = url.pathname.replace(/\/index\.html$/, '/').replace(/\/*$/, '/');
  return { ok: true, url: `${url.origin}${folder}` };
}

/** Whether a token may be sent there: encrypted, or within this machine. */
export const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));

/** On this machine the page is where the API is, at the root; of another address only its owner knows. */
export function localPageOf(apiUrl: string): string | undefined {
  const url = URL.parse(apiUrl);
  return url !== null && isLoopback(url.hostname) && url.pathname === '/' ? url.href : undefined;
}

/** Where that page shows this battery. Only at the root is a folder answered with the page: a bucket lists its files. */
export const batteryPage = (pageUrl: string, battery: string): string =>
  `${pageUrl}${new URL(pageUrl).pathname === '/' ? '' : 'index.html'}?battery=${battery}`;

/** Reached from this machine only. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What a browser takes for the scheme of an address without one. */
const schemeOf = (typed: string): 'http' | 'https' =>
  LOOPBACK.test(typed.replace(/[:/?#].*$/, '')) || typed.startsWith('[::1]') ? 'http' : 'https';
