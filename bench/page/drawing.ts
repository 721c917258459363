/** The page's chart beside bare uPlot in the same browser, in turns. */
import type { Browser } from 'playwright-core';
import { type Figure, figure, quantile } from '../figure.ts';
import type { DrawTimes } from './draw-times.ts';
import { browserScript, pageStyle, withVisit } from './visits.ts';

/** Far more than the page asks for; and what it asks for at most. */
const MANY = { points: 100_000, turns: 8 };
const STEPS = { points: 600, turns: 20 };

export async function drawing(browser: Browser): Promise<readonly Figure[]> {
  const [script, style] = [await browserScript('draw'), await pageStyle()];
  return withVisit(browser, {}, async ({ page }) => {
    await page.setContent('<!doctype html><html><body></body></html>');
    await page.addStyleTag({ content: style });
    await page.addScriptTag({ content: script });
    const measured = ({ points, turns }: typeof MANY): Promise<DrawTimes> =>
      page.evaluate<DrawTimes>(`measureDrawing(${points}, ${turns})`);
    // Compiled by then, on both sides.
    await measured({ points: MANY.points, turns: 1 });
    const [many, steps] = [await measured(MANY), await measured(STEPS)];
    const median = (times: readonly number[]): number => quantile(times, 0.5);
    const beside = (name: string, ours: readonly number[], bare: readonly number[]): Figure =>
      figure(name, median(ours), 'ms', median(bare), 'ms of bare uPlot');
    return [
      beside('page/draw', many.draw, many.bareDraw),
      beside('page/zoom', many.zoom, many.bareZoom),
      beside('page/model', many.model, many.bareDraw),
      beside('page/draw-600', steps.draw, steps.bareDraw),
      beside('page/zoom-600', steps.zoom, steps.bareZoom),
    ];
  });
}
