/** The page in real Chromium: how big it is, its first number, its chart, and an hour of it. */
import { existsSync } from 'node:fs';
import { CHROMIUM, launchChromium } from '../../scripts/chromium.ts';
import type { Figure } from '../figure.ts';
import { drawing } from './drawing.ts';
import { firstNumber } from './first-number.ts';
import { openForAnHour } from './hour.ts';
import { chartOfAMillion } from './million.ts';
import { siteSizes } from './site-size.ts';

export async function benchPage(): Promise<readonly Figure[]> {
  const sizes = await siteSizes();
  if (!existsSync(CHROMIUM)) {
    process.stderr.write(
      `amphora: there is no Chromium at ${CHROMIUM}, so only the page's size was measured; install Debian's chromium, or say in CHROMIUM where yours is\n`,
    );
    return sizes;
  }
  const browser = await launchChromium();
  try {
    const measured: (readonly Figure[])[] = [sizes];
    for (const part of [firstNumber, drawing, chartOfAMillion, openForAnHour]) measured.push(await part(browser));
    return measured.flat();
  } finally {
    await browser.close();
  }
}
