/** The two pages that a browser without the cookie may see. No script, and nothing from elsewhere. */
import { escaped } from '../html.ts';
import { PLAIN_PAGE_HEADERS, plainPage } from '../plain-page.ts';

export const PAGE_HEADERS = { ...PLAIN_PAGE_HEADERS, 'cross-origin-opener-policy': 'same-origin' } as const;

/**
 * Goes on to the page without the token in its address. Not by a redirect: the cookie is SameSite=Strict, and a browser that
 * came from a page elsewhere would not send it along one; from here on it comes from ourselves.
 */
export function openedPage(path: string, others: URLSearchParams): string {
  const target = escaped(others.size === 0 ? path : `${path}?${others.toString()}`);
  return plainPage({
    title: 'Amphora',
    head: `<meta http-equiv="refresh" content="0;url=${target}">`,
    body: `<p>This browser may see Amphora from now on. <a href="${target}">Open Amphora</a></p>`,
  });
}

export function refusedPage(): string {
  return plainPage({
    title: 'Amphora: who are you?',
    body: `<h1>This browser is not known here yet</h1>
<p>Open the link that <code>./amphora start</code> printed on the machine where Amphora runs, or scan the code below it. The
link is long: copy the whole of it. An old link stops working when Amphora was started with <code>--rotate-token</code>.</p>`,
  });
}
