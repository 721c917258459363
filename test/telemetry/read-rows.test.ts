import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type DemoRow,
  type Page,
  readDemoRows,
  readWideRows,
  type WideRow,
} from '../../lambdas/telemetry/read-rows.ts';
import { NOW_MS, type Sample, withStore } from './memory-store.ts';

const START_MS = NOW_MS - 10_000;
const range = { fromMs: START_MS, toMs: NOW_MS };
const at = (afterMs: number): { readonly timestamp: number } => ({ timestamp: START_MS + afterMs });

const demoRows = async (samples: readonly Sample[], limit = 100, after?: string): Promise<Page<DemoRow> | undefined> =>
  withStore({ default: samples }, async (store) =>
    readDemoRows(store)({ battery: 'default', range, limit, ...(after === undefined ? {} : { after }) }),
  );

const wideRows = async (samples: readonly Sample[], limit = 100, after?: string): Promise<Page<WideRow> | undefined> =>
  withStore({ boat: samples }, async (store) =>
    readWideRows(store)({
      battery: 'boat',
      range,
      limit,
      order: 'oldest-first',
      ...(after === undefined ? {} : { after }),
    }),
  );

describe('rows of the demo', () => {
  test('are all charges in time order, then all discharges, each with one number', async () => {
    const page = await demoRows([
      { discharge: 4, ...at(1_000) },
      { charge: 10, ...at(2_000) },
      { charge: 9.5, discharge: 0, ...at(500) },
      { soc: 50, ...at(700) },
    ]);
    expect(page).toEqual({
      rows: [
        { charge: 9.5, discharge: null, time: '2026-11-23T11:59:50.500+00:00' },
        { charge: 10, discharge: null, time: '2026-11-23T11:59:52+00:00' },
        { charge: null, discharge: 0, time: '2026-11-23T11:59:50.500+00:00' },
        { charge: null, discharge: 4, time: '2026-11-23T11:59:51+00:00' },
      ],
    });
  });

  test('are those from begin on and before end', async () => {
    const page = await demoRows([-1, 0, 9_999, 10_000].map((afterMs) => ({ charge: 1, ...at(afterMs) })));
    expect(page?.rows.map(({ time }) => time)).toEqual(['2026-11-23T11:59:50+00:00', '2026-11-23T11:59:59.999+00:00']);
  });

  test('a page that holds the last row leads nowhere on', async () => {
    const samples = [
      { charge: 1, ...at(1) },
      { discharge: 2, ...at(2) },
    ];
    expect(await demoRows(samples, 2)).not.toHaveProperty('next');
    expect(await demoRows(samples, 1)).toMatchObject({
      rows: [{ charge: 1 }],
      next: expect.stringMatching(/^charge\./),
    });
  });

  test.each([
    '',
    'x',
    '1.2',
    'charge.1',
    'charge.1.2.3',
    'power.1.2',
    'charge.-1.2',
    'charge.1.1234567',
    "charge.1.2' or 1",
  ])('the cursor %j is none of ours', async (after) => {
    expect(await demoRows([], 10, after)).toBeUndefined();
  });
});

