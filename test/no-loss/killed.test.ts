/** The local runtime killed again and again while devices and posters send batches. */
import { expect, test } from '@jest/globals';
import { readBack, startLoad } from '../end-to-end/load.ts';
import { startLocal } from '../end-to-end/local.ts';
import { until, within } from '../end-to-end/until.ts';
import { proofMs, prove, sized } from './proof.ts';

const KILLS = sized(10, 20);
const LEAST_ACKED = sized(100_000, 500_000);
const DEVICES = 8;
const POSTERS = 4;
const PATIENCE_MS = proofMs(60_000);

test(
  `kill -9 at ${KILLS} random moments loses none of ${LEAST_ACKED} acknowledged readings`,
  () =>
    prove('kill -9 under load', async ({ random, told, settle }) => {
      // A tenth more than asked: what a poster never heard of is none that was acknowledged.
      const readings = Math.ceil((1.1 * LEAST_ACKED) / (DEVICES + POSTERS));
      let amphora = await startLocal();
      const { port, mqttPort, dataDir } = amphora;
      const load = startLoad({
        port,
        mqttPort,
        history: told,
        random,
        readings,
        devices: DEVICES,
        posters: POSTERS,
        deviceBatch: 60,
        posterBatch: 200,
      });
      try {
        const total = (DEVICES + POSTERS) * readings;
        for (let kill = 0; kill < KILLS; kill++) {
          // Anywhere in this kill's share of the load, so that each meets clients at work.
          const after = Math.floor((total * (kill + 0.1 + 0.7 * random())) / KILLS);
          await until(`${after} acknowledgements`, () => told.acked() >= after, PATIENCE_MS);
          told.note('kill');
          expect(await amphora.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
          amphora = await startLocal({ dataDir, port, mqttPort });
          told.note('up');
        }
        await within('the clients to have sent all', load.done, PATIENCE_MS);
        const counts = await amphora.drained();
        const stored = await readBack(amphora, load.batteries);
        const figures = settle(stored, { kills: KILLS });
        expect(figures.attempted).toBe(total);
        expect(figures.acked).toBeGreaterThanOrEqual(LEAST_ACKED);
        expect(counts).toEqual({ stored: figures.stored, kept: 0 });
        expect(await amphora.end('SIGTERM')).toEqual({ code: 0, signal: null });
      } finally {
        load.close();
      }
    }),
  proofMs(180_000),
);
