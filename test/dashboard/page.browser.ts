import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { launch, openPage, type Watched } from './browser.ts';
import { type LocalRuntime, startLocalRuntime } from './local-runtime.ts';

const PATIENCE_MS = 15_000;
const SECOND_MS = 1000;
const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true };

let browser: Browser;
let runtime: LocalRuntime | undefined;
let watched: Watched | undefined;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
afterEach(async () => {
  await watched?.context.close();
  await runtime?.remove();
  watched = undefined;
  runtime = undefined;
});

async function start(...flags: readonly string[]): Promise<LocalRuntime> {
  runtime = await startLocalRuntime(...flags);
  return runtime;
}

async function open(path: string, options?: BrowserContextOptions): Promise<Watched> {
  if (runtime === undefined) throw new Error('start the runtime first');
  watched = await openPage(browser, `${runtime.url}${path}`, options);
  watched.page.setDefaultTimeout(PATIENCE_MS);
  return watched;
}

const top = (page: Page): Locator => page.locator('.live');
const value = (page: Page, field: string): Locator => page.locator(`.live [data-field="${field}"]`).first();

async function inState(page: Page, state: string): Promise<void> {
  await page.locator(`.live[data-state="${state}"]`).waitFor();
}

/** Of a battery's readings, so many seconds ago. */
function sample(secondsAgo: number, fields: Readonly<Record<string, number>>): object {
  return { timestamp: new Date(Date.now() - secondsAgo * SECOND_MS).toISOString(), ...fields };
}

/** What the canvas shows cannot be asked; what is written in the page's own colours can. */
async function styleOf(locator: Locator): Promise<{ color: string; fontStyle: string; fontWeight: string }> {
  return locator.evaluate((element) => {
    const { color, fontStyle, fontWeight } = getComputedStyle(element);
    return { color, fontStyle, fontWeight };
  });
}

async function colourOf(page: Page, name: string): Promise<string> {
  return page.evaluate((variable) => {
    const probe = document.createElement('span');
    probe.style.color = `var(${variable})`;
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }, name);
}

describe('without a real battery', () => {
  test('the simulation moves, is marked wherever it appears, and stands beside the lines for the first reading', async () => {
    const { url, mqttPort } = await start();
    const { page, problems } = await open('/');
    await inState(page, 'live');
    expect(await top(page).getAttribute('data-simulated')).toBe('true');
    const power = value(page, 'power');
    const firstAt = await power.getAttribute('data-at');
    await page.locator(`.live [data-field="power"]:not([data-at="${firstAt}"])`).waitFor();
    for (const place of ['.live', '.history', '.range-figures', '.rows']) {
      await page.locator(`${place} .tag`, { hasText: 'SIMULATED' }).waitFor();
    }
    expect(await page.locator('.picker option').allTextContents()).toEqual([expect.stringContaining('SIMULATED')]);
    expect(await page.title()).toContain('SIMULATED');
    await page.getByRole('heading', { name: 'Your battery: nothing yet' }).waitFor();
    expect(await page.locator('.first-line code').allTextContents()).toEqual([
      `curl -X POST ${url}/charge -H "Content-Type: application/json" -d '{"charge": 10, "unit": "kW"}'`,
      `mosquitto_pub -h localhost -p ${mqttPort} -t battery/charge -m '{"charge": 10, "unit": "kW"}' -q 1`,
    ]);
    expect(problems).toEqual([]);
  });

  test('one click removes the simulation', async () => {
    const { url } = await start();
    const { page, problems } = await open('/');
    await page.getByRole('button', { name: 'remove' }).click();
    await inState(page, 'never');
    await page.getByText('The simulation is removed').waitFor();
    expect(await page.getByText('SIMULATED').count()).toBe(0);
    expect(await (await fetch(`${url}/batteries`)).json()).toEqual([]);
    expect(problems).toEqual([]);
  });

  test('a first reading is on the page within a second, and the page goes there, once, and says so', async () => {
    const { post } = await start();
    const { page, problems } = await open('/');
    await inState(page, 'live');
    await post('/charge', { charge: 10, unit: 'kW' });
    await page
      .locator('.live [data-battery="default"][data-field="charge"][data-value="10"]')
      .waitFor({ timeout: SECOND_MS });
    await page.getByRole('status').filter({ hasText: 'First reading of default arrived' }).waitFor();
    expect(new URL(page.url()).search).toBe('?battery=default');
    expect(await page.title()).toMatch(/^▲ 10\.0\u202fkW charging · default/);

    // Its period is not known yet, so the page asks every half minute; it hears of the next reading all the same.
    await post('/charge', { charge: 4.25, unit: 'kW' });
    await page
      .locator('.live [data-battery="default"][data-field="charge"][data-value="4.25"]')
      .waitFor({ timeout: SECOND_MS });

    await post('/batteries/boat/telemetry', { discharge: 2 });
    await post('/charge', { charge: 5, unit: 'kW' });
    await page.locator('.live [data-battery="default"][data-field="charge"][data-value="5"]').waitFor();
    expect(new URL(page.url()).search).toBe('?battery=default');
    expect(problems).toEqual([]);
  });
});

