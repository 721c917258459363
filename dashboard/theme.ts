/** Light or dark: as the system says, unless the reader chose here. Runs before the first paint. */
const KEY = 'amphora-theme';

export type Theme = 'light' | 'dark';

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
    return null;
  }
}

export function applyStoredTheme(): void {
  const theme = stored();
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
}

export function currentTheme(): Theme {
  return (document.documentElement.dataset['theme'] ?? (systemIsDark.matches ? 'dark' : 'light')) === 'dark'
    ? 'dark'
    : 'light';
}

/** To the other one. The choice that the system makes anyway is not kept, so that the page follows it again. */
export function switchTheme(): Theme {
  const next: Theme = currentTheme() === 'dark' ? 'light' : 'dark';
  const isSystems = (next === 'dark') === systemIsDark.matches;
  if (isSystems) delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = next;
  try {
    if (isSystems) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // See above.
  }
  return next;
}

/** When what colours depend on changes outside of the page. */
export function onSystemColours(changed: () => void): void {
  for (const query of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)']) {
    matchMedia(query).addEventListener('change', changed);
  }
}
