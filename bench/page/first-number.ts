/** From the navigation to the first live number and to the chart, beside a bare page that asks for one value. */
import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { withAmphora } from '../child.ts';
import { type Figure, figure, quantile } from '../figure.ts';
import { jsonPost } from '../loads.ts';
import { browserScript, type Conditions, notedMs, ORDINARY, THROTTLED, withVisit } from './visits.ts';

const VISITS = { ordinary: 7, throttled: 3 };
const READINGS = 90;
const STEP_MS = 10_000;

const BARE_PAGE = `<!doctype html><html lang="en"><title>Bare</title><p id="bare"></p><script>
fetch('livedata').then((answer) => answer.json()).then(({ charge }) => {
  const place = document.getElementById('bare');
  place.textContent = charge.value;
  place.dataset.value = charge.value;
});
</script></html>`;

export async function firstNumber(browser: Browser): Promise<readonly Figure[]> {
  return withAmphora(async ({ url }) => {
    const samples = Array.from({ length: READINGS }, (_, i) => ({
      timestamp: new Date(Date.now() - (READINGS - i) * STEP_MS).toISOString(),
      power: 2 + (i % 10) / 10,
      soc: 40 + i / 10,
    }));
    await fetch(`${url}/batteries/home/telemetry`, jsonPost({ samples }));
    const live = await (await fetch(`${url}/livedata?battery=home`)).text();
    const bare = await bareServer(live);
    try {
      const scripts = [await browserScript('noted')];
      const visit = (address: string, conditions: Conditions, names: readonly string[]): Promise<readonly number[]> =>
        withVisit(browser, { conditions, scripts }, async ({ page }) => {
          await page.goto(address, { waitUntil: 'commit' });
          const times: number[] = [];
          for (const name of names) times.push(await notedMs(page, name));
          return times;
        });
      const figures: Figure[] = [];
      for (const [suffix, conditions, visits] of [
        ['', ORDINARY, VISITS.ordinary],
        ['-throttled', THROTTLED, VISITS.throttled],
      ] as const) {
        const [numbers, charts, bares]: [number[], number[], number[]] = [[], [], []];
        // The first visits warm the server's functions and the browser.
        for (let i = -1; i < visits; i += 1) {
          const [number = Number.NaN, chart = Number.NaN] = await visit(`${url}/`, conditions, ['number', 'chart']);
          const [value = Number.NaN] = await visit(bare.url, conditions, ['number']);
          if (i < 0) continue;
          numbers.push(number);
          charts.push(chart);
          bares.push(value);
        }
        const base = quantile(bares, 0.5);
        const of = 'ms of a bare page with one question';
        figures.push(figure(`page/first-number${suffix}`, quantile(numbers, 0.5), 'ms', base, of));
        figures.push(figure(`page/first-chart${suffix}`, quantile(charts, 0.5), 'ms', base, of));
      }
      return figures;
    } finally {
      await bare.close();
    }
  });
}

async function bareServer(live: string): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer(({ url }, response) => {
    const isPage = url === '/';
    response.writeHead(200, { 'content-type': isPage ? 'text/html' : 'application/json' });
    response.end(isPage ? BARE_PAGE : live);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
