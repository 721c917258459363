/** The laws of writing: repeats, collisions, refusals, exact values, and order of arrival. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldValue, Point, Store } from '../../lambdas/store/store.ts';
import { arbArrival, asPoint, inOrder, naiveLatest, point, START_MS } from './arbitraries.ts';
import { because, type Fixture } from './contract-fixture.ts';

const STORED = { kind: 'stored' };

export function writeLaws({ store, newBattery, deviations }: Fixture): void {
  const REPEATED = { kind: deviations.tellsNoRepeat === undefined ? 'repeated' : 'stored' };

  test('an empty batch has no outcome', async () => {
    expect(await store().append([])).toEqual([]);
  });

  test('the same point again is repeated and changes nothing', async () => {
    const battery = newBattery();
    const sample = point(battery, START_MS, { charge: 2.4, voltage: 13.1 });
    expect(await store().append([sample])).toEqual([STORED]);
    const before = await everything(store(), battery);
    expect(await store().append([sample])).toEqual([REPEATED]);
    expect(await everything(store(), battery)).toEqual(before);
  });

  test('the same point twice in one batch is stored once', async () => {
    const battery = newBattery();
    const sample = point(battery, START_MS, { charge: 2.4 });
    expect(await store().append([sample, sample])).toEqual([STORED, REPEATED]);
    expect(await allPoints(store(), battery)).toHaveLength(1);
  });

  const collision = deviations.tellsNoRepeat === undefined ? test : test.skip;
  collision(
    `of two samples on one point time the second collides and is not stored${because(deviations.tellsNoRepeat)}`,
    async () => {
      const battery = newBattery();
      const first = point(battery, START_MS, { charge: 1 }, { nanos: 7, fingerprint: 7 });
      const second = point(battery, START_MS, { charge: 2, soc: 50 }, { nanos: 7, fingerprint: 1_000_007 });
      expect(await store().append([first])).toEqual([STORED]);
      const before = await everything(store(), battery);
      expect(await store().append([second, first])).toEqual([{ kind: 'collided' }, { kind: 'repeated' }]);
      expect(await everything(store(), battery)).toEqual(before);
    },
  );

  test('two samples of one millisecond are two points, told apart by their nanoseconds', async () => {
    const battery = newBattery();
    const [older, newer] = [{ nanos: 3 }, { nanos: 999_999 }];
    await store().append([
      point(battery, START_MS, { charge: 2 }, newer),
      point(battery, START_MS, { charge: 1 }, older),
    ]);
    expect(await allPoints(store(), battery)).toEqual([
      { atMs: START_MS, ...older, fields: { charge: 1 } },
      { atMs: START_MS, ...newer, fields: { charge: 2 } },
    ]);
  });

  const bad: Record<string, (battery: string) => Point> = {
    NaN: (battery) => point(battery, START_MS, { charge: Number.NaN }),
    Infinity: (battery) => point(battery, START_MS, { charge: 1, soc: Number.POSITIVE_INFINITY }),
    'no field': (battery) => point(battery, START_MS, {}),
    'a field without a name': (battery) => point(battery, START_MS, { '': 1 }),
    'a newline in a field name': (battery) => point(battery, START_MS, { 'soc\n': 1 }),
    'a newline in a text': (battery) => point(battery, START_MS, { cellVoltageMinId: 'C3\nC4' }),
    'half a surrogate pair': (battery) => point(battery, START_MS, { cellVoltageMinId: '\ud83d' }),
    'half a millisecond': (battery) => point(battery, START_MS + 0.5, { charge: 1 }),
    'a time that is no number': (battery) => point(battery, Number.NaN, { charge: 1 }),
    'a million nanoseconds': (battery) => point(battery, START_MS, { charge: 1 }, { nanos: 1_000_000 }),
    'negative nanoseconds': (battery) => point(battery, START_MS, { charge: 1 }, { nanos: -1 }),
    'a fingerprint over 32 bits': (battery) => point(battery, START_MS, { charge: 1 }, { fingerprint: 2 ** 32 }),
    'a control character in the id': (battery) => point(`${battery}\u0000`, START_MS, { charge: 1 }),
    'a backslash in the id': (battery) => point(`${battery}\\`, START_MS, { charge: 1 }),
    'an empty id': () => point('', START_MS, { charge: 1 }),
  };
  test.each(Object.entries(bad))(
    '%s is refused with a reason, and the rest of its batch is stored',
    async (_, build) => {
      const battery = newBattery();
      const [first, last] = [point(battery, START_MS + 1, { charge: 1 }), point(battery, START_MS + 2, { charge: 2 })];
      const outcomes = await store().append([first, build(battery), last]);
      expect(outcomes).toEqual([STORED, { kind: 'refused', reason: expect.stringMatching(/./) }, STORED]);
      expect((await allPoints(store(), battery)).map(({ atMs }) => atMs)).toEqual([START_MS + 1, START_MS + 2]);
    },
  );

  const exact: readonly (readonly [string, readonly FieldValue[]])[] = [
    ['decimals', [0.1, 0.2, 0.1 + 0.2, 1e-7, 1 / 3, 5e-324]],
    ['a whole number, then a broken one, on one field', [10, 10.5, 11]],
    [
      'the largest',
      [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53 + 2],
    ],
    ['texts', ['12', '1e3', '', ' C3 ', 'a\\', `"quoted", it's`, 'Zelle ä 🔋', 'null']],
  ];
  test.each(exact)('values come back as they went in: %s', async (_, values) => {
    const battery = newBattery();
    const field = typeof values[0] === 'string' ? 'cellVoltageMinId' : 'v1';
    await store().append(values.map((value, index) => point(battery, START_MS + index, { [field]: value })));
    expect((await allPoints(store(), battery)).map(({ fields }) => fields[field])).toEqual(values);
    expect((await store().latest({ battery })).get(field)?.value).toBe(values.at(-1));
  });

  test('the measurements and the batteries are kept apart', async () => {
    const [battery, other] = [newBattery(), newBattery()];
    const outcomes = await store().append([
      point(battery, START_MS, { voltage: 1 }),
      point(battery, START_MS, { v1: 2 }, { measurement: 'cell' }),
      point(battery, START_MS, { fanError: 1 }, { measurement: 'battery_alarm' }),
      point(other, START_MS, { voltage: 3 }),
    ]);
    expect(outcomes).toEqual([STORED, STORED, STORED, STORED]);
    expect(await allPoints(store(), battery)).toEqual([{ atMs: START_MS, nanos: 0, fields: { voltage: 1 } }]);
    expect([...(await store().latest({ battery })).keys()]).toEqual(['voltage']);
    expect([...(await steps(store(), battery)).keys()]).toEqual(['voltage']);
    expect((await store().latest({ battery: other })).get('voltage')?.value).toBe(3);
  });

  test('whatever the order and the repetition of arrival, the answers are the same', async () => {
    await fc.assert(
      fc.asyncProperty(arbArrival, async ({ stored, batches }) => {
        const [arrived, sorted] = [newBattery(), newBattery()];
        for (const batch of batches) await store().append(batch.map((sample) => asPoint(arrived, sample)));
        await store().append(inOrder(stored).map((sample) => asPoint(sorted, sample)));
        expect(await allPoints(store(), arrived)).toEqual(inOrder(stored));
        expect(await store().latest({ battery: arrived })).toEqual(naiveLatest(stored));
        // To the last bit and to the order of the keys, for an answer's text must be the same too.
        expect(JSON.stringify(await everything(store(), arrived))).toBe(
          JSON.stringify(await everything(store(), sorted)),
        );
      }),
      { numRuns: 60 },
    );
  });
}

const DAY = { fromMs: START_MS - 1, toMs: START_MS + 86_400_000 };

const allPoints = (store: Store, battery: string) => store.points({ battery, ...DAY, limit: 1_000 });

const steps = (store: Store, battery: string) => store.steps({ battery, ...DAY, stepMs: 40_000 });

async function everything(store: Store, battery: string): Promise<unknown> {
  const [span] = (await store.batteries()).filter(({ id }) => id === battery);
  return {
    points: await allPoints(store, battery),
    latest: [...(await store.latest({ battery }))],
    live: (await store.live({ battery, times: 100 })).newestTimes,
    steps: [...(await steps(store, battery))],
    newestTimes: await store.newestTimes({ battery, count: 100 }),
    nearest: await store.nearest({ battery, fromMs: START_MS + 2, toMs: START_MS + 5 }),
    span: { ...span, id: '' },
  };
}
