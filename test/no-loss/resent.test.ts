/** What the promise leaves out: a sample without a time of its own is another sample each time that it is sent. */
import { expect, test } from '@jest/globals';
import { startLocal } from '../end-to-end/local.ts';
import { allRows } from '../end-to-end/pages.ts';
import { proofMs, prove, sized, tell } from './proof.ts';

const SAMPLES = sized(200, 5_000);
const MOST_TIMES = 3;

test(
  'samples without a timestamp are all stored, and a resend is counted again: the count is printed',
  () =>
    prove('resent without a timestamp', async ({ random, seed, told }) => {
      const amphora = await startLocal();
      const device = await amphora.device();
      const sends = Array.from({ length: SAMPLES }, () => 1 + Math.floor(MOST_TIMES * random()));
      for (const [i, times] of sends.entries()) {
        told.note(`voltage ${i / 8}: ${times} times`);
        for (let time = 0; time < times; time++) await device.publish('battery/boat/telemetry', { voltage: i / 8 });
      }
      const { kept } = await amphora.drained();
      const { rows } = await allRows(amphora, '/read?shape=wide&battery=boat&begin=-1h');
      const counts = new Map<number, number>();
      for (const { voltage } of rows) counts.set(Number(voltage), (counts.get(Number(voltage)) ?? 0) + 1);
      const sent = sends.reduce((sum, times) => sum + times, 0);
      const stored = rows.length;
      const duplicated = stored - counts.size;
      const unexpected = [...counts.keys()].filter((voltage) => sends[voltage * 8] === undefined).length;
      const lost = sends.filter((_, i) => !counts.has(i / 8)).length;
      const figures = { attempted: sent, acked: sent, stored, lost, unexpected, duplicated, recovered: 0, seed };
      tell('resent without a timestamp', { ...figures, samples: SAMPLES });

      expect({ lost, unexpected, kept }).toEqual({ lost: 0, unexpected: 0, kept: 0 });
      // Of those that came within one millisecond with the same content one is left; never more than were sent.
      for (const [i, times] of sends.entries()) expect(counts.get(i / 8)).toBeLessThanOrEqual(times);
      expect(duplicated).toBeGreaterThan(0);
      expect(rows.every((row) => row['received'] === 1)).toBe(true);
      await device.end();
      await amphora.end('SIGTERM');
    }),
  proofMs(90_000),
);
