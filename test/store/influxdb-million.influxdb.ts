/** The adapter over a million points of a year in a real InfluxDB, and a battery among them that is silent for 200 days. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { InfluxAddress } from '../../lambdas/store/influxdb-management.ts';
import type { PointTime, Store } from '../../lambdas/store/store.ts';
import { influxdFor } from '../influxd.ts';
import { storeIn, writeLines } from './influxdb-raw.ts';

const influxd = influxdFor();

const POINTS = 1_000_000;
const STEP_MS = 31_536;
const LINES_A_REQUEST = 20_000;
const DAY_MS = 86_400_000;
const PAGE = 10_000;
const nowMs = Date.now();
const FIRST_MS = nowMs - POINTS * STEP_MS;
const SILENT_MS = nowMs - 200 * DAY_MS;
const TEST_MS = 180_000;

let address: InfluxAddress;
let store: Store;

beforeAll(async () => {
  address = await influxd.newBucket();
  for (let first = 0; first < POINTS; first += LINES_A_REQUEST) {
    const lines = Array.from({ length: LINES_A_REQUEST }, (_, index) => lineOf(first + index));
    await writeLines(address, lines);
  }
  await writeLines(address, [
    `battery,battery=silent soc=42.5,voltage=48.5 ${SILENT_MS}000001`,
    `battery,battery=silent soc=41.5 ${SILENT_MS - 100 * DAY_MS}000001`,
  ]);
  store = storeIn(address);
}, TEST_MS);

const lineOf = (index: number): string =>
  `battery,battery=busy soc=${index % 100},voltage=${50 + (index % 7) / 10} ${FIRST_MS + index * STEP_MS}000123`;

describe('among a million points', () => {
  test('the newest values of a silent battery are found, by a store that was just opened and by one that knows them', async () => {
    const fresh = storeIn(address);
    for (let times = 0; times < 2; times++) {
      expect([...(await fresh.latest({ battery: 'silent' }))]).toEqual([
        ['soc', { atMs: SILENT_MS, nanos: 1, value: 42.5 }],
        ['voltage', { atMs: SILENT_MS, nanos: 1, value: 48.5 }],
      ]);
    }
    const newestTimes = [SILENT_MS, SILENT_MS - 100 * DAY_MS];
    expect(await fresh.newestTimes({ battery: 'silent', count: 10 })).toEqual(newestTimes);
    expect(await fresh.live({ battery: 'silent', times: 10 })).toMatchObject({ newestTimes });
    expect(await fresh.nearest({ battery: 'silent', fromMs: nowMs - DAY_MS, toMs: nowMs })).toEqual({
      beforeMs: SILENT_MS,
    });
  });

  test('the newest values of the busy one are its newest', async () => {
    const at = (index: number) => ({ atMs: FIRST_MS + index * STEP_MS, nanos: 123, value: index % 100 });
    expect((await store.latest({ battery: 'busy' })).get('soc')).toEqual(at(POINTS - 1));
  });

  test('its newest hundred times are a hundred, newest first', async () => {
    const expected = Array.from({ length: 100 }, (_, index) => FIRST_MS + (POINTS - 1 - index) * STEP_MS);
    expect(await store.newestTimes({ battery: 'busy', count: 100 })).toEqual(expected);
  });

  test('steps over a month and over the year count every point once', async () => {
    for (const days of [31, 365]) {
      const [fromMs, toMs] = [nowMs - days * DAY_MS, nowMs];
      const stepMs = Math.ceil((toMs - fromMs) / 300);
      const steps = (await store.steps({ battery: 'busy', fromMs, toMs, stepMs })).get('soc') ?? [];
      const expected = POINTS - Math.max(0, Math.ceil((fromMs - FIRST_MS) / STEP_MS));
      expect(steps.reduce((sum, { count }) => sum + count, 0)).toBe(expected);
      expect(steps.length).toBeGreaterThanOrEqual(299);
      expect(steps.every(({ min, max, mean }) => min >= 0 && max <= 99 && mean > 10 && mean < 90)).toBe(true);
    }
  });

  test('batteries are two, with their spans', async () => {
    expect(await store.batteries()).toEqual([
      { id: 'busy', firstAtMs: FIRST_MS, lastAtMs: FIRST_MS + (POINTS - 1) * STEP_MS },
      { id: 'silent', firstAtMs: SILENT_MS - 100 * DAY_MS, lastAtMs: SILENT_MS },
    ]);
  });

  test(
    'pages of ten thousand, a month at a time, are exactly a million times, in order, each once',
    async () => {
      let next = 0;
      for (let fromMs = FIRST_MS; fromMs < nowMs; fromMs += 31 * DAY_MS) {
        let after: PointTime | undefined;
        do {
          const range = { battery: 'busy', fromMs, toMs: Math.min(nowMs, fromMs + 31 * DAY_MS), limit: PAGE };
          const page = await store.points({ ...range, ...(after === undefined ? {} : { after }) });
          const isNext = page.every(({ atMs, nanos, fields }, index) => {
            const at = next + index;
            return atMs === FIRST_MS + at * STEP_MS && nanos === 123 && fields['soc'] === at % 100;
          });
          expect([next, isNext]).toEqual([next, true]);
          next += page.length;
          after = page.length < PAGE ? undefined : page.at(-1);
        } while (after !== undefined);
      }
      expect(next).toBe(POINTS);
    },
    TEST_MS,
  );
});
