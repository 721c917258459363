import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { pages, sample } from './page-fixture.ts';

const { start, open } = pages();

const READINGS = Array.from({ length: 60 }, (_, i) => sample(i * 10 + 1, { charge: 2 + i / 60, soc: 60 }));
const newest = (page: Page, charge: number) => page.locator(`.rows tbody tr:first-child [data-value="${charge}"]`);

/** How often the page asked for its rows and for its chart. */
function asked(page: Page): { rows: number; series: number } {
  const counts = { rows: 0, series: 0 };
  page.on('request', (request) => {
    const shape = new URL(request.url()).searchParams.get('shape');
    if (shape === 'wide') counts.rows += 1;
    if (shape === 'series') counts.series += 1;
  });
  return counts;
}

describe('the rows below the chart', () => {
  test('are asked for again only while they are in view, and are up to date as soon as they are', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { samples: READINGS });
    const { page, problems } = await open('/?battery=boat', { viewport: { width: 360, height: 640 } });
    await page.locator('.rows tbody tr').nth(59).waitFor({ state: 'attached' });
    const counts = asked(page);
    await post('/batteries/boat/telemetry', sample(0, { charge: 7.25, soc: 60 }));
    await page.locator('[data-field="charge.count"][data-value="61"]').waitFor();
    expect(counts.series).toBeGreaterThan(0);
    expect(counts.rows).toBe(0);
    await page.locator('.rows').scrollIntoViewIfNeeded();
    await newest(page, 7.25).waitFor();
    await post('/batteries/boat/telemetry', sample(0, { charge: 8.5, soc: 60 }));
    await newest(page, 8.5).waitFor();
    expect(problems).toEqual([]);
  });

  test('stay the elements that they are when a newer one comes before them', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { samples: READINGS });
    const { page } = await open('/?battery=boat');
    await page.locator('.rows').scrollIntoViewIfNeeded();
    await page.locator('.rows tbody tr').nth(59).waitFor();
    const first = await page.locator('.rows tbody tr').first().elementHandle();
    await post('/batteries/boat/telemetry', sample(0, { charge: 7.25, soc: 60 }));
    await newest(page, 7.25).waitFor();
    expect(await first?.evaluate((row) => [...(row.parentElement?.children ?? [])].indexOf(row))).toBe(1);
  });
});
