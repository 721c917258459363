/** The page in the emulator: below a path of its own, with the API below another, and still one origin. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../scripts/chromium.ts';
import { post } from '../emulator/http.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from '../emulator/running.ts';
import { openPage } from './browser.ts';

const START_MS = 120_000;

let emulator: RunningEmulator;
let stack: RunningStack;
let browser: Browser;

beforeAll(async () => {
  emulator = await startEmulator();
  [stack, browser] = await Promise.all([emulator.deploy(), launchChromium()]);
}, START_MS);
afterAll(async () => {
  await browser?.close();
  await emulator?.end();
});

describe('the deployed page', () => {
  test('shows what was sent, from one origin, and nothing of it goes wrong', async () => {
    await post(stack.apiUrl, '/charge', { charge: 12, unit: 'kW' });
    const { page, context, problems } = await openPage(browser, `${stack.pageUrl}?battery=default`);
    await page.locator('.live [data-field="charge"]').first().getByText('12').waitFor();
    await page.getByRole('link', { name: 'Amphora' }).click();
    await page.waitForURL((url) => url.pathname === new URL(stack.pageUrl).pathname && url.search === '');
    await page.locator('.live [data-state], .live[data-state]').first().waitFor();
    await page.getByRole('link', { name: 'API' }).click();
    await page.getByRole('heading', { level: 1, name: /API/ }).waitFor();
    await page.getByRole('link', { name: 'Amphora' }).click();
    await page.locator('.live').waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });

  test('tells a new battery’s first line, and shows what the line sends', async () => {
    const { page, context } = await openPage(browser, `${stack.pageUrl}?battery=newcomer`);
    const line = (await page.locator('.first-line code').first().textContent()) ?? '';
    const { url, body } = /^curl -X POST '(?<url>[^']+)' -H .* -d '(?<body>[^']+)'$/.exec(line)?.groups ?? {};
    expect(url).toBe(`${stack.apiUrl}/batteries/newcomer/telemetry`);
    expect((await post(url ?? '', '', JSON.parse(body ?? ''))).status).toBe(202);
    // Long before the half minute in which a known battery is asked for again.
    await page.locator('.live [data-field="charge"]').first().getByText('10').waitFor({ timeout: 10_000 });
    await context.close();
  });

  test('has hashed assets that are kept for ever, and a page and a configuration that are asked for again', async () => {
    const answer = await fetch(stack.pageUrl);
    const asset = /src="(assets\/main[^"]*)"/.exec(await answer.text())?.[1] ?? '';
    const script = await fetch(new URL(asset, stack.pageUrl));
    const config = await fetch(new URL('config.json', stack.pageUrl));
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(config.headers.get('cache-control')).toBe('no-cache');
    expect(await config.json()).toEqual({
      apiUrl: stack.apiPath,
      minPollSeconds: 2,
      local: false,
      topicRoot: 'battery',
    });
  });
});
