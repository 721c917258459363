/** The two pages that a browser without the cookie may see. No script, and nothing from elsewhere. */
import { createHash } from 'node:crypto';
import { escaped } from '../html.ts';

const STYLE =
  ':root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}';
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'`,
  'x-content-type-options': 'nosniff',
  // The address of the first page holds the token.
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/**
 * Goes on to the page without the token in its address. Not by a redirect: the cookie is SameSite=Strict, and a browser that
 * came from a page elsewhere would not send it along one; from here on it comes from ourselves.
 */
export function openedPage(path: string, others: URLSearchParams): string {
  const target = escaped(others.size === 0 ? path : `${path}?${others.toString()}`);
  return page(
    'Amphora',
    `<meta http-equiv="refresh" content="0;url=${target}">`,
    `<p>This browser may see Amphora from now on. <a href="${target}">Open Amphora</a></p>`,
  );
}

export function refusedPage(): string {
  return page(
    'Amphora: who are you?',
    '',
    `<h1>This browser is not known here yet</h1>
<p>Open the link that <code>./amphora start</code> printed on the machine where Amphora runs, or scan the code below it. The
link is long: copy the whole of it. An old link stops working when Amphora was started with <code>--rotate-token</code>.</p>`,
  );
}

function page(title: string, head: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${title}</title>
${head}
<style>${STYLE}</style>
<main>
${body}
</main>
</html>
`;
}
