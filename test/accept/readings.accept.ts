/** A reading's way through the deployed stack, by HTTP: each battery is this run's own. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Amphora } from '../end-to-end/amphora.ts';
import { allRows } from '../end-to-end/pages.ts';
import { until } from '../end-to-end/until.ts';
import { RUN } from './run.ts';
import { attachStack } from './stack-in-use.ts';

const SHOWN_MS = 30_000;
const TEST_MS = 90_000;

let amphora: Amphora;

beforeAll(async () => {
  amphora = await attachStack();
});

const rowsOf = async (battery: string, more = ''): Promise<readonly unknown[]> =>
  (await allRows(amphora, `/read?shape=wide&battery=${battery}&begin=-1h${more}`)).rows;

/** Waits until so many rows are there. */
const stored = (battery: string, count: number): Promise<unknown> =>
  until(`${count} readings of ${battery}`, async () => (await rowsOf(battery)).length >= count, SHOWN_MS);

const send = async (battery: string, body: unknown): Promise<void> => {
  const { status, text } = await amphora.post(`/batteries/${battery}/telemetry`, body);
  expect({ status, text }).toEqual({ status: 202, text: expect.stringContaining('"accepted"') });
};

describe('a reading', () => {
  test(
    'is accepted with 202 and shown, with its value, its time and its age',
    async () => {
      const at = new Date(Date.now() - 1_000).toISOString();
      await send('one', { timestamp: at, soc: 71.5, charge: 2.25, state: 'charging' });
      const live = await until(
        'the reading to be shown',
        async () => {
          const { body, text } = await amphora.get('/livedata?battery=one');
          return text.includes('"soc"') ? body : undefined;
        },
        SHOWN_MS,
      );
      expect(live).toMatchObject({
        battery: 'one',
        simulated: false,
        soc: { value: 71.5, unit: '%', at: at.replace('Z', '+00:00').replace('.000+', '+') },
        charge: { value: 2.25, unit: 'kW' },
        state: { value: 'charging' },
      });
    },
    TEST_MS,
  );

  test(
    'sent three times is stored once, and two different ones of one millisecond are two',
    async () => {
      const timestamp = Date.now() - 60_000;
      for (let i = 0; i < 3; i += 1) await send('repeat', { timestamp, soc: 40 });
      await send('repeat', { timestamp, soc: 41 });
      await stored('repeat', 2);
      await amphora.drained();
      expect(await rowsOf('repeat')).toHaveLength(2);
    },
    TEST_MS,
  );

  test(
    'that comes late does not replace a newer one',
    async () => {
      const nowMs = Date.now();
      await send('late', { timestamp: nowMs - 10_000, soc: 60 });
      await stored('late', 1);
      await send('late', { timestamp: nowMs - 50_000, soc: 20 });
      await stored('late', 2);
      expect((await amphora.get('/livedata?battery=late')).body).toMatchObject({ soc: { value: 60 } });
    },
    TEST_MS,
  );

  test(
    'is one of 500 in a message, and each is stored once, in order, whole pages and a rest',
    async () => {
      const firstMs = Date.now() - 1_800_000;
      const samples = Array.from({ length: 500 }, (_, i) => ({ timestamp: firstMs + i, charge: i / 10 }));
      await send('many', { samples });
      await stored('many', 500);
      const { rows, pages } = await allRows(amphora, '/read?battery=many&begin=-1h&limit=200');
      expect(pages.map((page) => page.length)).toEqual([200, 200, 100]);
      expect(rows.map(({ charge }) => charge)).toEqual(samples.map(({ charge }) => charge));
      const { body } = await amphora.get('/read?shape=series&battery=many&begin=-1h&points=10');
      expect(body).toMatchObject({
        fields: { charge: { statistics: { count: 500, min: 0, max: 49.9, mean: expect.closeTo(24.95, 6) } } },
      });
    },
    TEST_MS,
  );

  test('in the future is refused, and so is what names an unknown field', async () => {
    const ahead = await amphora.post('/batteries/future/telemetry', { timestamp: Date.now() + 360_000, soc: 1 });
    expect({ status: ahead.status, text: ahead.text }).toEqual({
      status: 400,
      text: expect.stringContaining('5 minutes ahead'),
    });
    expect((await amphora.post('/batteries/future/telemetry', { SoC: 1 })).status).toBe(400);
    expect((await amphora.post('/batteries/Garage/telemetry', { soc: 1 })).status).toBe(400);
  });

  test('makes its battery known', async () => {
    const { body } = await amphora.get('/batteries');
    expect(body).toEqual(expect.arrayContaining([expect.objectContaining({ id: 'one', simulated: false })]));
  });
});

const title = RUN.usesDefault
  ? 'the original demo’s contract, on the battery default'
  : 'not tested without --use-default-battery: the original demo’s contract';

(RUN.usesDefault ? describe : describe.skip)(title, () => {
  test(
    'POST /charge and /discharge answer as the demo did, and are in /livedata and /read',
    async () => {
      expect(await amphora.post('/charge', { charge: 10, unit: 'kW' })).toMatchObject({
        status: 200,
        body: { message: 'charge set to: 10 kW' },
      });
      expect(await amphora.post('/discharge', { discharge: 4 })).toMatchObject({
        status: 200,
        body: { message: 'Discharge value set to: 4 kW' },
      });
      const live = await until(
        'both of them',
        async () => {
          const { body, text } = await amphora.get('/livedata');
          return text.includes('"charge":10,"discharge":4') ? body : undefined;
        },
        SHOWN_MS,
      );
      expect(live).toEqual({ charge: 10, discharge: 4, timestamp: expect.any(String), unit: 'kW' });
      expect((await amphora.get('/read?begin=-5m')).body).toEqual(
        expect.arrayContaining([{ charge: 10, discharge: null, time: expect.any(String) }]),
      );
    },
    TEST_MS,
  );

  test.each([
    ['/charge', '{"unit":"kW"}', { error: "Missing 'charge' field" }],
    ['/discharge', '{"charge":4}', { error: "Missing 'discharge' field" }],
    ['/writeCharge', '{}', { error: 'Invalid payload' }],
    ['/writeCharge', '{"x":1}', { error: "Missing key: 'charge'" }],
  ])('POST %s %s is 400, in the demo’s words', async (path, text, body) => {
    expect(await amphora.post(path, text)).toMatchObject({ status: 400, body });
  });
});
