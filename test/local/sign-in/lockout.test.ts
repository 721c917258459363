import { describe, expect, test } from '@jest/globals';
import { openLockout } from '../../../local/sign-in/lockout.ts';

const MINUTE_MS = 60_000;

function lockoutAt(): { readonly clock: { nowMs: number }; readonly lockout: ReturnType<typeof openLockout> } {
  const clock = { nowMs: Date.parse('2026-11-26T12:00:00Z') };
  return { clock, lockout: openLockout(() => clock.nowMs) };
}

describe('lockout', () => {
  test('lets five wrong passwords pass, then waits a second, then twice as long each time, a quarter of an hour at most', () => {
    const { clock, lockout } = lockoutAt();
    const waitsS: number[] = [];
    for (let failure = 1; failure <= 17; failure++) {
      lockout.failed('ada');
      waitsS.push(lockout.waitMs('ada') / 1000);
      clock.nowMs += lockout.waitMs('ada');
    }
    expect(waitsS).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  });

  test('is of one name: others may go on', () => {
    const { lockout } = lockoutAt();
    for (let failure = 0; failure < 9; failure++) lockout.failed('ada');
    expect(lockout.waitMs('ada')).toBeGreaterThan(0);
    expect(lockout.waitMs('bob')).toBe(0);
  });

  test('ends with a right password', () => {
    const { lockout } = lockoutAt();
    for (let failure = 0; failure < 9; failure++) lockout.failed('ada');
    lockout.succeeded('ada');
    lockout.failed('ada');
    expect(lockout.waitMs('ada')).toBe(0);
  });

  test('is forgotten a quarter of an hour after the last try', () => {
    const { clock, lockout } = lockoutAt();
    for (let failure = 0; failure < 9; failure++) lockout.failed('ada');
    clock.nowMs += 15 * MINUTE_MS + 1;
    lockout.failed('ada');
    expect(lockout.waitMs('ada')).toBe(0);
  });

  test('keeps no more than ten thousand names, the newest ones', () => {
    const { lockout } = lockoutAt();
    for (let failure = 0; failure < 9; failure++) lockout.failed('first');
    for (let failure = 0; failure < 9; failure++) lockout.failed('last');
    for (let name = 0; name < 9_999; name++) lockout.failed(`name-${name}`);
    expect(lockout.waitMs('first')).toBe(0);
    expect(lockout.waitMs('last')).toBeGreaterThan(0);
  });
});
