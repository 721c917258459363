/** The page signs in with the emulator's Cognito, by the emulator's own form. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/chromium.ts';
import { addPerson, clientSecret, cognitoOf, machineToken } from '../emulator/cognito.ts';
import { type RunningEmulator, type RunningStack, startEmulator } from '../emulator/running.ts';
import { openPage } from './browser.ts';

const START_MS = 120_000;
const ADA = { email: 'ada@example.org', password: 'Correct-horse-7-battery' };

let emulator: RunningEmulator;
let stack: RunningStack;
let browser: Browser;

beforeAll(async () => {
  emulator = await startEmulator();
  [stack, browser] = await Promise.all([emulator.deploy({ hasSignIn: true }), launchChromium()]);
  const cognito = cognitoOf(emulator.url);
  await addPerson(cognito, stack.outputs['UserPoolId'] ?? '', ADA);
  await sendReading(cognito);
  cognito.destroy();
}, START_MS);
afterAll(async () => {
  await browser?.close();
  await emulator?.end();
});

async function sendReading(cognito: ReturnType<typeof cognitoOf>): Promise<void> {
  const { UserPoolId = '', MachineClientId: clientId = '', SignInUrl = '' } = stack.outputs;
  const secret = await clientSecret(cognito, UserPoolId, clientId);
  const { body } = await machineToken(SignInUrl, { clientId, secret }, 'battery/write');
  const headers = { authorization: `Bearer ${String(body['access_token'])}`, 'content-type': 'application/json' };
  const request = { method: 'POST', headers, body: JSON.stringify({ charge: 12 }) };
  expect((await fetch(`${stack.apiUrl}/charge`, request)).status).toBe(200);
}

const charge = (page: Page) => page.locator('.live [data-field="charge"]').first().getByText('12');

describe('the deployed page', () => {
  test('shows nothing before the sign-in, the readings after it and after a reload, and nothing after the sign-out', async () => {
    const { page, context, problems } = await openPage(browser, `${stack.pageUrl}?battery=default`, {
      alsoFrom: new URL(stack.outputs['SignInUrl'] ?? '').origin,
    });
    await page.locator('.sign-in').waitFor();
    expect(await page.locator('.value').count()).toBe(0);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('input[name="username"]').fill(ADA.email);
    await page.locator('input[name="password"]').fill(ADA.password);
    await page.locator('input[name="password"]').press('Enter');
    await charge(page).waitFor();
    expect(new URL(page.url()).search).toBe('?battery=default');
    await page.reload();
    await charge(page).waitFor();
    // The emulator's own sign-in page names no icon and has none.
    expect(problems.filter((one) => !one.endsWith('/favicon.ico'))).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('.sign-in .why', { hasText: 'You are signed out' }).waitFor();
    expect((await context.cookies(stack.pageUrl)).map(({ name }) => name)).not.toContain('__Host-amphora-session');
    await page.goto(stack.pageUrl);
    await page.locator('.sign-in').waitFor();
    await context.close();
  });
});
