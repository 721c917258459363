import { describe, expect, test } from '@jest/globals';
import { inState, PHONE, pages, sample } from './page-fixture.ts';

const { start, open } = pages();

describe('the page', () => {
  test('leads back to the battery that was shown before', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { charge: 1 });
    await post('/batteries/garage/telemetry', { charge: 2 });
    const { page, problems } = await open('/');
    await page.locator('.live[data-battery="garage"][data-state="live"]').waitFor();
    await page.getByRole('combobox', { name: 'Battery' }).selectOption('boat');
    await page.locator('.live[data-battery="boat"][data-state="live"]').waitFor();
    expect(new URL(page.url()).search).toBe('?battery=boat');
    await page.goBack();
    await page.locator('.live[data-battery="garage"][data-state="live"]').waitFor();
    expect(problems).toEqual([]);
  });

  test('fits a phone: nothing wider than it, what matters above the fold, everything as large as a thumb', async () => {
    const { post } = await start();
    await post('/batteries/boat/telemetry', { samples: [sample(1, { charge: 2.41, soc: 63, voltage: 52.9 })] });
    const { page, problems } = await open('/', PHONE);
    await page.locator('.figures').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    for (const part of ['.sentence', '.power', '.bar', '.sides']) {
      const box = await page.locator(part).first().boundingBox();
      expect((box?.y ?? 0) + (box?.height ?? 9999)).toBeLessThanOrEqual(640);
    }
    for (const target of await page.locator('button, select, a').all()) {
      const box = await target.boundingBox();
      expect(Math.round(box?.height ?? 0)).toBeGreaterThanOrEqual(44);
      expect(Math.round(box?.width ?? 0)).toBeGreaterThanOrEqual(44);
    }
    expect(problems).toEqual([]);
  });

  test('reflows at twice the text size', async () => {
    await start();
    const { page } = await open('/', PHONE);
    await inState(page, 'live');
    await page.locator('.figures').waitFor();
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  });

  test('can be walked through by keys, and always shows where one is', async () => {
    await start();
    const { page } = await open('/');
    await page.locator('.figures').waitFor();
    const reached: string[] = [];
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return undefined;
        const ring = element.closest('.picker') ?? element;
        const { outlineStyle, outlineWidth } = getComputedStyle(ring);
        const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
        return { name: `${element.tagName} ${name.slice(0, 20)}`, ring: `${outlineStyle} ${outlineWidth}` };
      });
      if (focused === undefined) break;
      expect(focused).toMatchObject({ ring: 'solid 2px' });
      reached.push(focused.name);
    }
    for (const wanted of [
      /^SELECT/,
      /Dark colours/,
      /remove/,
      /Copy the HTTP/,
      /Line/,
      /Table/,
      /1 hour/,
      /Earlier/,
      /^DIV Charge above/,
      /Rows/,
    ]) {
      expect(reached.some((name) => wanted.test(name))).toBe(true);
    }
  });

  test('is light or dark as the system says, until the reader chooses, and keeps the choice', async () => {
    await start();
    const { page, problems } = await open('/', { colorScheme: 'dark' });
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await inState(page, 'live');
    expect(await background()).toBe('rgb(15, 18, 22)');
    await page.getByRole('button', { name: 'Light colours' }).click();
    expect(await background()).toBe('rgb(255, 255, 255)');
    await page.reload();
    await inState(page, 'live');
    expect(await background()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.getByRole('button', { name: 'Dark colours' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('asks where Amphora is while its script is still on its way, and once', async () => {
    await start();
    const { page, problems } = await open('/');
    await inState(page, 'live');
    const script = Promise.withResolvers<void>();
    await page.route(/assets\/main-.*\.js$/, async (route) => {
      await script.promise;
      await route.continue();
    });
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/config.json')) asked += 1;
    });
    const answered = page.waitForResponse(/config\.json$/);
    const loaded = page.reload();
    await answered;
    script.resolve();
    await loaded;
    await inState(page, 'live');
    expect(asked).toBe(1);
    expect(problems).toEqual([]);
  });

  test('has the API’s own page behind its link', async () => {
    await start();
    const { page, problems } = await open('/');
    await page.getByRole('link', { name: 'API' }).click();
    await page.getByRole('heading', { level: 1, name: /API/ }).waitFor();
    expect(problems).toEqual([]);
  });
});
