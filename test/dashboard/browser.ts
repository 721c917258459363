/** A page that takes note of whatever must not happen. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

export type Watched = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors, exceptions, CSP violations and requests to elsewhere. */
  readonly problems: readonly string[];
};

/** `alsoFrom`: where else the page may lead, as to the sign-in. */
export type PageOptions = BrowserContextOptions & { readonly alsoFrom?: string };

export async function openPage(
  browser: Browser,
  url: string,
  { alsoFrom, ...options }: PageOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const origins = [new URL(url).origin, alsoFrom];
  page.on('console', (message) => {
    // The browser's own words of an answer of 401: this is how the page learns that nobody is signed in.
    if (alsoFrom !== undefined && message.text().includes('status of 401')) return;
    if (message.type() === 'error' || message.type() === 'warning')
      problems.push(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!origins.includes(new URL(request.url()).origin)) problems.push(`request to ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(url).host) problems.push(`socket to ${socket.url()}`);
  });
  await page.exposeFunction('noteViolation', (directive: string) => problems.push(`CSP: ${directive}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
      const note: unknown = Reflect.get(window, 'noteViolation');
      if (typeof note === 'function') note(violatedDirective);
    });
  });
  await page.goto(url);
  return { page, context, problems };
}
