/** The journal's own disk full, and freed again, under load. */
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readBack, startLoad } from '../end-to-end/load.ts';
import { type LocalAmphora, startLocal } from '../end-to-end/local.ts';
import { temporaryFolder } from '../end-to-end/process.ts';
import { until, within } from '../end-to-end/until.ts';
import { proofMs, prove, sized } from './proof.ts';
import { mountProblem, type SmallDisk, smallDisk } from './small-disk.ts';

const MEGABYTES = 2;
const CLIENTS = 4;
const READINGS = sized(2_000, 20_000);
const TIMES_FULL = sized(2, 8);
const PATIENCE_MS = proofMs(60_000);

const problem = mountProblem();

(problem === undefined ? test : test.skip)(
  `a full disk of the journal is refused with 503 and no PUBACK, and freed it is used again${problem === undefined ? '' : `: ${problem}`}`,
  () =>
    prove('disk full', async ({ random, told, settle }) => {
      const dataDir = join(temporaryFolder(), 'data');
      const disk = smallDisk(join(dataDir, 'journal'), MEGABYTES);
      const amphora = await startLocal({ dataDir });
      const { port, mqttPort } = amphora;
      const load = startLoad({
        port,
        mqttPort,
        history: told,
        random,
        readings: READINGS,
        devices: CLIENTS,
        posters: CLIENTS,
        deviceBatch: 5,
        posterBatch: 5,
      });
      try {
        const total = 2 * CLIENTS * READINGS;
        for (let full = 0; full < TIMES_FULL; full++) {
          const after = Math.floor((total * (full + 0.1 + 0.6 * random())) / TIMES_FULL);
          await until(`${after} acknowledgements`, () => told.acked() >= after, PATIENCE_MS);
          told.note('full');
          await refuses(amphora, disk);
          const acked = told.acked();
          disk.free();
          told.note('freed');
          await until('acknowledgements again', () => told.acked() > acked, PATIENCE_MS);
        }
        await within('the clients to have sent all', load.done, PATIENCE_MS);
        // What is acknowledged by now is in the journal or stored.
        told.note('kill');
        await amphora.end('SIGKILL');
        const again = await startLocal({ dataDir });
        const { kept } = await again.drained();
        const figures = settle(await readBack(again, load.batteries), { timesFull: TIMES_FULL, kept });
        expect({ attempted: figures.attempted, kept }).toEqual({ attempted: total, kept: 0 });
        await again.end('SIGTERM');
      } finally {
        load.close();
        disk.unmount();
      }
    }),
  proofMs(120_000),
);

/** Fills it until nothing is taken at either door and nothing waits whose leaving would make room. */
async function refuses(amphora: LocalAmphora, disk: SmallDisk): Promise<void> {
  const sample = { timestamp: Date.now(), soc: 1 };
  const answer = await until(
    'a refusal',
    async () => {
      disk.fill();
      const tried = await amphora.post('/batteries/refused/telemetry', sample);
      const { waiting } = await amphora.health();
      return tried.status === 202 || waiting > 0 ? undefined : tried;
    },
    PATIENCE_MS,
  );
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) } });
  expect(answer.body).toEqual({ error: expect.stringContaining('the broker did not take the message') });
  // What is stored by now leaves the journal with the next checkpoint, and makes room once more: filled again until refused.
  await until(
    'a device to be refused',
    async () => {
      disk.fill();
      return !(await isTaken(amphora, sample));
    },
    PATIENCE_MS,
  );
}

/** Whether a device gets a PUBACK; else the broker closes its connection. */
async function isTaken(amphora: LocalAmphora, sample: object): Promise<boolean> {
  const device = await amphora.device({ clientId: 'refused' });
  const closed = new Promise<boolean>((resolve) => device.client.once('close', () => resolve(false)));
  const acknowledged = device.publish('battery/refused/telemetry', sample).then(
    () => true,
    () => false,
  );
  const isAcknowledged = await within('a PUBACK or the end of the connection', Promise.race([closed, acknowledged]));
  // Not waiting for an answer that never comes.
  device.client.end(true);
  return isAcknowledged;
}
