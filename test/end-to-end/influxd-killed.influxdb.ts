/** The database killed under load, while the local runtime goes on. */
import { expect, test } from '@jest/globals';
import { influxd } from './database.ts';
import { type Figures, history, type Sent } from './history.ts';
import { randomOf, readBack, startLoad } from './load.ts';
import { startLocal } from './local.ts';
import { until, within } from './until.ts';

const TEST_MS = 240_000;
const DEVICES = 12;
const POSTERS = 4;
const READINGS = 300;
const KILLS = 3;
const PATIENCE_MS = 90_000;

test(
  'kill -9 of InfluxDB in mid-write loses nothing that was acknowledged, and stores nothing twice',
  async () => {
    const seed = Number(process.env['KILL_NINE_SEED'] ?? Date.now() % 2 ** 32);
    const random = randomOf(seed);
    const told = history(Date.now);
    const amphora = await startLocal();
    const { port, mqttPort } = amphora;
    const server = await influxd.server();
    const counts = { devices: DEVICES, posters: POSTERS, readings: READINGS };
    const load = startLoad({ port, mqttPort, history: told, random, ...counts });
    let stored: readonly Sent[] = [];
    let figures: Figures | undefined;
    try {
      const total = (DEVICES + POSTERS) * READINGS;
      for (let kill = 0; kill < KILLS; kill++) {
        const after = Math.floor((total * (kill + 0.2 + 0.6 * random())) / KILLS);
        await until(`${after} acknowledgements`, () => told.acked() >= after, PATIENCE_MS);
        told.note('kill');
        await server.end('SIGKILL');
        // Writers meet a dead port, and a server that is not up yet.
        const acked = told.acked();
        await until('an acknowledgement without a database', () => told.acked() > acked, PATIENCE_MS);
        await until('messages to wait for it', async () => (await amphora.health()).waiting > 0);
        await server.again();
        told.note('up');
      }
      await within('the clients to have sent all', load.done, PATIENCE_MS);
      const settled = await amphora.drained();
      stored = await readBack(amphora, load.batteries);
      figures = told.figures(stored);
      process.stdout.write(`kill -9 of InfluxDB under load, ${KILLS} times: ${JSON.stringify({ ...figures, seed })}\n`);
      expect(figures).toMatchObject({ attempted: total, lost: 0, unexpected: 0, duplicated: 0 });
      expect(figures.stored).toBe(figures.acked + figures.recovered);
      expect(settled).toEqual({ stored: figures.stored, kept: 0 });
      expect(await amphora.end('SIGTERM')).toEqual({ code: 0, signal: null });
    } catch (error) {
      const path = told.save(`amphora-influxd-killed-${seed}`, stored);
      process.stdout.write(`kill -9: seed ${seed}, ${JSON.stringify(figures)}; its history is in ${path}\n`);
      throw error;
    } finally {
      load.close();
    }
  },
  TEST_MS,
);
