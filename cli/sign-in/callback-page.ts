/** What the browser is shown when it comes back from a sign-in: a page of its own, that loads nothing. */
import { createHash } from 'node:crypto';
import { escaped } from '../../local/html.ts';

export type CallbackWords = { readonly title: string; readonly sentence: string };

// The colours of dashboard/colours.css, which a page without files of its own cannot load.
const STYLE = `
:root { color-scheme: light dark; --background: #ffffff; --panel: #f5f6f8; --ink: #14181d; }
@media (prefers-color-scheme: dark) { :root { --background: #0f1216; --panel: #191d23; --ink: #e8ebef; } }
body { margin: 0; background: var(--background); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { box-sizing: border-box; max-width: 26rem; margin: 12vh auto 0; padding: 1.5rem; border-radius: 0.5rem; background: var(--panel); }
p { margin: 0; }
h1 { margin: 0.75rem 0 0.25rem; font-size: 1.25rem; font-weight: 500; }
.name { font-weight: 600; }
`;

/** Nothing but this very style. */
export const CALLBACK_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'`;

export const callbackPage = ({ title, sentence }: CallbackWords): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – Amphora</title>
<style>${STYLE}</style>
<main>
<p class="name">Amphora</p>
<h1>${escaped(title)}</h1>
<p>${escaped(sentence)}</p>
</main>
</html>
`;
