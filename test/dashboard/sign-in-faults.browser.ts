import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/chromium.ts';
import { openPage, type PageOptions, type Watched } from './browser.ts';
import { inState } from './page-fixture.ts';
import { startWire, type Wire } from './sign-in-wire.ts';

const REFRESH = 'POST /session/refresh';
const LIVE = 'GET /livedata';
const LIST = 'GET /batteries';
const UNAUTHORIZED = { status: 401, body: { message: 'Unauthorized' } };
const AWAY = { status: 503, body: { error: 'the sign-in service cannot be asked' } };

let browser: Browser;
let wire: Wire;
let watched: Watched | undefined;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
beforeEach(async () => {
  wire = await startWire();
});
afterEach(async () => {
  await watched?.context.close();
  watched = undefined;
  await wire.close();
});

async function open(path = '/', options: PageOptions = {}): Promise<Watched> {
  watched = await openPage(browser, `${wire.url}${path}`, { alsoFrom: wire.signInUrl, ...options });
  return watched;
}

async function signedIn(path?: string, options?: PageOptions): Promise<Watched> {
  const opened = await open(path, options);
  await signIn(opened.page);
  return opened;
}

async function signIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await inState(page, 'live');
}

const why = (page: Page, hasText: string | RegExp): Locator => page.locator('.sign-in .why', { hasText });
const count = (route: string): number => wire.asked.filter((one) => one.route === route).length;
const tokens = (route: string): readonly (string | undefined)[] =>
  wire.asked.filter((one) => one.route === route).map(({ token }) => token);

