/** A database that somebody else holds locked, while more is sent than may wait: nothing is done behind anybody's back. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { type Amphora, startAmphora } from './amphora.ts';
import { connectDevice } from './devices.ts';
import { until, within } from './until.ts';

const LIMIT_MS = 150_000;
const MAX_PENDING = 1_000;
const STOP_PATIENCE_MS = 25_000;
// As long as on AWS: what fails now stays waiting for the whole test.
const FLAGS = ['--no-demo', '--retry-delays', '60,120'];

/** As many messages as may wait, all acknowledged, and none of them stored. */
async function fillUp(amphora: Amphora): Promise<void> {
  const device = await connectDevice(amphora.mqttPort);
  const firstMs = Date.now() - 100_000;
  const sent = Array.from({ length: MAX_PENDING }, (_, i) =>
    device.publishAsync('battery/full/telemetry', `{"soc": 50, "timestamp": ${firstMs + i}}`, { qos: 1 }),
  );
  await within('a thousand acknowledgements', Promise.all(sent), 60_000);
  await until('all of them wait', async () => (await amphora.health()).waiting === MAX_PENDING);
}

function locked(dataDir: string): { readonly release: () => void } {
  const database = new DatabaseSync(join(dataDir, 'store.sqlite'));
  database.exec('BEGIN IMMEDIATE');
  return { release: () => database.close() };
}

test(
  'a POST that was answered 503 is not stored later, and a stop does not wait for those that wait; what was acknowledged is stored by the next start',
  async () => {
    const amphora = await startAmphora({ flags: FLAGS });
    const { dataDir } = amphora;
    const lock = locked(dataDir);
    await fillUp(amphora);
    const refused = await amphora.post('/charge', { charge: 77 });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    const device = await connectDevice(amphora.mqttPort);
    let isAcknowledged = false;
    void device.publishAsync('battery/charge', '{"charge": 78}', { qos: 1 }).then(
      () => {
        isAcknowledged = true;
      },
      () => undefined,
    );
    const { code } = await within('the stop', amphora.end('SIGTERM'), STOP_PATIENCE_MS);
    expect(code).toBe(0);
    expect(isAcknowledged).toBe(false);
    lock.release();

    const again = await startAmphora({ dataDir, flags: FLAGS });
    await again.drained();
    expect((await again.health()).stored).toBe(MAX_PENDING);
    expect((await again.get('/livedata')).body).toMatchObject({ charge: null, discharge: null });
  },
  LIMIT_MS,
);
