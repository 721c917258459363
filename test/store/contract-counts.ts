/** The law of `counts`: what a minute brought, of every battery at once. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Store, StoredPoint } from '../../lambdas/store/store.ts';
import { arbStored, asPoint, point, START_MS } from './arbitraries.ts';
import type { Fixture } from './contract-fixture.ts';

type Range = Parameters<Store['counts']>[0];

export function countLaws({ store, newBattery }: Fixture): void {
  test('a count lies between the samples that have the most frequent field and all samples of the range', async () => {
    const arbRange = fc.tuple(fc.integer({ min: -1, max: 9 }), fc.oneof(fc.integer({ max: 9 }), fc.constant(130_000)));
    await fc.assert(
      fc.asyncProperty(arbStored, arbStored, arbRange, async (one, other, [from, to]) => {
        const batteries = [newBattery(), newBattery()] as const;
        await store().append(
          [one, other].flatMap((stored, i) => stored.map((each) => asPoint(batteries[i] ?? '', each))),
        );
        const range = { fromMs: START_MS + from, toMs: START_MS + to };
        const counts = await store().counts(range);
        for (const [i, stored] of [one, other].entries()) {
          const { least, most } = naiveCounts(stored, range);
          const count = counts.get(batteries[i] ?? '');
          expect(count === undefined).toBe(most === 0);
          expect(count ?? 0).toBeGreaterThanOrEqual(least);
          expect(count ?? 0).toBeLessThanOrEqual(most);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('where each sample has a field in common the count is exact, and cells and alarms are no samples', async () => {
    const battery = newBattery();
    const samples = Array.from({ length: 70 }, (_, i) =>
      point(battery, START_MS + i * 1_000, { soc: i, ...(i % 2 === 0 ? { charge: 1 } : { discharge: 1 }) }),
    );
    await store().append([
      ...samples,
      point(battery, START_MS + 1, { v1: 3.3 }, { measurement: 'cell' }),
      point(battery, START_MS + 1, { fanError: 1 }, { measurement: 'battery_alarm' }),
    ]);
    const count = async (from: number, to: number): Promise<number | undefined> =>
      (await store().counts({ fromMs: START_MS + from, toMs: START_MS + to })).get(battery);
    expect(await count(0, 60_000)).toBe(60);
    expect(await count(60_000, 120_000)).toBe(10);
    expect(await count(70_000, 120_000)).toBeUndefined();
    expect(await count(10, 10)).toBeUndefined();
  });

  test('a sample of the default battery whose fields stand in two places is one', async () => {
    const atMs = START_MS - 3_600_000;
    await store().append([
      point('default', atMs, { charge: 2, soc: 60 }),
      point('default', atMs + 1, { charge: 3, soc: 61 }),
    ]);
    expect((await store().counts({ fromMs: atMs, toMs: atMs + 10 })).get('default')).toBe(2);
  });
}

function naiveCounts(stored: readonly StoredPoint[], { fromMs, toMs }: Range): { least: number; most: number } {
  const inRange = stored.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const fields = inRange.flatMap((each) => Object.keys(each.fields));
  const byField = Map.groupBy(fields, (name) => name);
  return { least: Math.max(0, ...[...byField.values()].map(({ length }) => length)), most: inRange.length };
}
