/**
 * A real InfluxDB killed for a while under 2 000 readings a second, and nobody does anything about it but starting it
 * again. Beside it in the same run, what others lose: the client's own WriteApi on the same server, and mosquitto with
 * persistence, killed at the same moment.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { influxd } from '../end-to-end/database.ts';
import { readBack, startLoad } from '../end-to-end/load.ts';
import { startLocal } from '../end-to-end/local.ts';
import { until, within } from '../end-to-end/until.ts';
import { hasMosquitto, mosquittoPeer } from './mosquitto-peer.ts';
import { proofMs, prove, sized, tell } from './proof.ts';
import { writeApiPeer } from './write-api-peer.ts';

const PER_SECOND = 2_000;
const OUTAGE_S = sized(20, 60);
const AROUND_S = sized(3, 15);
// Of 200 readings each: ten messages a second.
const CLIENTS = 8;
const BATCH = 200;
// One and two minutes by default, which the soak waits for.
const FLAGS = ['--no-demo', '--retry-delays', sized('10,20', '60,120')];
const PEER_EVERY_MS = 100;
const PATIENCE_MS = proofMs(90_000);

test(
  `InfluxDB away for ${OUTAGE_S} s under ${PER_SECOND} readings a second: nothing is lost and nothing counted twice`,
  () =>
    prove('InfluxDB killed', async ({ random, told, settle }) => {
      const amphora = await startLocal({ flags: FLAGS });
      const server = await influxd.server();
      const writeApi = writeApiPeer(await influxd.newBucket());
      const mosquitto = hasMosquitto() ? await mosquittoPeer() : undefined;
      const readings = Math.ceil((PER_SECOND * (OUTAGE_S + 2 * AROUND_S)) / CLIENTS);
      const load = startLoad({
        port: amphora.port,
        mqttPort: amphora.mqttPort,
        history: told,
        random,
        readings,
        devices: CLIENTS / 2,
        posters: CLIENTS / 2,
        isWholeBatch: true,
        deviceBatch: BATCH,
        posterBatch: BATCH,
        pauseMs: (1_000 * CLIENTS * BATCH) / PER_SECOND,
      });
      const ending = new AbortController();
      const peer = peerLoad(writeApi.write, ending.signal);
      try {
        await until('the first readings', () => told.acked() >= PER_SECOND * AROUND_S, PATIENCE_MS);
        for (let i = 0; i < PER_SECOND; i++) await mosquitto?.publish(1);
        told.note('kill');
        const ackedBefore = told.acked();
        await Promise.all([server.end('SIGKILL'), mosquitto?.kill()]);
        const killedMs = performance.now();
        await until('the outage to pass', () => performance.now() - killedMs > OUTAGE_S * 1_000, 2_000 * OUTAGE_S);
        const ackedInOutage = told.acked() - ackedBefore;
        await server.again();
        told.note('up');
        const upMs = performance.now();
        await within('the clients to have sent all', load.done, PATIENCE_MS);
        ending.abort();
        await peer;
        await until('all to be stored', async () => (await amphora.health()).waiting === 0, 4 * PATIENCE_MS);
        const healedS = Math.round((performance.now() - upMs) / 1_000);
        const stored = await readBack(amphora, load.batteries);
        // Behind it: the database's own count is read in one piece, and meanwhile a connection to the API grows old.
        const counts = await amphora.drained();
        tell('InfluxDB killed, WriteApi with defaults', await writeApi.settle());
        tell(
          'mosquitto with persistence, kill -9',
          (await mosquitto?.settle()) ?? { skipped: 'mosquitto is not installed' },
        );
        const figures = settle(stored, { outageS: OUTAGE_S, ackedInOutage, healedS, kept: counts.kept });
        expect(figures).toMatchObject({ attempted: CLIENTS * readings, acked: CLIENTS * readings });
        expect(counts).toEqual({ stored: figures.stored, kept: 0 });
        // Nobody waited for the database: what came while it was away was acknowledged then.
        expect(ackedInOutage).toBeGreaterThan((PER_SECOND * OUTAGE_S) / 2);
        expect(await amphora.end('SIGTERM')).toEqual({ code: 0, signal: null });
      } finally {
        ending.abort();
        load.close();
        mosquitto?.close();
        await writeApi.close();
      }
    }),
  proofMs(240_000),
);

async function peerLoad(write: (count: number) => void, ending: AbortSignal): Promise<void> {
  const beganMs = performance.now();
  for (let written = 0; !ending.aborted; ) {
    const due = Math.floor(((performance.now() - beganMs) * PER_SECOND) / 1_000);
    write(due - written);
    written = due;
    await pause(PEER_EVERY_MS);
  }
}
