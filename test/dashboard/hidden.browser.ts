import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { inState, pages, SECOND_MS, sample, top, value } from './page-fixture.ts';

const { start, open } = pages();

const HOUR_MS = 3_600_000;
const LIVE = '.live[data-state="live"]';

/** As the browser tells it of a tab behind another; in a browser that a program drives each tab is the foremost of its window. */
async function hide(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);
}

/** On a clock that the test moves, with a battery that has sent every 10 s; and every path that it asks for from now on. */
async function opened() {
  const { post } = await start('--no-demo');
  await post('/batteries/boat/telemetry', {
    samples: Array.from({ length: 20 }, (_, i) => sample(1 + i * 10, { charge: 2.41, soc: 63 })),
  });
  const { page, problems } = await open('/?battery=boat');
  await page.clock.install();
  await page.reload();
  await inState(page, 'live');
  await page.locator('.figures').waitFor();
  await page.locator('.status').waitFor();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  /** When this is asked, all that was asked before is noted. */
  const settled = (): Promise<unknown> => page.evaluate(async () => (await fetch('health')).ok);
  return { page, problems, post, asked, settled };
}

describe('a page that nobody can see', () => {
  test('asks for nothing, whatever is sent and however long', async () => {
    const { page, problems, post, asked, settled } = await opened();
    await hide(page, true);
    await settled();
    asked.length = 0;
    for (const charge of [3, 4]) {
      await post('/batteries/boat/telemetry', { charge });
      await page.clock.runFor(HOUR_MS);
    }
    await settled();
    expect(asked).toEqual(['/health']);
    expect(problems).toEqual([]);
  });

  test('says how old its values are as soon as it is seen again, and asks for all that it shows', async () => {
    const { page, problems, post, asked } = await opened();
    await hide(page, true);
    await post('/batteries/boat/telemetry', { charge: 3 });
    await page.clock.runFor(HOUR_MS);
    const answers = Promise.withResolvers<void>();
    // Until it is answered, it has only what it knew before.
    await page.route(/\/(livedata|read|status)\b/, async (route) => {
      await answers.promise;
      await route.continue();
    });
    asked.length = 0;
    await hide(page, false);
    await page.locator('.live[data-state="stale"]').waitFor({ timeout: SECOND_MS });
    expect(await top(page).locator('.state-line').innerText()).toMatch(/stale ·\s+1 h ago/);
    expect(await value(page, 'power').getAttribute('data-quality')).toBe('stale');
    expect([...new Set(asked)].sort()).toEqual(['/batteries', '/livedata', '/read', '/status']);
    answers.resolve();
    await page.locator(`${LIVE} [data-field="charge"][data-value="3"]`).waitFor();
    expect(problems).toEqual([]);
  });
});
