/**
 * A real InfluxDB killed for a while under 2 000 readings a second in each mode, and nobody does anything about it but
 * starting it again. Beside them in the same run, what others lose: the client's own WriteApi on the same server, and
 * mosquitto with persistence, killed at the same moment.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { influxd } from '../end-to-end/database.ts';
import { readBack, startLoad } from '../end-to-end/load.ts';
import { startLocal } from '../end-to-end/local.ts';
import { INGEST_MODES, type IngestMode } from '../end-to-end/target.ts';
import { until, within } from '../end-to-end/until.ts';
import { hasMosquitto, mosquittoPeer } from './mosquitto-peer.ts';
import { againFlags, proofMs, prove, sized, tell } from './proof.ts';
import { writeApiPeer } from './write-api-peer.ts';

const PER_SECOND = 2_000;
const OUTAGE_S = sized(20, 60);
const AROUND_S = sized(3, 15);
// Of 200 readings each: ten messages a second.
const CLIENTS = 8;
const BATCH = 200;
const READINGS = Math.ceil((PER_SECOND * (OUTAGE_S + 2 * AROUND_S)) / CLIENTS);
const PEER_EVERY_MS = 100;
const PATIENCE_MS = proofMs(90_000);

/** One outage for both modes. */
type Outage = {
  /** Says that one of them has stored enough before; resolves when the database is killed. */
  readonly begun: () => Promise<void>;
  /** Resolves when it is started again. */
  readonly over: () => Promise<void>;
};

test(
  `InfluxDB away for ${OUTAGE_S} s under ${PER_SECOND} readings a second: in neither mode is one lost or counted twice`,
  async () => {
    const server = await influxd.server();
    const writeApi = writeApiPeer(await influxd.newBucket());
    const mosquitto = hasMosquitto() ? await mosquittoPeer() : undefined;
    const ending = new AbortController();
    const outage = outageFor(INGEST_MODES.length, {
      kill: async () => {
        for (let i = 0; i < PER_SECOND; i++) await mosquitto?.publish(1);
        await Promise.all([server.end('SIGKILL'), mosquitto?.kill()]);
      },
      start: server.again,
    });
    try {
      await Promise.all([
        peerLoad(writeApi.write, outage, ending.signal),
        ...INGEST_MODES.map((ingest) => proveOn(ingest, outage)),
      ]);
      tell('InfluxDB killed, WriteApi with defaults', await writeApi.settle());
      tell(
        'mosquitto with persistence, kill -9',
        (await mosquitto?.settle()) ?? { skipped: 'mosquitto is not installed' },
      );
    } finally {
      ending.abort();
      mosquitto?.close();
      await writeApi.close();
    }
  },
  proofMs(240_000),
);

function proveOn(ingest: IngestMode, outage: Outage): Promise<void> {
  return prove(`InfluxDB killed, ${ingest} mode`, async ({ random, told, settle }) => {
    const amphora = await startLocal({ ingest, flags: ['--no-demo', ...againFlags(ingest)] });
    const load = startLoad({
      port: amphora.port,
      mqttPort: amphora.mqttPort,
      history: told,
      random,
      readings: READINGS,
      devices: CLIENTS / 2,
      posters: CLIENTS / 2,
      isWholeBatch: true,
      deviceBatch: BATCH,
      posterBatch: BATCH,
      pauseMs: (1_000 * CLIENTS * BATCH) / PER_SECOND,
    });
    try {
      await until('the first readings', () => told.acked() >= PER_SECOND * AROUND_S, PATIENCE_MS);
      await outage.begun();
      told.note('kill');
      const ackedBefore = told.acked();
      await outage.over();
      told.note('up');
      const ackedInOutage = told.acked() - ackedBefore;
      const upMs = performance.now();
      await within('the clients to have sent all', load.done, PATIENCE_MS);
      await until('all to be stored', async () => (await amphora.health()).waiting === 0, 4 * PATIENCE_MS);
      const healedS = Math.round((performance.now() - upMs) / 1_000);
      const stored = await readBack(amphora, load.batteries);
      // Behind it: the database's own count is read in one piece, and meanwhile a connection to the API grows old.
      const counts = await amphora.drained();
      const figures = settle(stored, { ingest, outageS: OUTAGE_S, ackedInOutage, healedS, kept: counts.kept });
      expect(figures).toMatchObject({ attempted: CLIENTS * READINGS, acked: CLIENTS * READINGS });
      expect(counts).toEqual({ stored: figures.stored, kept: 0 });
      // Nobody waited for the database: what came while it was away was acknowledged then.
      expect(ackedInOutage).toBeGreaterThan((PER_SECOND * OUTAGE_S) / 2);
      expect(await amphora.end('SIGTERM')).toEqual({ code: 0, signal: null });
    } finally {
      load.close();
    }
  });
}

type Work = { readonly kill: () => Promise<unknown>; readonly start: () => Promise<unknown> };

/** Begins when so many are ready for it. */
function outageFor(count: number, { kill, start }: Work): Outage {
  const ready = Promise.withResolvers<void>();
  let missing = count;
  const killed = ready.promise.then(kill);
  const started = killed.then(async () => {
    const killedMs = performance.now();
    await until('the outage to pass', () => performance.now() - killedMs > OUTAGE_S * 1_000, 2_000 * OUTAGE_S);
    await start();
  });
  // Whoever waits for it hears of an error.
  for (const one of [killed, started]) one.catch(() => {});
  return {
    begun: async () => {
      missing -= 1;
      if (missing === 0) ready.resolve();
      await within('all to be ready for the outage', killed, PATIENCE_MS);
    },
    over: async () => {
      await started;
    },
  };
}

/** From now on until as long behind the outage as the others send. */
async function peerLoad(write: (count: number) => void, outage: Outage, ending: AbortSignal): Promise<void> {
  const beganMs = performance.now();
  let endMs = Number.POSITIVE_INFINITY;
  const over = outage.over().then(() => {
    endMs = performance.now() + AROUND_S * 1_000;
  });
  over.catch(() => {});
  for (let written = 0; performance.now() < endMs && !ending.aborted; ) {
    const due = Math.floor(((performance.now() - beganMs) * PER_SECOND) / 1_000);
    write(due - written);
    written = due;
    await pause(PEER_EVERY_MS);
  }
}
