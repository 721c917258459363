/** What the chain is compared with does what the original demo did, and what is counted is what the database holds. */
import { describe, expect, test } from '@jest/globals';
import { connectAsync } from 'mqtt';
import { bareRate, countOf, untilCounted } from '../../bench/chain/buckets.ts';
import { type Demo, demoParts, startDemo } from '../../bench/chain/demo.ts';
import { jsonPost } from '../../bench/loads.ts';
import { until } from '../end-to-end/until.ts';
import { influxdFor } from '../influxd.ts';

const influxd = influxdFor();
// The packages of the demo may have to be installed.
const PATIENCE_MS = 300_000;
const FIRST_MS = Date.parse('2026-11-23T12:33:33.123Z');

async function withDemo(use: (demo: Demo) => Promise<void>, bucket: Parameters<typeof startDemo>[1]): Promise<void> {
  const parts = await demoParts();
  if (!parts.ok) throw new Error(parts.reason);
  const demo = await startDemo(parts, bucket);
  try {
    await use(demo);
  } finally {
    await demo.end();
  }
}

async function answerOf(url: string, init?: RequestInit): Promise<readonly [status: number, body: unknown]> {
  const response = await fetch(url, init);
  return [response.status, await response.json()];
}

describe('the rebuilt demo', () => {
  test(
    'answers as the original did, shows what came, and stores it as battery_data of its own time',
    async () => {
      const bucket = await influxd.newBucket();
      await withDemo(async ({ url, mqttPort }) => {
        const live = async (): Promise<unknown> => (await answerOf(`${url}/livedata`))[1];
        expect(await live()).toEqual({ charge: null, discharge: null, timestamp: null, unit: 'kW' });

        const device = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
        const timestamp = new Date(FIRST_MS).toISOString();
        await device.publishAsync('battery/charge', JSON.stringify({ charge: 1.5, unit: 'kW', timestamp }), { qos: 1 });
        await device.endAsync();
        await untilCounted(bucket, 1, 10_000, { firstMs: FIRST_MS, ms: 1 });
        expect(await live()).toEqual({ charge: 1.5, discharge: null, timestamp, unit: 'kW' });

        expect(await answerOf(`${url}/charge`, jsonPost({ charge: 10.5 }))).toEqual([
          200,
          { message: 'charge set to: 10.5 kW' },
        ]);
        expect(await answerOf(`${url}/discharge`, jsonPost({ discharge: 4.5, unit: 'kW' }))).toEqual([
          200,
          { message: 'Discharge value set to: 4.5 kW' },
        ]);
        expect(await answerOf(`${url}/charge`, jsonPost({ unit: 'kW' }))).toEqual([
          400,
          { error: "Missing 'charge' field" },
        ]);
        await until('what was posted', async () => {
          const { charge, discharge } = Object(await live());
          return charge === 10.5 && discharge === 4.5;
        });
        await untilCounted(bucket, 2, 10_000);
      }, bucket);
    },
    PATIENCE_MS,
  );
});

describe('what is counted', () => {
  test('is every line that was written, and each a point of its own', async () => {
    const bucket = await influxd.newBucket();
    expect(await countOf(bucket)).toBe(0);
    expect(await bareRate(bucket, { lines: 3, linesARequest: 1, firstMs: FIRST_MS, sideBySide: 1 })).toBeGreaterThan(0);
    await bareRate(bucket, { lines: 20, linesARequest: 10, firstMs: FIRST_MS + 3, sideBySide: 1 });
    await bareRate(bucket, { lines: 20, linesARequest: 1, firstMs: FIRST_MS + 23, sideBySide: 8 });
    expect(await countOf(bucket)).toBe(43);
    expect(await countOf(bucket, { firstMs: FIRST_MS + 2, ms: 1 })).toBe(1);
    expect(await countOf(bucket, { firstMs: FIRST_MS + 2, ms: 3 })).toBe(3);
    expect(await countOf(bucket, { firstMs: FIRST_MS + 43, ms: 1 })).toBe(0);
  });

  test('a reading too few or too many ends the bench with both numbers', async () => {
    const bucket = await influxd.newBucket();
    await bareRate(bucket, { lines: 2, linesARequest: 2, firstMs: FIRST_MS, sideBySide: 1 });
    await untilCounted(bucket, 2, 0);
    await expect(untilCounted(bucket, 3, 0)).rejects.toThrow('holds 2 readings, where 3 were acknowledged');
    await expect(untilCounted(bucket, 1, 10_000)).rejects.toThrow('holds 2 readings, where 1 were acknowledged');
  });
});
