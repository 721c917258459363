/** The chart of a month of a million stored readings, which the server answers in steps, beside the bare question for them. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import type { Point } from '../../lambdas/store/store.ts';
import { withAmphora } from '../child.ts';
import { type Figure, figure, quantile } from '../figure.ts';
import { browserScript, notedMs, withVisit } from './visits.ts';

const READINGS = 1_000_000;
const AT_ONCE = 10_000;
const MONTH_MS = 30 * 86_400_000;
const TURNS = 3;

export async function chartOfAMillion(browser: Browser): Promise<readonly Figure[]> {
  return withAmphora(async (amphora) => {
    await fill(amphora.dataDir);
    const scripts = [await browserScript('noted')];
    const [opened, chosen, bare]: [number[], number[], number[]] = [[], [], []];
    for (let turn = 0; turn < TURNS; turn += 1) {
      await withVisit(browser, { scripts }, async ({ page }) => {
        await page.goto(`${amphora.url}/?battery=month&range=31d`, { waitUntil: 'commit' });
        opened.push(await notedMs(page, 'chart'));
        await page.getByRole('button', { name: '15 minutes' }).click();
        await page.locator('.readout').waitFor();
        chosen.push(await choose(page, '31 days'));
        bare.push(await bareQuestion(page));
      });
    }
    const base = quantile(bare, 0.5);
    const of = 'ms of the bare question for its steps';
    return [
      figure('page/chart', quantile(opened, 0.5), 'ms', base, of),
      figure('page/chart-chosen', quantile(chosen, 0.5), 'ms', base, of),
    ];
  });
}

/** From the click on until the other range is painted. */
function choose(page: Page, range: string): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const beganMs = performance.now();
    const isThere = () => Number(document.querySelector('[data-field="charge.count"]')?.dataset.value) > ${READINGS / 2};
    const there = new Promise((resolve) => {
      const observer = new MutationObserver(() => isThere() && (observer.disconnect(), resolve()));
      observer.observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
    });
    document.querySelector('[aria-label="${range}"]').click();
    await there;
    return (await noted.drawn()) - beganMs;
  })()`);
}

function bareQuestion(page: Page): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const beganMs = performance.now();
    const query = new URLSearchParams({ shape: 'series', points: '600', battery: 'month', begin: '-31d', end: 'now()' });
    await (await fetch('/read?' + query, { cache: 'no-store' })).json();
    return performance.now() - beganMs;
  })()`);
}

// Past its functions, which would take a minute.
async function fill(dataDir: string): Promise<void> {
  const store = sqliteStore({ file: join(dataDir, 'store.sqlite') });
  const firstMs = Date.now() - MONTH_MS;
  try {
    for (let from = 0; from < READINGS; from += AT_ONCE) {
      await store.append(Array.from({ length: AT_ONCE }, (_, i) => point(from + i, firstMs)));
    }
  } finally {
    await store.close();
  }
}

function point(i: number, firstMs: number): Point {
  const side = i % 40_000 < 24_000 ? 'charge' : 'discharge';
  const atMs = Math.round(firstMs + (i * MONTH_MS) / READINGS);
  const fields = { [side]: 1 + (i % 50) / 10, soc: i % 100 };
  return { measurement: 'battery', battery: 'month', atMs, nanos: 0, fingerprint: 0, fields };
}
