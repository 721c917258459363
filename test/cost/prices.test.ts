import { describe, expect, test } from '@jest/globals';
import { ASSUMPTIONS, assuming } from '../../cost/assumptions.ts';
import { IDLE_POLLS_PER_MONTH, PRICES, type Price, usdOf } from '../../cost/prices.ts';

const TABLE: readonly (readonly [name: string, price: Price])[] = Object.entries(PRICES);

describe('the table of prices', () => {
  test.each(TABLE)('%s names a page of AWS, what it was read in, and of when that is', (_, price) => {
    expect(price.page).toMatch(/^https:\/\/aws\.amazon\.com\/[a-z0-9/-]+\/$/);
    expect(price.readIn.length).toBeGreaterThan(10);
    expect(price.asOf).toMatch(/^20\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/);
    expect(price.usd).toBeGreaterThan(0);
    expect(price.per).toBeGreaterThan(0);
    expect(price.free?.amount ?? 1).toBeGreaterThan(0);
  });

  test('a count is priced by its unit', () => {
    expect(usdOf('iotMessage', 2_500_000)).toBe(2.5);
    expect(usdOf('secretRead', 20_000)).toBeCloseTo(0.1);
    expect(usdOf('secret', 2)).toBe(0.8);
    expect(usdOf('sqsRequest', IDLE_POLLS_PER_MONTH)).toBeCloseTo(0.2628);
  });
});

describe('what is assumed', () => {
  test('is what the table has, and what is given instead', () => {
    const given = assuming('writerMs=80,watchedHours=0.5');
    if (!given.ok) throw new Error(given.reason);
    expect(given.assume('writerMs')).toBe(80);
    expect(given.assume('watchedHours')).toBe(0.5);
    expect(given.assume('livedataMs')).toBe(ASSUMPTIONS.livedataMs.amount);
  });

  test.each([
    ['writer=80', /^nothing is assumed of 'writer'; there are writerMs, /],
    ['toString=1', /^nothing is assumed of 'toString'/],
    ['writerMs', /^writerMs must be a number from 0 to \d+, as in writerMs=30, not ''$/],
    ['writerMs=-1', /not '-1'$/],
    ['writerMs=1e3', /not '1e3'$/],
    ['writerMs=99999999', /not '99999999'$/],
    ['watchedHours=25', /^watchedHours must be a number from 0 to 24, /],
    ['writerMs=1,', /^nothing is assumed of ''/],
  ])('%j is refused', (text, reason) => {
    expect(assuming(text)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });
});
