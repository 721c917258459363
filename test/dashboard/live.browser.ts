import { describe, expect, test } from '@jest/globals';
import { colourOf, inState, pages, SECOND_MS, sample, styleOf, top, value } from './page-fixture.ts';

const { start, open } = pages();

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