describe('a battery', () => {
  test('that is silent turns grey, and says since when and what its period is', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/old/telemetry', {
      samples: Array.from({ length: 20 }, (_, i) => sample(600 + i * 10, { charge: 2.41, soc: 63 })),
    });
    const { page, problems } = await open('/?battery=old');
    await inState(page, 'stale');
    expect(await top(page).innerText()).toMatch(/stale ·\s+10 min ago\s+· its period is 10 s/);
    expect(await top(page).innerText()).toMatch(/last: ?\s*charging/);
    const [stale, ink] = [await colourOf(page, '--stale'), await colourOf(page, '--ink')];
    expect(stale).not.toBe(ink);
    for (const shown of await page.locator('.live .value:not([data-quality="never"])').all()) {
      expect(await shown.getAttribute('data-quality')).toBe('stale');
      expect(await styleOf(shown)).toEqual({ color: stale, fontStyle: 'italic', fontWeight: '400' });
    }
    expect(problems).toEqual([]);
  });

  test('is told in the first words that are heard', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', sample(2, { charge: 2.41, soc: 63 }));
    const { page } = await open('/?battery=boat');
    await inState(page, 'live');
    const words = (await page.locator('body').innerText()).split(/\s+/).slice(0, 40).join(' ');
    expect(words).toMatch(/charging with 2\.41/);
    expect(words).toMatch(/charge level 63/);
    expect(words).toMatch(/live, \d+ s ago/);
  });

  test('with volts and amperes only has its power from V × I, and the page says so', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', sample(1, { voltage: 14, current: 100 }));
    const { page, problems } = await open('/?battery=boat');
    await inState(page, 'live');
    expect(await value(page, 'power').getAttribute('data-value')).toBe('1.4');
    expect(await page.locator('.power').innerText()).toContain('from V × I');
    await page.locator('.rows td.derived[data-field="charge"]', { hasText: '1.4' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('without a reading shows its own lines, and comes alive by itself', async () => {
    const { url, post } = await start('--no-demo');
    const { page, problems } = await open('/?battery=shed');
    await inState(page, 'never');
    expect(await page.locator('.first-line code').first().innerText()).toContain(`${url}/batteries/shed/telemetry`);
    await post('/batteries/shed/telemetry', { charge: 1.5 });
    await inState(page, 'live');
    expect(problems).toEqual([]);
  });

  test('keeps the width of its power from 0 W to 9.99 kW', async () => {
    const { post } = await start('--no-demo');
    await post('/charge', { charge: 0 });
    const { page } = await open('/?battery=default');
    const widths = new Set<number | undefined>();
    for (const charge of [0, 0.004, 1.11, 9.99]) {
      await post('/charge', { charge });
      await page.locator(`.power [data-value="${charge}"]`).waitFor();
      widths.add((await page.locator('.power .value').boundingBox())?.width);
    }
    expect(widths.size).toBe(1);
  });

  test('with an id that cannot be is refused in the API’s own words, with a way out', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/shed/telemetry', { charge: 1.5 });
    const { page } = await open('/?battery=Shed');
    await inState(page, 'refused');
    await page.locator('.contact', { hasText: "did you mean 'shed'?" }).waitFor();
    await page.getByRole('button', { name: 'show the newest battery' }).click();
    await page.locator('.live[data-battery="shed"][data-state="live"]').waitFor();
  });
});

