/** A database that cannot be used, while more is sent than may wait: nothing is done behind anybody's back. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { type LocalAmphora, startLocal } from './local.ts';
import { LOCAL, onIngest, onTargets, TARGET } from './target.ts';
import { until, within } from './until.ts';

const LIMIT_MS = 150_000;
const MAX_PENDING = 1_000;
const STOP_PATIENCE_MS = 25_000;
// As long as on AWS: what fails now stays waiting for the whole test.
const FLAGS = ['--no-demo', '--retry-delays', '60,120'];

/** As many messages as may wait, all acknowledged, and none of them stored. */
async function fillUp(amphora: LocalAmphora): Promise<void> {
  const { client } = await amphora.device();
  const firstMs = Date.now() - 100_000;
  const sent = Array.from({ length: MAX_PENDING }, (_, i) =>
    client.publishAsync('battery/full/telemetry', `{"soc": 50, "timestamp": ${firstMs + i}}`, { qos: 1 }),
  );
  await within('a thousand acknowledgements', Promise.all(sent), 60_000);
  await until('all of them wait', async () => (await amphora.health()).waiting === MAX_PENDING);
}

/** While the work runs, the database is not to be had: the file is held locked, or the server is down. */
async function withUnusableStore(amphora: LocalAmphora, work: () => Promise<void>): Promise<void> {
  if (TARGET !== 'sqlite') return amphora.withoutStore(work);
  const database = new DatabaseSync(join(amphora.dataDir, 'store.sqlite'));
  database.exec('BEGIN IMMEDIATE');
  try {
    await work();
  } finally {
    database.close();
  }
}

onTargets(LOCAL, 'what may wait in the local runtime', () => {
  // With a queue before the writer nobody waits for the store.
  onIngest('direct', 'senders that wait for the store', () => {
    test(
      'a POST that was answered 503 is not stored later, and a stop does not wait for those that wait; what was acknowledged is stored by the next start',
      async () => {
        const amphora = await startLocal({ flags: FLAGS });
        const { dataDir } = amphora;
        await withUnusableStore(amphora, async () => {
          await fillUp(amphora);
          const refused = await amphora.post('/charge', { charge: 77 });
          expect(refused.status).toBe(503);
          expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
          const { client } = await amphora.device();
          let isAcknowledged = false;
          void client.publishAsync('battery/charge', '{"charge": 78}', { qos: 1 }).then(
            () => {
              isAcknowledged = true;
            },
            () => undefined,
          );
          const { code } = await within('the stop', amphora.end('SIGTERM'), STOP_PATIENCE_MS);
          expect(code).toBe(0);
          expect(isAcknowledged).toBe(false);
        });

        // What waits for its next try waits no longer than this start's own delays.
        const again = await startLocal({ dataDir });
        expect(await again.drained()).toEqual({ stored: MAX_PENDING, kept: 0 });
        expect((await again.get('/livedata')).body).toMatchObject({ charge: null, discharge: null });
      },
      LIMIT_MS,
    );
  });
});
