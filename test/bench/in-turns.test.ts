import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inTurns } from '../../bench/in-turns.ts';

const NAMES = ['demo', 'direct', 'buffered', 'bare'] as const;

/** The names in the order in which they were measured, and what came of it: the how-manieth measurement of all each was. */
async function measuredOf(names: readonly (typeof NAMES)[number][], turns: number) {
  const order: string[] = [];
  const measure = (name: string) => async () => order.push(name);
  const found = await inTurns(Object.fromEntries(names.map((name) => [name, measure(name)])), turns);
  return { order, found };
}

describe('measurements in turns', () => {
  test('whoever was first in a turn is last in the next one', async () => {
    const { order } = await measuredOf(['demo', 'direct', 'buffered'], 3);
    expect(order.join(' ')).toBe('demo direct buffered direct buffered demo buffered demo direct');
  });

  test('every turn has each of them once, and each has its own measurements, in their order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray([...NAMES]), fc.integer({ min: 0, max: 12 }), async (names, turns) => {
        const { order, found } = await measuredOf(names, turns);
        expect(order).toHaveLength(names.length * turns);
        for (let turn = 0; turn < turns; turn++)
          expect(order.slice(turn * names.length, (turn + 1) * names.length).toSorted()).toEqual(names.toSorted());
        for (const name of names) {
          const places = order.flatMap((one, i) => (one === name ? [i + 1] : []));
          expect(found.get(name)).toEqual(places);
        }
      }),
    );
  });

  test('what goes wrong in one of them ends all', async () => {
    const broken = async (): Promise<number> => {
      throw new Error('993 of 1000 came');
    };
    await expect(inTurns({ direct: async () => 1, demo: broken }, 2)).rejects.toThrow('993 of 1000 came');
  });
});
