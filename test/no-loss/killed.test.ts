/** The local runtime killed again and again while devices and posters send batches. */
import { expect, test } from '@jest/globals';
import { readBack, startLoad } from '../end-to-end/load.ts';
import { startLocal } from '../end-to-end/local.ts';
import { INGEST_MODES, type IngestMode, TARGET } from '../end-to-end/target.ts';
import { until, within } from '../end-to-end/until.ts';
import { againFlags, proofMs, prove, sized } from './proof.ts';

type Size = {
  readonly kills: number;
  readonly leastAcked: number;
  readonly deviceBatch: number;
  readonly posterBatch: number;
};

// As many readings as were asked for, in messages that carry them.
const LARGE: Size = { kills: 10, leastAcked: 100_000, deviceBatch: 60, posterBatch: 200 };
// Messages of few readings, that each kill meets many of them: in the journal, in the queue, and in both.
const SMALL: Size = { kills: 3, leastAcked: 10_000, deviceBatch: 4, posterBatch: 4 };
const SIZES: Readonly<Record<IngestMode, Size>> = sized(
  { direct: TARGET === 'sqlite' ? LARGE : SMALL, buffered: SMALL },
  {
    direct: { ...LARGE, kills: 20, leastAcked: 500_000 },
    buffered: { ...LARGE, kills: 20, leastAcked: 500_000 },
  },
);
const DEVICES = 8;
const POSTERS = 4;
const PATIENCE_MS = proofMs(60_000);

test.each(INGEST_MODES.map((ingest) => ({ ingest, ...SIZES[ingest] })))(
  '$ingest mode: kill -9 at $kills random moments loses none of $leastAcked acknowledged readings, nor does a stop between',
  ({ ingest, kills, leastAcked, deviceBatch, posterBatch }) =>
    prove(`kill -9 under load, ${ingest} mode`, async ({ random, told, settle }) => {
      // A tenth more than asked: what a poster never heard of is none that was acknowledged.
      const readings = Math.ceil((1.1 * leastAcked) / (DEVICES + POSTERS));
      // A batch that is still being written must not be handed out again, as it is after the second that other tests have.
      const mode = { ingest, flags: ['--no-demo', ...againFlags(ingest)] };
      let amphora = await startLocal(mode);
      const { port, mqttPort, dataDir } = amphora;
      const load = startLoad({
        port,
        mqttPort,
        history: told,
        random,
        readings,
        devices: DEVICES,
        posters: POSTERS,
        deviceBatch,
        posterBatch,
      });
      try {
        const total = (DEVICES + POSTERS) * readings;
        const ends = endsOf(kills);
        for (const [i, signal] of ends.entries()) {
          // Anywhere in this end's share of the load, so that each meets clients at work. Of what is sent, for of what a kill
          // met in the middle nobody may ever hear.
          const after = Math.floor((total * (i + 0.1 + 0.7 * random())) / ends.length);
          await until(`${after} readings to be sent`, () => told.attempted() >= after, PATIENCE_MS);
          told.note(signal);
          const ended = signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal };
          expect(await amphora.end(signal)).toEqual(ended);
          amphora = await startLocal({ dataDir, port, mqttPort, ...mode });
          told.note('up');
        }
        await within('the clients to have sent all', load.done, PATIENCE_MS);
        // Behind a queue what is acknowledged may run far ahead of what is stored.
        await until('all to be stored', async () => (await amphora.health()).waiting === 0, 2 * PATIENCE_MS);
        const counts = await amphora.drained();
        const stored = await readBack(amphora, load.batteries);
        const figures = settle(stored, { ingest, kills });
        expect(figures.attempted).toBe(total);
        expect(figures.acked).toBeGreaterThanOrEqual(leastAcked);
        expect(counts).toEqual({ stored: figures.stored, kept: 0 });
        expect(await amphora.end('SIGTERM')).toEqual({ code: 0, signal: null });
      } finally {
        load.close();
      }
    }),
  proofMs(180_000),
);

/** The kills, and in their midst a stop as asked, which loses no more than they do. */
function endsOf(kills: number): readonly NodeJS.Signals[] {
  const ends = Array.from({ length: kills }, (): NodeJS.Signals => 'SIGKILL');
  return ends.toSpliced(Math.ceil(kills / 2), 0, 'SIGTERM');
}
