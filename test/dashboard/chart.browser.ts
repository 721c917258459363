import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { PHONE, pages, SECOND_MS, sample } from './page-fixture.ts';

const { start, open } = pages();

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

  test('names its halves, in above out, and hands on them are hands on the chart', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', { samples: AN_HOUR });
    const { page, problems } = await open('/?battery=boat');
    const names = page.locator('.plot-name');
    await names.first().waitFor();
    expect(await names.allInnerTexts()).toEqual([
      expect.stringMatching(/^in\s+kW$/),
      expect.stringMatching(/^out\s+kW$/),
    ]);
    const [upper, lower] = await Promise.all((await names.all()).map((name) => name.boundingBox()));
    const plot = await page.locator('.plot-power .u-over').boundingBox();
    const middle = (plot?.y ?? 0) + (plot?.height ?? 0) / 2;
    expect((upper?.y ?? 0) + (upper?.height ?? 0)).toBeLessThan(middle);
    expect(lower?.y ?? 0).toBeGreaterThan(middle);
    const atName = await page.evaluate(([x, y]) => document.elementFromPoint(x, y)?.className, [
      (upper?.x ?? 0) + 2,
      (upper?.y ?? 0) + 2,
    ] as const);
    expect(atName).toBe('u-over');
    // Made anew for other colours and another kind of chart, and not a second time beside the first.
    await page.getByRole('button', { name: 'Dark colours' }).click();
    await page.getByRole('button', { name: 'Bars' }).click();
    await page.getByRole('button', { name: 'Bars', pressed: true }).waitFor();
    expect(await names.count()).toBe(2);
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

describe('of ten megawatts', () => {
  const TEN_MW = Array.from({ length: 60 }, (_, i) =>
    sample(i * 10 + 1, { ...(i % 2 === 0 ? { charge: 10_000 - i } : { discharge: 10_000 - i }), soc: 60 }),
  );

  /** What is written to the left of the plots, each with where it begins; asked for before the page is. */
  async function noteLabels(page: Page): Promise<void> {
    await page.addInitScript(() => {
      const write: unknown = Reflect.get(CanvasRenderingContext2D.prototype, 'fillText');
      if (typeof write !== 'function') return;
      const beginByLabel = new Map<string, number>();
      Reflect.set(window, 'beginByLabel', beginByLabel);
      CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        if (this.textAlign === 'right') beginByLabel.set(text, x - this.measureText(text).width);
        Reflect.apply(write, this, [text, x, y]);
      };
    });
    await page.reload();
  }

  const labels = async (page: Page): Promise<ReadonlyMap<string, number>> =>
    new Map(
      await page.evaluate(() => {
        const noted: ReadonlyMap<string, number> = Reflect.get(window, 'beginByLabel');
        return [...noted];
      }),
    );

  test.each([
    ['a desk', {}],
    ['a phone', PHONE],
  ])(
    'on %s, the axis has room for its labels, the strip below stands under it, and the figures fit',
    async (_where, on) => {
      const { post } = await start('--no-demo');
      await post('/batteries/plant/telemetry', { samples: TEN_MW });
      const { page, problems } = await open('/?battery=plant', on);
      await noteLabels(page);
      await page.locator('[data-field="charge.count"][data-value="30"]').waitFor();
      await page.waitForFunction(() => Reflect.get(window, 'beginByLabel').has('100 %'));
      const noted = await labels(page);
      expect([...noted.keys()].filter((label) => /^\u2212?\d+,\d{3}$/.test(label)).length).toBeGreaterThan(3);
      for (const begin of noted.values()) expect(begin).toBeGreaterThanOrEqual(0);
      const plots = await page.locator('.u-over').all();
      const lefts = new Set(await Promise.all(plots.map(async (plot) => (await plot.boundingBox())?.x)));
      expect([plots.length, lefts.size]).toEqual([2, 1]);

      const over = await page.locator('.range-figures').evaluate((panel) => {
        const inner = panel.getBoundingClientRect().right - Number.parseFloat(getComputedStyle(panel).paddingRight);
        const cells = [...panel.querySelectorAll('td, th')];
        return Math.max(...cells.map((cell) => cell.getBoundingClientRect().right)) - inner;
      });
      expect(over).toBeLessThanOrEqual(0.5);
      expect(await page.evaluate(() => document.documentElement.scrollWidth === innerWidth)).toBe(true);
      expect(problems).toEqual([]);
    },
  );
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
