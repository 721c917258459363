/** The list of batteries in a real InfluxDB, which is asked in parts: of any of them nothing is lost or told twice. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BatterySpan } from '../../lambdas/store/store.ts';
import { influxdFor } from '../influxd.ts';
import { point } from './arbitraries.ts';
import { storeIn, writeLines } from './influxdb-raw.ts';

const influxd = influxdFor();

const DAY_MS = 86_400_000;
const MONDAY_MS = Date.UTC(2026, 10, 23);
const NOW_MS = MONDAY_MS + 3 * DAY_MS;
const nowMs = (): number => NOW_MS;
const PATIENCE_MS = 120_000;

// Every kind of place: shards of long ago, both sides of this Monday, now, and ahead of it.
const arbAtMs = fc.oneof(
  fc.constantFrom(0, MONDAY_MS - 1, MONDAY_MS, NOW_MS, NOW_MS + 300_000),
  fc.integer({ min: 1, max: 60 }).map((days) => MONDAY_MS - days * DAY_MS),
  fc.integer({ min: MONDAY_MS, max: NOW_MS }),
);
const arbField = fc.constantFrom('soc=1', 'voltage=52.5', 'boot="b7"', 'cellVoltageMinId="C3"');
const arbPlace = fc.constantFrom('battery', 'cell', 'battery_alarm', 'battery_data');
const arbLine = fc.tuple(arbPlace, fc.integer({ min: -1, max: 60 }), arbField, arbAtMs);
type Line = typeof arbLine extends fc.Arbitrary<infer Value> ? Value : never;

// Without a tag it is the original demo's, and the default battery's.
const idOf = (number: number): string => (number < 1 ? 'default' : `b${number}`);
const textOf = ([place, number, field, atMs]: Line): string =>
  `${place}${number < 0 ? '' : `,battery=${idOf(number)}`} ${field} ${atMs}000000`;

function spansOf(lines: readonly Line[]): readonly BatterySpan[] {
  return [...Map.groupBy(lines, ([, number]) => idOf(number))]
    .map(([id, theirs]) => {
      const times = theirs.map(([, , , atMs]) => atMs);
      return { id, firstAtMs: Math.min(...times), lastAtMs: Math.max(...times) };
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe('the list of batteries', () => {
  test(
    'has the first and the last time of each, of few and of many, whatever and whenever they sent',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(arbLine, { minLength: 1, maxLength: 100, size: 'max' }), async (lines) => {
          const address = await influxd.newBucket();
          await writeLines(address, lines.map(textOf));
          const store = storeIn(address, { nowMs });
          // The first list tells the store how to ask for the second.
          expect(await store.batteries()).toEqual(spansOf(lines));
          expect(await store.batteries()).toEqual(spansOf(lines));
        }),
        { numRuns: 40 },
      );
    },
    PATIENCE_MS,
  );

  test(
    'is the same where a field has several types',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(arbLine, { minLength: 1, maxLength: 20 }), async (lines) => {
          const address = await influxd.newBucket();
          await writeLines(address, lines.map(textOf));
          // A shard knows one type of a field, so that these are of two.
          await writeLines(address, [`battery_data,battery=b7 power=1i ${MONDAY_MS - 9 * DAY_MS}000000`]);
          await writeLines(address, [`battery_data,battery=b7 power=1 ${MONDAY_MS}000000`]);
          const more: readonly Line[] = [MONDAY_MS - 9 * DAY_MS, MONDAY_MS].map((atMs) => [
            'battery',
            7,
            'soc=1',
            atMs,
          ]);
          expect(await storeIn(address, { nowMs }).batteries()).toEqual(spansOf([...lines, ...more]));
        }),
        { numRuns: 10 },
      );
    },
    PATIENCE_MS,
  );

  test('is told of a battery that comes to a few, and of a hundred that come to them', async () => {
    const address = await influxd.newBucket();
    const store = storeIn(address, { nowMs });
    const count = async (): Promise<number> => (await store.batteries()).length;
    expect(await count()).toBe(0);
    for (const batteries of [1, 2, 102, 103]) {
      const ids = Array.from({ length: batteries }, (_, i) => i + 1);
      await writeLines(
        address,
        ids.map((id) => textOf(['battery', id, 'soc=1', NOW_MS])),
      );
      expect(await count()).toBe(batteries);
    }
  });

  test('has at once what another store wrote, a late first sample and a new battery of long ago too', async () => {
    const address = await influxd.newBucket();
    const [writer, reader] = [storeIn(address, { nowMs }), storeIn(address, { nowMs })];
    const told = async (): Promise<unknown> => (await reader.batteries()).map((span) => Object.values(span));
    await writer.append([point('boat', NOW_MS, { soc: 1 })]);
    expect(await told()).toEqual([['boat', NOW_MS, NOW_MS]]);
    await writer.append([point('boat', NOW_MS - DAY_MS, { soc: 1 })]);
    expect(await told()).toEqual([['boat', NOW_MS - DAY_MS, NOW_MS]]);
    await writer.append([point('boat', NOW_MS - 90 * DAY_MS, { cellVoltageMinId: 'C3' })]);
    await writer.append([point('barn', NOW_MS - 80 * DAY_MS, { soc: 1 })]);
    expect(await told()).toEqual([
      ['barn', NOW_MS - 80 * DAY_MS, NOW_MS - 80 * DAY_MS],
      ['boat', NOW_MS - 90 * DAY_MS, NOW_MS],
    ]);
  });
});
