/** The line about Amphora itself, in a real browser: on the real runtime, and on answers that it does not give at will. */
import { renameSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { connectDevice } from '../end-to-end/devices.ts';
import { colourOf, inState, PHONE, pages, sample, styleOf } from './page-fixture.ts';

const { start, open } = pages();

const strip = (page: Page) => page.locator('.status > ul');
const part = (page: Page, name: string) => page.locator(`.status li[data-part="${name}"]`);
const panel = (page: Page) => page.locator('.status-panel');

const WELL = {
  asOf: '2026-11-26T12:00:00.000+00:00',
  stored: { readings: 60, overS: 60, perS: 1 },
  waiting: { messages: 0 },
  failed: { messages: 0 },
  quarantined: { count: 0, atLeast: false },
  database: { reachable: true },
  unknown: {},
};

/** The page is answered this, whatever the runtime would say. */
async function answered(page: Page, answer: object, status = 200): Promise<void> {
  await page.route('**/status', (route) => route.fulfill({ status, json: answer }));
}

/** With a battery that is live, on this answer. */
async function pageOn(answer: object, options = {}): Promise<Awaited<ReturnType<typeof open>>> {
  const { post } = await start('--no-demo');
  await post('/batteries/boat/telemetry', sample(1, { charge: 2.41, soc: 63, voltage: 52.9 }));
  const watched = await open('/docs.html', options);
  await answered(watched.page, answer);
  await watched.page.goto(`${new URL(watched.page.url()).origin}/?battery=boat`);
  await inState(watched.page, 'live');
  await strip(watched.page).waitFor();
  return watched;
}

describe('of a runtime that runs', () => {
  test('the line is quiet, and counts what the last minute stored', async () => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', {
      samples: [1, 2, 3, 4, 5, 6].map((s) => sample(s, { charge: 2.41, soc: 63 })),
    });
    const { page, problems } = await open('/?battery=boat');
    await part(page, 'stored').filter({ hasText: '0.10/s stored' }).waitFor();
    expect(await strip(page).locator('[data-state="wrong"]').count()).toBe(0);
    expect(await part(page, 'waiting').innerText()).toBe('0 waiting');
    expect(await part(page, 'quarantined').innerText()).toBe('0 quarantined');
    expect(await part(page, 'database').innerText()).toBe('database ok');
    expect((await styleOf(part(page, 'stored'))).color).toBe(await colourOf(page, '--muted'));
    expect(problems).toEqual([]);
  });

  test('what is in quarantine leads to its newest records, as text, and to the command', async () => {
    const { url, mqttPort } = await start('--no-demo');
    const device = await connectDevice(`mqtt://127.0.0.1:${mqttPort}`, {});
    await device.publish('battery/boat/telemetry', '{"soc": 50}');
    await device.publish('battery/boat/telemetry', '{"<img src=x onerror=alert(1)>": 1}');
    await device.publish('battery/van/telemetry', '{"soc":');
    await device.end();
    const { page, problems } = await open('/?battery=boat');
    await part(page, 'quarantined').getByRole('button', { name: '2 quarantined' }).click();
    const records = panel(page).locator('.records li');
    await records.nth(1).waitFor();
    expect(await records.first().innerText()).toMatch(/not valid JSON[\s\S]*van · \d/);
    expect(await records.nth(1).innerText()).toContain('<img src=x onerror=alert(1)>');
    expect(await page.locator('.records img').count()).toBe(0);
    expect(await panel(page).locator('code').innerText()).toBe(`./amphora quarantine list --url ${url}`);
    await part(page, 'quarantined').getByRole('button', { expanded: true }).click();
    expect(await panel(page).count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test('a database that goes away is said to be, with the reason and what waits, and said to be back', async () => {
    const { post, file } = await start('--no-demo');
    await post('/batteries/boat/telemetry', sample(1, { charge: 2.41, soc: 63 }));
    const { page } = await open('/?battery=boat');
    await part(page, 'database').filter({ hasText: 'database ok' }).waitFor();
    renameSync(file('store.sqlite'), file('aside.sqlite'));
    await post('/batteries/boat/telemetry', sample(0, { charge: 2.5, soc: 63 }));
    await part(page, 'database').getByRole('button', { name: 'database away' }).click();
    expect(await panel(page).innerText()).toContain('store.sqlite');
    expect(await part(page, 'waiting').innerText()).toBe('1 waiting');
    expect(await part(page, 'stored').count()).toBe(0);
    renameSync(file('aside.sqlite'), file('store.sqlite'));
    await part(page, 'database').filter({ hasText: 'database ok' }).waitFor();
    expect(await panel(page).count()).toBe(0);
  });
});

describe('on an answer', () => {
  test('of messages that failed it says that they are tried again by themselves, and how to do it now', async () => {
    const { page, problems } = await pageOn({ ...WELL, failed: { messages: 1234 } });
    await part(page, 'failed').getByRole('button', { name: '1,234 failed' }).click();
    expect(await panel(page).innerText()).toMatch(/tried again by themselves,\s+every minute/);
    expect(await panel(page).locator('code').innerText()).toMatch(
      /^\.\/amphora redrive --apply --url http:\/\/localhost:\d+$/,
    );
    expect(await styleOf(part(page, 'failed').getByRole('button'))).toEqual({
      color: await colourOf(page, '--ink'),
      fontStyle: 'normal',
      fontWeight: '500',
    });
    await page.getByRole('status').filter({ hasText: 'Messages wait in the failure queues.' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('with unknown parts it says so, each with its reason, and never a zero', async () => {
    const { failed: _failed, quarantined: _quarantined, ...known } = WELL;
    const unknown = { failed: 'the queue is away', quarantined: 'the bucket is away' };
    const { page, problems } = await pageOn({ ...known, unknown });
    expect(await strip(page).innerText()).not.toMatch(/\d+ (failed|quarantined)/);
    await part(page, 'failed').getByRole('button', { name: 'failed unknown' }).click();
    expect(await panel(page).innerText()).toMatch(/Failed: not known\s+The queue is away/);
    await part(page, 'quarantined').getByRole('button').click();
    expect(await panel(page).innerText()).toContain('The bucket is away');
    expect(problems).toEqual([]);
  });

  test.each([404, 401, 403, 500])('of %i there is no line, and nothing is said of it', async (status) => {
    const { post } = await start('--no-demo');
    await post('/batteries/boat/telemetry', sample(1, { charge: 2.41 }));
    const { page } = await open('/docs.html');
    await answered(page, { message: 'Not Found' }, status);
    const asked = page.waitForResponse('**/status');
    await page.goto(`${new URL(page.url()).origin}/?battery=boat`);
    await asked;
    await inState(page, 'live');
    await page.locator('.figures').waitFor();
    expect(await page.locator('.status').count()).toBe(0);
    expect(await page.locator('.contact').count()).toBe(0);
  });
});

describe('the line', () => {
  const TROUBLE = {
    ...WELL,
    waiting: { messages: 12_345 },
    failed: { messages: 7 },
    quarantined: { count: 500, atLeast: true },
    database: { reachable: false, reason: 'InfluxDB at http://127.0.0.1:8086 did not answer within 2 s' },
  };

  test('fits a phone with everything wrong, each part as large as a thumb', async () => {
    const { page, problems } = await pageOn(TROUBLE, PHONE);
    await part(page, 'database').getByRole('button').click();
    await panel(page).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    const buttons = await page.locator('.status button').all();
    expect(buttons.length).toBeGreaterThanOrEqual(4);
    for (const button of buttons)
      expect(Math.round((await button.boundingBox())?.height ?? 0)).toBeGreaterThanOrEqual(44);
    expect(problems).toEqual([]);
  });

  test.each([
    { width: 390, height: 844 },
    { width: 1280, height: 800 },
  ])('is one line when all is well, at %j', async (viewport) => {
    const { page } = await pageOn(WELL, { viewport });
    const tops = await strip(page)
      .locator('li:visible')
      .evaluateAll((items) => items.map((one) => Math.round(one.getBoundingClientRect().top)));
    expect(tops.length).toBeGreaterThanOrEqual(4);
    expect(new Set(tops).size).toBe(1);
  });

  test('can be walked through and opened by keys', async () => {
    const { page } = await pageOn(TROUBLE);
    await part(page, 'failed').getByRole('button').focus();
    await page.keyboard.press('Enter');
    await panel(page).filter({ hasText: 'In the failure queues' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await panel(page).filter({ hasText: 'In quarantine' }).waitFor();
  });
});
