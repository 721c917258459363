/** Pages opened to be measured: each in a context of its own, which has nothing in its cache. */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { ROOT } from '../child.ts';

export type Visit = { readonly page: Page; readonly context: BrowserContext; readonly cdp: CDPSession };

/** How it is for whoever looks. */
export type Conditions = {
  readonly cpuSlowdown: number;
  readonly network:
    | { readonly latencyMs: number; readonly downloadMbit: number; readonly uploadMbit: number }
    | undefined;
};

export const ORDINARY: Conditions = { cpuSlowdown: 1, network: undefined };
/** Lighthouse's phone: a quarter of this processor, and its "slow 4G". */
export const THROTTLED: Conditions = {
  cpuSlowdown: 4,
  network: { latencyMs: 150, downloadMbit: 1.6, uploadMbit: 0.75 },
};

const BYTES_PER_MBIT = 125_000;

/** `scripts` run before the page's own. */
export async function withVisit<T>(
  browser: Browser,
  { conditions = ORDINARY, scripts = [] }: { readonly conditions?: Conditions; readonly scripts?: readonly string[] },
  measure: (visit: Visit) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  try {
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    for (const content of scripts) await page.addInitScript({ content });
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: conditions.cpuSlowdown });
    if (conditions.network !== undefined) {
      const { latencyMs, downloadMbit, uploadMbit } = conditions.network;
      await cdp.send('Network.enable');
      await cdp.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: latencyMs,
        downloadThroughput: downloadMbit * BYTES_PER_MBIT,
        uploadThroughput: uploadMbit * BYTES_PER_MBIT,
      });
    }
    return await measure({ page, context, cdp });
  } finally {
    await context.close();
  }
}

/** A file of in-browser/ as one script. */
export const browserScript = (name: string): Promise<string> =>
  bundled(join(import.meta.dirname, 'in-browser', `${name}.ts`));

/** What the page is drawn with. */
export const pageStyle = (): Promise<string> => bundled(join(ROOT, 'dashboard', 'style.css'));

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

const PATIENCE_MS = 30_000;

/** When in-browser/noted.ts saw what it notes under a name, as soon as it has. */
export async function notedMs(page: Page, name: string): Promise<number> {
  const given = new AbortController();
  const late = wait(PATIENCE_MS, undefined, { signal: given.signal }).then(() => {
    throw new Error(`${page.url()} had no ${name} after ${PATIENCE_MS / 1000} s`);
  });
  try {
    return await Promise.race([page.evaluate<number>(`noted.whenMs(${JSON.stringify(name)})`), late]);
  } finally {
    given.abort();
    late.catch(() => undefined);
  }
}
