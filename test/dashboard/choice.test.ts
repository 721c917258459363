import { describe, expect, test } from '@jest/globals';
import type { Battery } from '../../dashboard/answers.ts';
import { firstArrival, homeBattery, inOrder } from '../../dashboard/choice.ts';

const battery = (id: string, lastAtMs: number): Battery => ({ id, firstAtMs: 0, lastAtMs, isSimulated: id === 'demo' });

describe('homeBattery', () => {
  test('the newest real reading wins, however new the simulation is', () => {
    expect(homeBattery([battery('demo', 99), battery('boat', 5), battery('garage', 7)])).toBe('garage');
  });

  test('the simulation before there is anything real, and the battery to come without it', () => {
    expect(homeBattery([battery('demo', 99)])).toBe('demo');
    expect(homeBattery([])).toBe('default');
  });

  test('the picker has the simulation last', () => {
    expect(inOrder([battery('demo', 99), battery('boat', 5), battery('garage', 7)]).map(({ id }) => id)).toEqual([
      'garage',
      'boat',
      'demo',
    ]);
  });
});

describe('firstArrival', () => {
  const demo = { id: 'demo', isOwn: false };

  test('goes to the first real battery, once', () => {
    const arrival = firstArrival();
    expect(arrival([battery('demo', 1)], demo)).toBeUndefined();
    expect(arrival([battery('demo', 2), battery('default', 2)], demo)).toBe('default');
    expect(arrival([battery('demo', 3), battery('default', 2), battery('boat', 3)], demo)).toBeUndefined();
  });

  test('nothing arrives where something real was there from the beginning', () => {
    const arrival = firstArrival();
    expect(arrival([battery('boat', 1)], demo)).toBeUndefined();
    expect(arrival([battery('boat', 1), battery('default', 2)], demo)).toBeUndefined();
  });

  test('who waits for a battery of their own stays there, and sees it come', () => {
    const elsewhere = firstArrival();
    elsewhere([], { id: 'shed', isOwn: true });
    expect(elsewhere([battery('default', 1)], { id: 'shed', isOwn: true })).toBeUndefined();
    const there = firstArrival();
    there([], { id: 'shed', isOwn: true });
    expect(there([battery('shed', 1)], { id: 'shed', isOwn: true })).toBe('shed');
  });

  test('the simulation, gone with the first reading, holds nobody back', () => {
    const arrival = firstArrival();
    arrival([battery('demo', 1)], demo);
    expect(arrival([battery('boat', 2)], demo)).toBe('boat');
  });
});