describe('wide rows', () => {
  test('are one row an instant, with null for a side that is not known', async () => {
    const page = await wideRows([
      { charge: 2.5, soc: 50, ...at(0) },
      { discharge: 1, ...at(1) },
      { charge: 3, discharge: 1, ...at(2) },
      { soc: 51, state: 'full', cellVoltageMinId: 'c1', ...at(3) },
    ]);
    const time = (ms: number): string => `2026-11-23T11:59:50${ms === 0 ? '' : `.00${ms}`}+00:00`;
    expect(page?.rows).toEqual([
      { time: time(0), charge: 2.5, discharge: null, power: null, soc: 50 },
      { time: time(1), charge: null, discharge: 1, power: null },
      { time: time(2), charge: 3, discharge: 1, power: 2, derived: ['power'] },
      { time: time(3), charge: null, discharge: null, power: null, soc: 51, state: 'full', cellVoltageMinId: 'c1' },
    ]);
  });

  test('a row of a sample that we stamped says so', async () => {
    const stamped = { soc: 1, received: true, ...at(0) };
    expect((await wideRows([stamped]))?.rows).toEqual([expect.objectContaining({ soc: 1, received: 1 })]);
  });

  test('two samples of a millisecond are one row, unless they speak of the same field', async () => {
    const joined = await wideRows([
      { soc: 1, ...at(0) },
      { voltage: 12, ...at(0) },
    ]);
    expect(joined?.rows).toMatchObject([{ soc: 1, voltage: 12 }]);
    const apart = await wideRows([
      { soc: 1, ...at(0) },
      { soc: 2, voltage: 12, ...at(0) },
    ]);
    expect(apart?.rows.map(({ soc }) => soc).sort()).toEqual([1, 2]);
  });

  test('volts times amperes stand in the row, named as derived', async () => {
    const page = await wideRows([
      { voltage: 10, ...at(-1_000) },
      { current: 100, ...at(0) },
      { current: -100, voltage: 20, ...at(1) },
      { current: 100, charge: 7, ...at(2) },
    ]);
    expect(page?.rows).toMatchObject([
      { charge: 1, discharge: null, power: 1, derived: ['charge', 'power'] },
      { charge: null, discharge: 2, power: -2, derived: ['discharge', 'power'] },
      { charge: 7, power: null },
    ]);
    expect(page?.rows[2]).not.toHaveProperty('derived');
  });

  test('a voltage of a minute before the page counts, an older one does not', async () => {
    const power = async (beforeMs: number): Promise<unknown> =>
      (
        await wideRows([
          { voltage: 10, ...at(-beforeMs) },
          { current: 100, ...at(0) },
        ])
      )?.rows[0]?.power;
    expect([await power(60_000), await power(60_001)]).toEqual([1, null]);
  });

  test('the power of a row is the same on whatever page it stands, however rare the voltages are', async () => {
    const arbSample = fc.record({
      afterMs: fc.integer({ min: 0, max: 300_000 }),
      fields: fc.constantFrom({ voltage: 10 }, { voltage: 20, current: 3 }, { current: 5 }, { charge: 1, current: 7 }),
    });
    const arbSamples = fc.uniqueArray(arbSample, { minLength: 1, maxLength: 25, selector: ({ afterMs }) => afterMs });
    const arbOrder = fc.constantFrom('oldest-first' as const, 'newest-first' as const);
    await fc.assert(
      fc.asyncProperty(arbSamples, fc.integer({ min: 1, max: 6 }), arbOrder, async (samples, limit, order) => {
        const whole = { fromMs: START_MS, toMs: START_MS + 300_001 };
        const boat = samples.map(({ afterMs, fields }) => ({ ...fields, ...at(afterMs) }));
        await withStore({ boat }, async (store) => {
          const read = readWideRows(store);
          const all = await read({ battery: 'boat', range: whole, limit: 100, order });
          const rows: WideRow[] = [];
          let next: string | undefined;
          do {
            const from: { readonly after?: string } = next === undefined ? {} : { after: next };
            const page = await read({ battery: 'boat', range: whole, limit, order, ...from });
            rows.push(...(page?.rows ?? []));
            next = page?.next;
          } while (next !== undefined);
          expect(rows).toEqual(all?.rows);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('what was before a page is asked for only where a current lacks its voltage, and not beyond a minute', async () => {
    const askedBefore = async (samples: readonly Sample[]): Promise<readonly number[]> =>
      withStore({ boat: samples }, async (store) => {
        const spansMs: number[] = [];
        const points: typeof store.points = async (query) => {
          if (query.fromMs < START_MS) spansMs.push(query.toMs - query.fromMs);
          return store.points(query);
        };
        await readWideRows({ points })({ battery: 'boat', range, limit: 10, order: 'oldest-first' });
        return spansMs;
      });
    const old = { voltage: 10, ...at(-3_600_000) };
    expect(await askedBefore([old, { charge: 1, soc: 5, ...at(0) }])).toEqual([]);
    expect(await askedBefore([old, { voltage: 11, current: 5, ...at(0) }, { current: 5, ...at(1) }])).toEqual([]);
    expect(await askedBefore([old, { current: 5, ...at(0) }])).toEqual([60_000]);
  });

  test('power of both sides of a millisecond is their difference, named as derived', async () => {
    const page = await wideRows([
      { charge: 3.3, ...at(0) },
      { discharge: 1.1, ...at(0) },
      { charge: 3, ...at(1) },
      { discharge: 0, ...at(2) },
    ]);
    expect(page?.rows.map(({ power, derived }) => ({ power, derived }))).toEqual([
      { power: 2.2, derived: ['power'] },
      { power: null, derived: undefined },
      { power: null, derived: undefined },
    ]);
  });

  // Their order within the millisecond is that of their hashes.
  test.each([
    ['before', 1, 2],
    ['behind', 2, 1],
  ])('a voltage %s the current of its millisecond counts for it', async (_order, voltageNanos, currentNanos) => {
    const point = (nanos: number, fields: Readonly<Record<string, number>>) =>
      ({ measurement: 'battery', battery: 'boat', atMs: START_MS, nanos, fingerprint: nanos, fields }) as const;
    const page = await withStore({ boat: [{ voltage: 100, ...at(-1) }] }, async (store) => {
      await store.append([point(voltageNanos, { voltage: 10 }), point(currentNanos, { current: 100 })]);
      return readWideRows(store)({ battery: 'boat', range, limit: 10, order: 'oldest-first' });
    });
    expect(page?.rows).toMatchObject([
      { voltage: 10, current: 100, charge: 1, power: 1, derived: ['charge', 'power'] },
    ]);
  });

  test('a power that was sent in the millisecond of the current beats the product', async () => {
    const rows = await Promise.all(
      [1, 2, 3, 4].map(async (discharge) =>
        wideRows([
          { voltage: 10, current: 100, ...at(0) },
          { discharge, ...at(0) },
        ]),
      ),
    );
    expect(rows.map((page) => page?.rows)).toMatchObject(
      [1, 2, 3, 4].map((discharge) => [{ charge: null, discharge, power: null }]),
    );
  });

  test('a page ends before the instant that does not fit', async () => {
    const samples = [
      { soc: 1, ...at(0) },
      { soc: 2, ...at(1) },
      { voltage: 3, ...at(1) },
    ];
    const page = await wideRows(samples, 2);
    expect(page?.rows).toMatchObject([{ soc: 1 }]);
    expect((await wideRows(samples, 2, page?.next))?.rows).toMatchObject([{ soc: 2, voltage: 3 }]);
  });

  test.each(['', 'x', '1', '1.2.3', '-1.2', '1.-2', 'charge.1.2', '1e3.2', '1234567890123456.1', '1.1234567'])(
    'the cursor %j is none of ours',
    async (after) => {
      expect(await wideRows([], 10, after)).toBeUndefined();
    },
  );
});
