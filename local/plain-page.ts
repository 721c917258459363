/** A page of a few words, without a script and with nothing from elsewhere. */
import { createHash } from 'node:crypto';
import { escaped } from './html.ts';

export type PlainPage = {
  readonly title: string;
  /** HTML, as the body is. */
  readonly head?: string;
  readonly body: string;
};

// The colours of dashboard/colours.css, which a page without files of its own cannot load.
const STYLE = `
:root { color-scheme: light dark; --background: #ffffff; --panel: #f5f6f8; --ink: #14181d; --link: #0a66c2; }
@media (prefers-color-scheme: dark) {
  :root { --background: #0f1216; --panel: #191d23; --ink: #e8ebef; --link: #5ab0ff; }
}
body { margin: 0; background: var(--background); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { box-sizing: border-box; max-width: 26rem; margin: 12vh auto 0; padding: 1.5rem; border-radius: 0.5rem; background: var(--panel); }
h1 { margin: 0.75rem 0 0.25rem; font-size: 1.25rem; font-weight: 500; }
p { margin: 0; }
a { color: var(--link); }
code { white-space: nowrap; }
.name { font-weight: 600; }
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

export const PLAIN_PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'`,
  'x-content-type-options': 'nosniff',
  // The page's own address may hold a token, or a code.
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

export const plainPage = ({ title, head = '', body }: PlainPage): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
${head}
<style>${STYLE}</style>
<main>
<p class="name">Amphora</p>
${body}
</main>
</html>
`;
