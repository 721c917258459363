/** The laws of the store's port. Each adapter's test runs them on its own database. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Store } from '../../lambdas/store/store.ts';
import { point, START_MS } from './arbitraries.ts';
import { countLaws } from './contract-counts.ts';
import type { Deviations, Fixture } from './contract-fixture.ts';
import { readLaws } from './contract-reads.ts';
import { writeLaws } from './contract-writes.ts';

export type OpenedStore = {
  readonly store: Store;
  /** Makes the database unreachable; what it resolves to makes it reachable again. */
  readonly interrupt: () => Promise<() => Promise<void>>;
  /** Closes the store and removes what it left. */
  readonly dispose: () => Promise<void>;
};

export function storeContract(name: string, open: () => Promise<OpenedStore>, deviations: Deviations = {}): void {
  describe(name, () => {
    let opened: OpenedStore | undefined;
    let batteries = 0;
    const fixture: Fixture = {
      store: () => {
        if (opened === undefined) throw new Error('the store is not open yet');
        return opened.store;
      },
      newBattery: () => {
        batteries += 1;
        return `b${String(batteries).padStart(4, '0')}`;
      },
      deviations,
    };
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.dispose();
    });
    writeLaws(fixture);
    readLaws(fixture);
    countLaws(fixture);
    availabilityLaws(open, deviations);
  });
}

function availabilityLaws(open: () => Promise<OpenedStore>, { tellsNoRepeat }: Deviations): void {
  const stored = point('boat', START_MS, { charge: 1 });
  const range = { battery: 'boat', fromMs: START_MS, toMs: START_MS + 1_000 };
  const calls: Record<string, (store: Store) => Promise<unknown>> = {
    append: (store) => store.append([point('boat', START_MS + 1, { charge: 2 }), point('new', START_MS, { soc: 3 })]),
    latest: (store) => store.latest({ battery: 'boat' }),
    live: (store) => store.live({ battery: 'boat', times: 10 }),
    points: (store) => store.points({ ...range, limit: 10 }),
    steps: (store) => store.steps({ ...range, stepMs: 1_000 }),
    nearest: (store) => store.nearest(range),
    newestTimes: (store) => store.newestTimes({ battery: 'boat', count: 10 }),
    counts: (store) => store.counts(range),
    batteries: (store) => store.batteries(),
  };

  test('an unreachable database rejects every call as one to try again, and nothing is half done', async () => {
    const { store, interrupt, dispose } = await open();
    await store.append([stored]);
    const mend = await interrupt();
    for (const call of Object.values(calls)) {
      await expect(call(store)).rejects.toMatchObject({ code: 'store-unavailable', retry: true });
    }
    await mend();
    expect(await store.batteries()).toEqual([{ id: 'boat', firstAtMs: START_MS, lastAtMs: START_MS }]);
    expect(await store.append([stored])).toEqual([{ kind: tellsNoRepeat === undefined ? 'repeated' : 'stored' }]);
    expect(await calls['append']?.(store)).toEqual([{ kind: 'stored' }, { kind: 'stored' }]);
    await dispose();
  });

  test.each(Object.entries(calls))('a closed store rejects %s', async (_, call) => {
    const { store, dispose } = await open();
    await store.append([stored]);
    await store.close();
    await expect(call(store)).rejects.toMatchObject({ code: 'store-unavailable', retry: true });
    await dispose();
  });

  test('a store may be closed twice', async () => {
    const { store, dispose } = await open();
    await store.close();
    await expect(store.close()).resolves.toBeUndefined();
    await dispose();
  });
}
