import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Amphora } from './amphora.ts';
import { allRows } from './pages.ts';
import { startAmphora } from './start.ts';

const START_MS = 130_000;
const TEST_MS = 90_000;
const RUNS = 12;

let amphora: Amphora;

beforeAll(async () => {
  amphora = await startAmphora();
}, START_MS);

// Days ago, so that between two questions no value grows from late to stale.
const FROM_MS = Date.now() - 20 * 86_400_000;
const TO_MS = FROM_MS + 86_400_000;
const RANGE = `begin=${new Date(FROM_MS).toISOString()}&end=${new Date(TO_MS).toISOString()}`;

type Sample = Readonly<Record<string, unknown>> & { readonly timestamp: number };
type Message = { readonly samples: readonly Sample[] };
type Delivery = { readonly message: Message; readonly isHttp: boolean };

// Few times and few values, so that readings meet in one millisecond, and repeat.
const arbSample: fc.Arbitrary<Sample> = fc
  .record(
    {
      timestamp: fc.integer({ min: 0, max: 40 }).map((step) => FROM_MS + step * 7),
      charge: fc.integer({ min: 0, max: 5 }).map((value) => value / 4),
      discharge: fc.integer({ min: 0, max: 5 }),
      voltage: fc.integer({ min: 11, max: 14 }),
      current: fc.integer({ min: -9, max: 9 }).map((value) => value / 10),
      soc: fc.integer({ min: 0, max: 104 }),
      state: fc.constantFrom('charging', 'discharging', 'full'),
    },
    { requiredKeys: ['timestamp'] },
  )
  .filter((sample) => Object.keys(sample).length > 1);

const arbMessages = fc.array(
  fc.array(arbSample, { minLength: 1, maxLength: 4 }).map((samples) => ({ samples })),
  { minLength: 1, maxLength: 10 },
);

/** The messages, and another way in which they may come: in any order, some more than once, by both doors. */
const arbTwoWays = arbMessages.chain((messages) =>
  fc.record({
    messages: fc.constant(messages),
    again: fc
      .array(fc.nat({ max: messages.length - 1 }), { maxLength: messages.length })
      .chain((repeats) =>
        fc.shuffledSubarray([...messages.keys(), ...repeats], { minLength: messages.length + repeats.length }),
      )
      .chain((order) =>
        fc.tuple(
          ...order.map((i) => fc.boolean().map((isHttp) => ({ message: messages[i] ?? { samples: [] }, isHttp }))),
        ),
      ),
  }),
);

let batteries = 0;

/** What is to be seen of a fresh battery after these deliveries; its name and the time of asking left out. */
async function seenAfter(deliveries: readonly Delivery[]): Promise<unknown> {
  const battery = `order${(batteries += 1)}`;
  const device = await amphora.device();
  for (const { message, isHttp } of deliveries) {
    if (isHttp) expect((await amphora.post(`/batteries/${battery}/telemetry`, message)).status).toBe(202);
    else await device.publish(`battery/${battery}/telemetry`, message);
  }
  await device.end();
  await amphora.drained();
  const {
    battery: _name,
    serverTime: _now,
    ...live
  }: Readonly<Record<string, unknown>> = JSON.parse(
    (await amphora.get(`/livedata?battery=${battery}`)).text,
    (key, value: unknown) => (key === 'ageMs' ? undefined : value),
  );
  return {
    live,
    rows: (await allRows(amphora, `/read?${RANGE}&battery=${battery}`)).rows,
    wide: (await allRows(amphora, `/read?shape=wide&${RANGE}&battery=${battery}`)).rows,
  };
}

describe('the order of arrival', () => {
  test(
    'and repetition change no answer, by whichever door the messages come',
    async () => {
      await fc.assert(
        fc.asyncProperty(arbTwoWays, async ({ messages, again }) => {
          const once = await seenAfter(messages.map((message) => ({ message, isHttp: false })));
          expect(await seenAfter(again)).toEqual(once);
        }),
        { numRuns: RUNS },
      );
      // The law would also hold of a runtime that stores nothing.
      expect((await amphora.drained()).stored).toBeGreaterThan(RUNS);
    },
    TEST_MS,
  );

  test(
    'of the original demo’s messages changes nothing of /livedata and /read',
    async () => {
      const atMs = Date.parse('2025-07-01T00:00:00Z');
      const messages = [0, 1, 2, 3].map((i) => ({
        topic: i % 2 === 0 ? 'battery/charge' : 'battery/discharge',
        payload: { [i % 2 === 0 ? 'charge' : 'discharge']: i, timestamp: new Date(atMs + i * 1000).toISOString() },
      }));
      const device = await amphora.device();
      const answers: unknown[] = [];
      for (const order of [
        [3, 1, 0, 2],
        [0, 1, 2, 3, 0],
        [2, 2, 3, 1],
      ]) {
        for (const i of order) await device.publish(messages[i]?.topic ?? '', messages[i]?.payload ?? '');
        await amphora.drained();
        answers.push([
          (await amphora.get('/livedata')).body,
          (await amphora.get('/read?begin=2025-07-01T00:00:00Z&end=2025-07-02T00:00:00Z')).body,
        ]);
      }
      await device.end();
      const [first, ...others] = answers;
      expect(first).toEqual([
        { charge: 2, discharge: 3, timestamp: '2025-07-01T00:00:03+00:00', unit: 'kW' },
        [
          { charge: 0, discharge: null, time: '2025-07-01T00:00:00+00:00' },
          { charge: 2, discharge: null, time: '2025-07-01T00:00:02+00:00' },
          { charge: null, discharge: 1, time: '2025-07-01T00:00:01+00:00' },
          { charge: null, discharge: 3, time: '2025-07-01T00:00:03+00:00' },
        ],
      ]);
      for (const other of others) expect(other).toEqual(first);
    },
    TEST_MS,
  );
});