describe('three troubles have three messages', () => {
  test('no network: the device is offline, numbers grey, and back by itself', async () => {
    const { post } = await start('--no-demo');
    await post('/charge', { charge: 10 });
    const { page, context } = await open('/?battery=default');
    await inState(page, 'live');
    await context.setOffline(true);
    await inState(page, 'offline');
    await page.locator('.contact', { hasText: 'This device is offline' }).waitFor();
    expect(await styleOf(value(page, 'power'))).toMatchObject({
      color: await colourOf(page, '--stale'),
      fontWeight: '400',
    });
    expect(await top(page).innerText()).not.toMatch(/\blive\b/);
    await context.setOffline(false);
    await inState(page, 'live');
  });

  test('no Amphora: since when, when it is tried again, and a way to try now', async () => {
    const { post, stop, startAgain } = await start('--no-demo');
    await post('/charge', { charge: 10 });
    const { page } = await open('/?battery=default');
    await inState(page, 'live');
    await stop();
    // Any sign of a person coming back makes the page ask.
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await inState(page, 'unreachable');
    expect(await page.locator('.contact').innerText()).toMatch(
      /No answer from Amphora since \d.*, trying again in \d+ s/,
    );
    expect(await styleOf(value(page, 'power'))).toMatchObject({
      color: await colourOf(page, '--stale'),
      fontWeight: '400',
    });
    expect(await value(page, 'power').innerText()).toMatch(/^10\.0/);
    expect(await page.title()).toMatch(/^No answer/);
    await startAgain();
    await page.getByRole('button', { name: 'try now' }).click();
    await inState(page, 'live');
  });
});

describe('the chart', () => {
  const AN_HOUR = Array.from({ length: 60 }, (_, i) => sample(i * 10 + 1, { charge: 2 + i / 60, soc: 60 }));

  test('can be read by keys, and is spoken', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { samples: AN_HOUR });
    const { page, problems } = await open('/?battery=boat');
    const readout = page.locator('.readout');
    await readout.waitFor();
    const chart = page.getByRole('application');
    await chart.focus();
    await page.keyboard.press('End');
    const spoken = page.locator('.plot [aria-live]');
    const newest = await spoken.innerText();
    expect(newest).toMatch(/charge 2\.\d+/);
    await page.keyboard.press('Shift+ArrowLeft');
    await page.waitForFunction((before) => document.querySelector('.plot [aria-live]')?.textContent !== before, newest);
    expect(await readout.getAttribute('data-at-cursor')).toBe('true');
    await page.keyboard.press('Escape');
    await page.locator('.readout[data-at-cursor="false"]').waitFor();
    await page.keyboard.press('-');
    await page.getByRole('button', { name: '1 hour', pressed: true }).waitFor();
    expect(problems).toEqual([]);
  });

  test('tells its figures and itself as a table', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { samples: AN_HOUR });
    const { page, problems } = await open('/?battery=boat');
    expect(Number(await page.locator('[data-field="charge.count"]').getAttribute('data-value'))).toBe(60);
    expect(Number(await page.locator('[data-field="charge.max"]').getAttribute('data-value'))).toBeCloseTo(2 + 59 / 60);
    expect(await page.locator('.range-figures').innerText()).toContain('none in this range');
    await page.getByRole('button', { name: 'Table' }).click();
    const rows = await page.locator('.chart-table tbody tr').count();
    expect(rows).toBeGreaterThan(10);
    expect(rows).toBeLessThanOrEqual(100);
    await page.getByRole('button', { name: 'Bars' }).click();
    await page.locator('.plot canvas').first().waitFor();
    expect(await page.locator('.rows tbody tr').count()).toBe(60);
    expect(problems).toEqual([]);
  });

  test('of an empty range leads to the nearest reading', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', sample(3 * 3600, { charge: 2 }));
    const { page, problems } = await open('/?battery=boat');
    await page.locator('.empty', { hasText: 'No readings here. Nearest: ' }).waitFor();
    await page.getByRole('button', { name: 'Go there' }).click();
    await page.locator('[data-field="charge.count"][data-value="1"]').waitFor();
    expect(await page.locator('.empty').count()).toBe(0);
    await page.getByRole('button', { name: 'now', exact: true }).click();
    await page.locator('.empty').waitFor();
    expect(problems).toEqual([]);
  });

  test('zooms into what a mouse drags out', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { samples: AN_HOUR });
    const { page, problems } = await open('/?battery=boat');
    await page.locator('[data-field="charge.count"][data-value="60"]').waitFor();
    const box = await page.locator('.u-over').first().boundingBox();
    if (box === null) throw new Error('the plot has no place on the page');
    await page.mouse.move(box.x + box.width * 0.6, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.locator('[data-field="charge.count"]:not([data-value="60"])').waitFor();
    expect(new URL(page.url()).searchParams.get('range')).toMatch(/^1[78]\ds$/);
    expect(problems).toEqual([]);
  });
});

