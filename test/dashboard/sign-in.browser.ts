import { describe, expect, test } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { openUsers } from '../../local/sign-in/users.ts';
import type { LocalRuntime } from './local-runtime.ts';
import { inState, PHONE, pages, top } from './page-fixture.ts';

const { start, open } = pages();

const EMAIL = 'ada@example.org';
const COOKIE = '__Host-amphora-session';

type Person = { readonly email: string; readonly password: string };

async function startWithPerson(...flags: readonly string[]): Promise<LocalRuntime & { readonly person: Person }> {
  const runtime = await start('--auth', ...flags);
  const added = openUsers(runtime.file('users.json')).add(EMAIL, Date.now());
  if (!added.ok) throw new Error(added.reason);
  return { ...runtime, person: { email: EMAIL, password: added.password } };
}

const button = (page: Page): Locator => page.getByRole('button', { name: 'Sign in' });
const why = (page: Page, hasText: string): Locator => page.locator('.sign-in .why', { hasText });

async function fillIn(page: Page, { email, password }: Person): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function signIn(page: Page, person: Person): Promise<void> {
  await button(page).click();
  await page.waitForURL(/\/login\?/);
  await fillIn(page, person);
  await inState(page, 'live');
}

describe('the sign-in', () => {
  test('leads to the readings that were asked for, and leaves no token where a script of another page could find it', async () => {
    const { person, url } = await startWithPerson('--demo');
    const { page, context, problems } = await open('/?battery=demo&range=6h');
    await page.locator('.sign-in').waitFor();
    expect(await page.locator('.value, select').count()).toBe(0);
    const bearers = new Set<string>();
    page.on('request', (request) => {
      const { authorization } = request.headers();
      if (authorization !== undefined) bearers.add(authorization.replace('Bearer ', ''));
    });
    await signIn(page, person);
    expect(page.url()).toBe(`${url}/?battery=demo&range=6h`);
    const [token = ''] = bearers;
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    const found = await page.evaluate(() =>
      JSON.stringify([document.cookie, localStorage, sessionStorage, location.href, history.state]),
    );
    expect(found).not.toContain(token);
    expect(found).not.toMatch(/code|state=|verifier/i);
    expect((await context.cookies(url)).filter(({ name }) => name === COOKIE)).toMatchObject([
      { httpOnly: true, secure: true, sameSite: 'Strict', path: '/', domain: 'localhost' },
    ]);
    expect(problems).toEqual([]);
  });

  test('lasts over a reload, a new tab and a restart of Amphora', async () => {
    const { person, url, stop, startAgain } = await startWithPerson('--demo');
    const { page, context, problems } = await open('/');
    await signIn(page, person);
    await page.reload();
    await inState(page, 'live');
    const tab = await context.newPage();
    await tab.goto(url);
    await inState(tab, 'live');
    expect(problems).toEqual([]);
    await stop();
    await startAgain();
    await page.reload();
    await inState(page, 'live');
  });

  test('is at the one address that the sign-in page leads back to, whichever was opened', async () => {
    const { person, url } = await startWithPerson('--demo');
    const { page } = await open('/');
    await page.goto(`${url.replace('localhost', '127.0.0.1')}/?battery=demo`);
    await page.waitForURL(`${url}/?battery=demo`);
    await signIn(page, person);
    expect(page.url()).toBe(`${url}/?battery=demo`);
  });

  test('that was cancelled, or refused a password, goes on where it stopped', async () => {
    const { person, url } = await startWithPerson('--demo');
    const { page } = await open('/?battery=demo');
    await button(page).click();
    await page.getByRole('link', { name: 'Cancel' }).click();
    await why(page, 'The sign-in was not completed. Sign in when you like.').waitFor();
    expect(page.url()).toBe(`${url}/?battery=demo`);
    await button(page).click();
    await fillIn(page, { ...person, password: 'not-this-one' });
    await page.getByRole('alert').waitFor();
    await fillIn(page, person);
    await inState(page, 'live');
  });

  test('of a link that somebody made is not followed, and signs nobody out', async () => {
    const { person, url } = await startWithPerson('--demo');
    const { page } = await open('/?code=stolen&state=forged');
    await why(page, 'not begun in this tab').waitFor();
    expect(page.url()).toBe(`${url}/`);
    await signIn(page, person);
    await page.goto(`${url}/?code=stolen&state=forged`);
    await inState(page, 'live');
    expect(page.url()).toBe(`${url}/`);
  });

  test('can be done by keys alone on a phone, and nothing of it is wider than that', async () => {
    const { person } = await startWithPerson('--demo');
    const { page, problems } = await open('/', PHONE);
    await page.locator('.sign-in').waitFor();
    for (let i = 0; i < 10 && (await focused(page)) !== 'Sign in'; i += 1) await page.keyboard.press('Tab');
    for (const target of await page.locator('button, a').all()) {
      const box = await target.boundingBox();
      expect([box?.width ?? 0, box?.height ?? 0].filter((px) => Math.round(px) < 44)).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/login\?/);
    await page.getByLabel('E-mail').waitFor();
    for (const typed of [person.email, 'Tab', person.password, 'Enter']) {
      await (/^(Tab|Enter)$/.test(typed) ? page.keyboard.press(typed) : page.keyboard.type(typed));
    }
    await inState(page, 'live');
    for (const target of await page.locator('.head :is(button, a, select)').all()) {
      const box = await target.boundingBox();
      expect([box?.width ?? 0, box?.height ?? 0].filter((px) => Math.round(px) < 44)).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    for (let i = 0; i < 10 && (await focused(page)) !== 'Sign out'; i += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await why(page, 'You are signed out.').waitFor();
    expect(problems).toEqual([]);
  });
});

describe('signed in', () => {
  test('a token of two minutes is renewed before it ends', async () => {
    const { person } = await startWithPerson('--demo', '--token-minutes', '2');
    const { page } = await open('/');
    await page.locator('.sign-in').waitFor();
    await page.clock.install();
    await page.reload();
    await signIn(page, person);
    const renewed = page.waitForResponse((response) => response.url().endsWith('/session/refresh'));
    await page.clock.fastForward(95_000);
    const answer = await renewed;
    expect(answer.status()).toBe(200);
    expect(await answer.json()).toMatchObject({ expiresInS: 120 });
    await inState(page, 'live');
  });

  test('the first reading’s line carries a token, and the simulation has no button that would be refused', async () => {
    const { person, url } = await startWithPerson();
    const { page, problems } = await open('/');
    await signIn(page, person);
    const lines = await page.locator('.first-line code').allTextContents();
    expect(lines).toContain(`./amphora login ${url}/`);
    expect(lines).toContain(
      `curl -X POST ${url}/charge -H "Authorization: Bearer $(./amphora token ${url}/)" -H "Content-Type: application/json" -d '{"charge": 10, "unit": "kW"}'`,
    );
    expect(lines.at(-1)).toMatch(/^curl -X DELETE .*\/batteries\/demo -H "Authorization: Bearer /);
    expect(await page.getByRole('button', { name: 'remove', exact: true }).count()).toBe(0);
    // Beside so many lines the simulation is as high as what it says.
    await page.locator('.figures').waitFor();
    const blank = await top(page).evaluate((panel) => {
      const last = panel.lastElementChild?.getBoundingClientRect().bottom ?? 0;
      return panel.getBoundingClientRect().bottom - last - Number.parseFloat(getComputedStyle(panel).paddingBottom);
    });
    expect(Math.abs(blank)).toBeLessThanOrEqual(0.5);
    expect(problems).toEqual([]);
  });

  test('who is removed sees nothing any more once the token is due', async () => {
    const { person, file } = await startWithPerson('--demo', '--token-minutes', '2');
    const { page } = await open('/');
    await page.locator('.sign-in').waitFor();
    await page.clock.install();
    await page.reload();
    await signIn(page, person);
    openUsers(file('users.json')).remove(person.email);
    await page.clock.fastForward(95_000);
    await why(page, 'Your session has ended.').waitFor();
    expect(await page.locator('.value').count()).toBe(0);
  });
});

describe('the sign-out', () => {
  test('ends the session here and at the sign-in page, which asks for the password again', async () => {
    const { person, url } = await startWithPerson('--demo');
    const { page, context, problems } = await open('/');
    await signIn(page, person);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${url}/`);
    await why(page, 'You are signed out.').waitFor();
    expect((await context.cookies(url)).map(({ name }) => name)).not.toContain(COOKIE);
    await page.reload();
    await page.locator('.sign-in').waitFor();
    expect(await page.locator('.why').count()).toBe(0);
    await button(page).click();
    await page.getByLabel('Password').waitFor();
    expect(problems).toEqual([]);
  });

  test('in one tab takes the readings off the other', async () => {
    const { person, url } = await startWithPerson('--demo');
    const { page, context } = await open('/');
    await signIn(page, person);
    const other = await context.newPage();
    await other.goto(url);
    await inState(other, 'live');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await why(other, 'You signed out in another tab.').waitFor();
    expect(await other.locator('.value').count()).toBe(0);
  });
});

/** What a key would press. */
const focused = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
