/** The link of a run beyond loopback, in a real browser: opened by hand, and from a page of another site. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';
import { launchChromium } from '../../scripts/chromium.ts';
import { attach, type LocalAmphora } from '../end-to-end/local.ts';
import { runProcess, temporaryFolder } from '../end-to-end/process.ts';
import { openPage } from './browser.ts';

const START_MS = 130_000;
/** Not of loopback, as far as a browser knows: over plain HTTP it trusts no page there, as none at an address of the LAN. */
const PHONE_SEES = 'phone.local';

let amphora: LocalAmphora;
let token: string;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  const dataDir = join(temporaryFolder(), 'data');
  const script = ['--disable-warning=ExperimentalWarning', 'test/end-to-end/beyond-loopback.ts', dataDir];
  amphora = await attach(runProcess(process.execPath, script), dataDir);
  token = readFileSync(join(dataDir, 'access-token'), 'utf8').trim();
  browser = await launchChromium(`--host-resolver-rules=MAP ${PHONE_SEES} 127.0.0.1`);
}, START_MS);

afterAll(async () => {
  for (const context of contexts) await context.close();
  await browser?.close();
});

async function newContext(): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB' });
  contexts.push(context);
  return context;
}

async function send(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const { ok } = await fetch(`${amphora.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(ok).toBe(true);
}

const isPage = /Amphora/;
const phoneUrl = (): string => amphora.url.replace('localhost', PHONE_SEES);
const link = (): string => `${amphora.url}/?token=${token}`;

describe('the link', () => {
  test('opens the page, and leaves neither in the address nor behind it what it is', async () => {
    const page = await (await newContext()).newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto('about:blank');
    await page.goto(link());
    await page.waitForURL(`${amphora.url}/`);
    await page.getByRole('heading').first().waitFor();
    expect(await page.title()).toMatch(isPage);
    expect(await page.locator('.first-line code').first().innerText()).toContain(
      '-H "Authorization: Bearer <token of the link>"',
    );
    expect(problems).toEqual([]);
    expect(await page.evaluate('document.cookie')).toBe('');
    const visited = Number(await page.evaluate('history.length'));
    await page.goBack();
    expect(page.url()).not.toContain(token);
    expect(visited).toBeLessThanOrEqual(2);
  });

  test('opens it from a page of another site too, whose navigation carries no cookie of ours', async () => {
    const elsewhere = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(`<!doctype html><title>chat</title><a href="${link()}">look here</a>`);
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port }: AddressInfo = Object(elsewhere.address());
    try {
      const page = await (await newContext()).newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.getByText('look here').click();
      await page.waitForURL(`${amphora.url}/`);
      await page.getByRole('heading').first().waitFor();
      expect(await page.getByText('This browser is not known here yet').count()).toBe(0);
    } finally {
      elsewhere.close();
      elsewhere.closeAllConnections();
    }
  });

  test('is remembered: the next visit needs no token, and the page hears of new readings by its socket', async () => {
    const context = await newContext();
    const first = await context.newPage();
    await first.goto(link());
    await first.waitForURL(`${amphora.url}/`);
    await first.close();
    const page = await context.newPage();
    const socket = page.waitForEvent('websocket');
    await page.goto(`${amphora.url}/`);
    const opened = await socket;
    await opened.waitForEvent('framereceived');
    expect(opened.isClosed()).toBe(false);
  });

  test('is asked for in a sentence where it was not opened', async () => {
    const page = await (await newContext()).newPage();
    const answer = await page.goto(`${amphora.url}/`);
    expect(answer?.status()).toBe(401);
    await page.getByRole('heading', { name: 'This browser is not known here yet' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });
});

const PUBLISH = 3;
const SUBACK = 9;

const isPacket = (payload: string | Buffer, type: number): boolean => (Buffer.from(payload)[0] ?? 0) >> 4 === type;

describe('from another device, over plain HTTP', () => {
  test('the page hears of a reading by its socket', async () => {
    const url = phoneUrl();
    const { page, context, problems } = await openPage(browser, `${url}/?token=${token}`);
    contexts.push(context);
    await page.waitForURL(`${url}/`);
    const opening = page.waitForEvent('websocket');
    const received = async (type: number): Promise<unknown> =>
      (await opening).waitForEvent('framereceived', ({ payload }) => isPacket(payload, type));
    const [listens, hears] = [received(SUBACK), received(PUBLISH)];
    await page.goto(`${url}/`);
    expect(await page.evaluate('isSecureContext')).toBe(false);
    await listens;
    await send('/batteries/boat/telemetry', { charge: 2 });
    await hears;
    await page.locator('.live [data-battery="boat"][data-field="charge"][data-value="2"]').waitFor();
    expect(problems).toEqual([]);
  });

  test('no line has a button to copy it, which no browser would do, and where to find what the lines leave open is told', async () => {
    const { page, context, problems } = await openPage(browser, `${phoneUrl()}/?token=${token}`);
    contexts.push(context);
    await page.waitForURL(`${phoneUrl()}/`);
    await page.goto(`${phoneUrl()}/?battery=shed`);
    const card = page.locator('.first-reading');
    await card
      .locator('.note', { hasText: 'The password is in the file broker-password of the data folder.' })
      .waitFor();
    expect(await card.locator('code').count()).toBe(2);
    expect(await card.getByRole('button').count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