describe('hands on the chart', () => {
  const READINGS = Array.from({ length: 60 }, (_, i) => sample(i * 10 + 1, { charge: 2 }));

  test('the strip of times, dragged to the right, shows what was before', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { samples: READINGS });
    const { page, problems } = await open('/?battery=boat');
    await page.locator('[data-field="charge.count"][data-value="60"]').waitFor();
    const box = await page.locator('.time-strip').last().boundingBox();
    if (box === null) throw new Error('the strip has no place on the page');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await page.locator('[data-field="charge.count"]:not([data-value="60"])').waitFor();
    const end = Date.parse(new URL(page.url()).searchParams.get('end') ?? '');
    expect(Date.now() - end).toBeGreaterThan(5 * 60 * SECOND_MS);
    expect(problems).toEqual([]);
  });

  test('a finger reads the chart', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { samples: READINGS });
    const { page, problems } = await open('/?battery=boat', PHONE);
    await page.locator('.readout').waitFor();
    const plot = page.locator('.u-over').first();
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    if (box === null) throw new Error('the plot has no place on the page');
    await page.touchscreen.tap(box.x + box.width * 0.9, box.y + box.height / 2);
    await page.locator('.readout[data-at-cursor="true"]', { hasText: '2.00' }).waitFor();
    await page.touchscreen.tap(box.x + box.width * 0.05, box.y + box.height / 2);
    await page.locator('.readout', { hasText: 'not observed' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('the wheel scrolls the page, and zooms with Ctrl', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { samples: READINGS });
    const { page, problems } = await open('/?battery=boat');
    await page.locator('[data-field="charge.count"][data-value="60"]').waitFor();
    await page.locator('.u-over').first().hover();
    await page.mouse.wheel(0, 120);
    await page.waitForFunction(() => window.scrollY > 0);
    expect(new URL(page.url()).searchParams.has('range')).toBe(false);
    await page.locator('.u-over').first().hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -240);
    await page.keyboard.up('Control');
    await page.waitForURL(/range=\d+s/);
    expect(problems).toEqual([]);
  });
});

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

  test('has the API’s own page behind its link', async () => {
    await start();
    const { page, problems } = await open('/');
    await page.getByRole('link', { name: 'API' }).click();
    await page.getByRole('heading', { level: 1, name: /API/ }).waitFor();
    expect(problems).toEqual([]);
  });
});
