/** From the previous commit to this one at home: the data folder goes on, whatever state it was left in, and back again. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { startLocal } from '../end-to-end/local.ts';
import { temporaryFolder } from '../end-to-end/process.ts';
import { until } from '../end-to-end/until.ts';
import { fillFolder } from './fill-folder.ts';
import { expectAllThere, expectBatteries } from './old-readings.ts';
import { previousVersion } from './previous.ts';
import { startVersion } from './version.ts';

const TEST_MS = 300_000;
const HOUR_MS = 3_600_000;

const previous = await previousVersion();
// Jest names no test of a file that it skips whole.
if (!previous.ok) process.stdout.write(`upgrade: the previous data folder is not tested, for ${previous.reason}\n`);
const title = previous.ok
  ? `the data folder of ${previous.title}`
  : `not tested, for ${previous.reason}: its data folder`;

(previous.ok ? describe : describe.skip)(title, () => {
  const root = previous.ok ? previous.root : '';

  test(
    'is taken up by this version after kill -9, and afterwards by the previous one again',
    async () => {
      const dataDir = join(temporaryFolder(), 'data');
      const filled = await fillFolder(root, dataDir, Date.now() - 2 * HOUR_MS);
      const sent = [...filled.stored, ...filled.waiting];
      const amphora = await startLocal({ dataDir });
      expect((await amphora.drained()).kept).toBe(filled.kept);
      await expectAllThere(amphora, sent);
      await expectBatteries(amphora, sent);
      const anew = { battery: 'anew', timestamp: Date.now() - 1000, fields: { soc: 12 } };
      const answer = await amphora.post('/batteries/anew/telemetry', { timestamp: anew.timestamp, ...anew.fields });
      expect(answer.status).toBe(202);
      await amphora.drained();
      await amphora.end('SIGTERM');

      const back = await startVersion(root, dataDir, ['--no-demo']);
      await expectAllThere(back, [...sent, anew]);
      await back.kill();
      expect(existsSync(join(dataDir, 'store.sqlite'))).toBe(true);
    },
    TEST_MS,
  );

  test(
    'is taken up while it is empty',
    async () => {
      const dataDir = join(temporaryFolder(), 'data');
      const before = await startVersion(root, dataDir, ['--no-demo']);
      expect((await before.get('/batteries')).text).toBe('[]');
      await before.kill();
      const amphora = await startLocal({ dataDir });
      expect((await amphora.post('/charge', { charge: 3 })).status).toBe(200);
      await until('the charge', async () => (await amphora.get('/livedata')).text.includes('"charge":3'));
    },
    TEST_MS,
  );
});
