/** What a person sees of the sign-in: plain HTML, no script, the product's own colours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escaped } from '../html.ts';

export type SignInForm = {
  /** Where the form goes, and where the person goes instead. */
  readonly action: string;
  readonly cancel: string;
  /** Who asked for it. */
  readonly program: string;
  readonly email: string;
  readonly addCommand: string;
  readonly problem?: string;
};

const ROOT = join(import.meta.dirname, '..', '..');

/** The page's icon and its style, as files of this address. */
export const SIGN_IN_FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ['/favicon.svg', { type: 'image/svg+xml', text: fileText('dashboard', 'favicon.svg') }],
  [
    '/sign-in.css',
    {
      type: 'text/css; charset=utf-8',
      text: [
        fileText('dashboard', 'colours.css'),
        fileText('dashboard', 'base.css'),
        fileText('local', 'sign-in', 'sign-in.css'),
      ].join('\n'),
    },
  ],
]);

export function signInPage({ action, cancel, program, email, addCommand, problem }: SignInForm): string {
  // What went wrong stands first, and the cursor where it can be mended.
  const [focusEmail, focusPassword] = email === '' ? [' autofocus', ''] : ['', ' autofocus'];
  return page(
    'Sign in',
    `<p>To go on to ${escaped(program)}.</p>
${problem === undefined ? '' : `<p class="problem" role="alert" id="problem">${escaped(problem)}</p>`}
<form method="post" action="${escaped(action)}">
<label for="username">E-mail</label>
<input id="username" name="username" type="email" autocomplete="username" maxlength="254" required value="${escaped(email)}"${focusEmail}${problem === undefined ? '' : ' aria-describedby="problem"'}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="256" required${focusPassword}>
<div class="actions">
<button type="submit">Sign in</button>
<a href="${escaped(cancel)}">Cancel</a>
</div>
</form>
<p class="note">No account yet? In a terminal on this computer, <code>${escaped(addCommand)}</code> makes one and prints its password.</p>`,
  );
}

export function messagePage(title: string, sentence: string): string {
  return page(title, `<p>${escaped(sentence)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Amphora</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/sign-in.css">
</head>
<body>
<main>
<p class="brand">${MARK}Amphora</p>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

// The icon's own lines, which as a picture would not know dark from light.
const MARK = fileText('dashboard', 'favicon.svg')
  .replace('<svg ', '<svg class="mark" aria-hidden="true" ')
  .replaceAll(/#[0-9a-f]{6}/g, 'currentColor');

function fileText(...path: readonly string[]): string {
  return readFileSync(join(ROOT, ...path), 'utf8');
}