describe('while the sign-in does not answer', () => {
  test('nobody is sent to sign in: the page says so, and goes on by itself', async () => {
    const { page } = await signedIn();
    wire.instead.set(REFRESH, AWAY);
    await page.reload();
    await inState(page, 'unreachable');
    await page.locator('.contact', { hasText: 'It says: the sign-in service cannot be asked' }).waitFor();
    expect(await page.getByRole('button', { name: 'Sign in' }).count()).toBe(0);
    wire.instead.clear();
    await page.getByRole('button', { name: 'try now' }).click();
    await inState(page, 'live');
  });

  test('the code of a sign-in is kept, and used when it answers again', async () => {
    const { page } = await open('/?battery=boat&range=6h');
    wire.instead.set('POST /session', AWAY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await inState(page, 'unreachable');
    expect(new URL(page.url()).search).toBe('?battery=boat&range=6h');
    wire.instead.clear();
    await page.getByRole('button', { name: 'try now' }).click();
    await inState(page, 'live');
    expect(count('POST /session')).toBe(2);
  });
});

describe('a session that is over', () => {
  test('takes its readings off the page, and says what happened', async () => {
    const { page, problems } = await signedIn('/?battery=boat');
    wire.endSessions();
    wire.instead.set(LIVE, UNAUTHORIZED);
    await why(page, 'Your session has ended.').waitFor();
    expect(await page.locator('.value, [data-value], select, .rows').count()).toBe(0);
    expect(await page.title()).toBe('Sign in · Amphora');
    const asked = wire.asked.length;
    wire.instead.clear();
    await signIn(page);
    expect(new URL(page.url()).search).toBe('?battery=boat');
    expect(wire.asked.slice(asked).map(({ route }) => route)[0]).toBe('POST /session');
    expect(problems).toEqual([]);
  });

  test('in one refused token only is renewed, and nobody notices', async () => {
    const { page } = await signedIn();
    const first = tokens(LIVE).at(-1);
    wire.refuse(first ?? '');
    await expectSoon(() => tokens(LIVE).at(-1) !== first);
    await inState(page, 'live');
    expect(count(REFRESH)).toBe(2);
  });

  test('though its cookie is good, when the API takes no token of it: told, and not asked for ever', async () => {
    const { page } = await open();
    for (const route of [LIVE, LIST]) wire.instead.set(route, UNAUTHORIZED);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await why(page, 'does not accept your sign-in').waitFor();
    const asked = wire.asked.length;
    // Whoever comes back to the page is asked for once more, by the cookie: a token, a question, and both again.
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    // Besides, how Amphora itself does, while there is a token.
    const routes = (): readonly string[] =>
      wire.asked.slice(asked).flatMap(({ route }) => (route === 'GET /status' ? [] : [route]));
    await expectSoon(() => routes().length >= 4);
    await why(page, 'does not accept your sign-in').waitFor();
    expect(routes()).toEqual([REFRESH, LIST, REFRESH, LIST]);
  });

  test('at once when the code was used before', async () => {
    const { page } = await open();
    wire.instead.set('POST /session', { status: 401, body: { error: 'the code was used already; sign in again' } });
    await page.getByRole('button', { name: 'Sign in' }).click();
    await why(page, 'The sign-in did not succeed: the code was used already; sign in again.').waitFor();
    expect(new URL(page.url()).search).toBe('');
  });
});

describe('a token', () => {
  test('of two minutes is renewed before it ends, and after days in which the page was asleep', async () => {
    wire.lifeS = 120;
    const { page } = await open();
    await page.clock.install();
    await page.reload();
    await signIn(page);
    const before = count(REFRESH);
    await page.clock.fastForward(95_000);
    await expectSoon(() => count(REFRESH) === before + 1);
    await page.clock.fastForward(3 * 86_400_000);
    await expectSoon(() => count(REFRESH) === before + 2);
    await inState(page, 'live');
    expect(wire.refused()).toBe(0);
  });
});

test('where nobody signs in, a question that is refused for want of a right is told with its reason', async () => {
  const { page } = await open('/docs');
  const config = { apiUrl: '/api', minPollSeconds: 1, local: true, topicRoot: 'battery' };
  await page.route('**/config.json', (route) => route.fulfill({ json: config }));
  wire.instead.set(LIST, { status: 401, body: { message: 'open the link that the start printed' } });
  await page.goto(wire.url);
  await inState(page, 'unreachable');
  await page.locator('.contact', { hasText: 'It says: open the link that the start printed' }).waitFor();
  expect(count(REFRESH)).toBe(0);
});

describe('signing out', () => {
  test('tells what the sign-in service did not confirm, also when the page is back', async () => {
    const { page } = await signedIn();
    const reason = 'the sign-in service did not end the session';
    wire.instead.set('DELETE /session', { status: 200, body: { revoked: false, reason } });
    wire.endSessions();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.origin === wire.url);
    await why(page, `You are signed out in this browser: ${reason}.`).waitFor();
  });

  test('without an answer leaves one signed in, and says so', async () => {
    const { page } = await signedIn();
    wire.instead.set('DELETE /session', undefined);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('.notice', { hasText: 'You are still signed in' }).waitFor();
    await inState(page, 'live');
    wire.instead.clear();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await why(page, 'You are signed out.').waitFor();
  });

  test('in one tab signs out the other, and signing in there brings both back', async () => {
    const { page, context } = await signedIn();
    const other = await context.newPage();
    await other.goto(wire.url);
    await inState(other, 'live');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await why(other, 'You signed out in another tab.').waitFor();
    expect(await other.locator('.value').count()).toBe(0);
    await signIn(other);
    await inState(page, 'live');
  });
});

describe('the back button', () => {
  test('to the page before the sign-in finds one signed in', async () => {
    const { page } = await signedIn('/?battery=boat');
    await page.goBack();
    await inState(page, 'live');
    expect(new URL(page.url()).search).toBe('?battery=boat');
  });

  test('to the page before the sign-out shows no reading', async () => {
    const { page } = await signedIn();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await why(page, 'You are signed out.').waitFor();
    await page.waitForURL((url) => url.origin === wire.url);
    await page.goBack();
    await page.locator('.sign-in').waitFor();
    expect(await page.locator('.value').count()).toBe(0);
  });
});

async function expectSoon(isTrue: () => boolean): Promise<void> {
  const untilMs = Date.now() + 10_000;
  while (!isTrue() && Date.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isTrue()).toBe(true);
}
