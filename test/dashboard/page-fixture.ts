/** A browser for a file of tests, and a runtime and a page for each of them; what they ask of the page. */
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/chromium.ts';
import { openPage, type PageOptions, type Watched } from './browser.ts';
import { type LocalRuntime, startLocalRuntime } from './local-runtime.ts';

const PATIENCE_MS = 15_000;
export const SECOND_MS = 1000;
export const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };

export type Pages = {
  readonly start: (...flags: readonly string[]) => Promise<LocalRuntime>;
  /** A path of the runtime that was started. */
  readonly open: (path: string, options?: PageOptions) => Promise<Watched>;
};

/** Opens the browser before the file's tests, and closes after each what it started. */
export function pages(): Pages {
  let browser: Browser;
  let runtime: LocalRuntime | undefined;
  let watched: Watched | undefined;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await watched?.context.close();
    await runtime?.remove();
    watched = undefined;
    runtime = undefined;
  });
  return {
    start: async (...flags) => {
      runtime = await startLocalRuntime(...flags);
      return runtime;
    },
    open: async (path, options) => {
      if (runtime === undefined) throw new Error('start the runtime first');
      const { url, signInUrl } = runtime;
      const sign = signInUrl === undefined ? {} : { alsoFrom: signInUrl };
      watched = await openPage(browser, `${url}${path}`, { ...sign, ...options });
      watched.page.setDefaultTimeout(PATIENCE_MS);
      return watched;
    },
  };
}

export const top = (page: Page): Locator => page.locator('.live');
export const value = (page: Page, field: string): Locator => page.locator(`.live [data-field="${field}"]`).first();

export async function inState(page: Page, state: string): Promise<void> {
  await page.locator(`.live[data-state="${state}"]`).waitFor();
}

/** Of a battery's readings, so many seconds ago. */
export function sample(secondsAgo: number, fields: Readonly<Record<string, number>>): object {
  return { timestamp: new Date(Date.now() - secondsAgo * SECOND_MS).toISOString(), ...fields };
}

/** What the canvas shows cannot be asked; what is written in the page's own colours can. */
export async function styleOf(locator: Locator): Promise<{ color: string; fontStyle: string; fontWeight: string }> {
  return locator.evaluate((element) => {
    const { color, fontStyle, fontWeight } = getComputedStyle(element);
    return { color, fontStyle, fontWeight };
  });
}

export async function colourOf(page: Page, name: string): Promise<string> {
  return page.evaluate((variable) => {
    const probe = document.createElement('span');
    probe.style.color = `var(${variable})`;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }, name);
}
