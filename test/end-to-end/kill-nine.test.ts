import { expect, test } from '@jest/globals';
import { type Figures, history, type Sent } from './history.ts';
import { randomOf, readBack, startLoad } from './load.ts';
import { startLocal } from './local.ts';
import { LOCAL, onTargets } from './target.ts';
import { until, within } from './until.ts';

const TEST_MS = 240_000;
const DEVICES = 24;
const POSTERS = 4;
const READINGS = 300;
// A stop as asked, between the kills, loses no more than they do.
const ENDS = ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const;
const PATIENCE_MS = 90_000;

onTargets(LOCAL, 'the process that is killed', () => {
  test(
    'kill -9 under load loses nothing that was acknowledged, and stores nothing twice',
    async () => {
      const seed = Number(process.env['KILL_NINE_SEED'] ?? Date.now() % 2 ** 32);
      const random = randomOf(seed);
      const told = history(Date.now);
      let amphora = await startLocal();
      const { port, mqttPort, dataDir } = amphora;
      const load = startLoad({
        port,
        mqttPort,
        history: told,
        random,
        devices: DEVICES,
        posters: POSTERS,
        readings: READINGS,
      });
      let stored: readonly Sent[] = [];
      let figures: Figures | undefined;
      try {
        const total = (DEVICES + POSTERS) * READINGS;
        for (const [i, signal] of ENDS.entries()) {
          // Anywhere in this end's share of the load, so that each meets clients at work.
          const after = Math.floor((total * (i + 0.2 + 0.6 * random())) / ENDS.length);
          await until(`${after} acknowledgements`, () => told.acked() >= after, PATIENCE_MS);
          told.note(signal);
          const ended = signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal };
          expect(await amphora.end(signal)).toEqual(ended);
          amphora = await startLocal({ dataDir, port, mqttPort });
          told.note('up');
        }
        await within('the clients to have sent all', load.done, PATIENCE_MS);
        const counts = await amphora.drained();
        stored = await readBack(amphora, load.batteries);
        figures = told.figures(stored);
        process.stdout.write(`kill -9 under load, ${ENDS.join(', ')}: ${JSON.stringify({ ...figures, seed })}\n`);
        expect(figures).toMatchObject({ lost: 0, unexpected: 0, duplicated: 0 });
        expect(figures.attempted).toBe(total);
        expect(figures.stored).toBe(figures.acked + figures.recovered);
        expect(counts).toEqual({ stored: figures.stored, kept: 0 });
        expect(await amphora.end('SIGTERM')).toEqual({ code: 0, signal: null });
      } catch (error) {
        const path = told.save(`amphora-kill-nine-${seed}`, stored);
        process.stdout.write(`kill -9: seed ${seed}, ${JSON.stringify(figures)}; its history is in ${path}\n`);
        throw error;
      } finally {
        load.close();
      }
    },
    TEST_MS,
  );
});
