/** How it goes, asked over HTTP: with everything at hand, and with parts of it gone. */
import { beforeAll, expect, test } from '@jest/globals';
import { type LocalAmphora, startLocal } from './local.ts';
import { LOCAL, onIngest, onTargets } from './target.ts';
import { until } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 60_000;

onTargets(LOCAL, 'the status of a local runtime', () => {
  let amphora: LocalAmphora;
  const status = async () => {
    const answer = await amphora.get('/status');
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    return Object(answer.body);
  };

  beforeAll(async () => {
    amphora = await startLocal();
  }, START_MS);

  test(
    'tells what the last minute stored, that nothing waits or is in quarantine, and that the database answers',
    async () => {
      const atMs = Date.now();
      const samples = [5, 4, 3, 2, 1].map((s) => ({
        soc: 60 + s,
        timestamp: new Date(atMs - s * 1_000).toISOString(),
      }));
      const old = { soc: 1, timestamp: new Date(atMs - 120_000).toISOString() };
      expect((await amphora.post('/batteries/boat/telemetry', { samples: [...samples, old] })).status).toBe(202);
      await amphora.drained();
      expect(await status()).toEqual({
        asOf: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+\+00:00$/),
        stored: { readings: 5, overS: 60, perS: 5 / 60 },
        waiting: { messages: 0 },
        failed: { messages: 0 },
        quarantined: { count: 0, atLeast: false },
        database: { reachable: true },
        unknown: {},
      });
    },
    TEST_MS,
  );

  test(
    'counts what is in quarantine',
    async () => {
      const device = await amphora.device();
      for (const payload of ['{"soc":', '[]']) await device.publish('battery/bad/telemetry', payload);
      await device.end();
      await amphora.drained();
      expect((await status()).quarantined).toEqual({ count: 2, atLeast: false });
    },
    TEST_MS,
  );

  onIngest('direct', 'messages that wait for their next try', () => {
    test(
      'says that the database is away and why, counts what failed meanwhile, and says that it is back',
      async () => {
        await amphora.withoutStore(async () => {
          await amphora.post('/batteries/boat/telemetry', { soc: 50 });
          const away = await status();
          expect(away).toMatchObject({
            database: { reachable: false, reason: expect.stringContaining(amphora.storeName) },
            quarantined: { count: 2 },
            unknown: { stored: away.database.reason },
          });
          expect(away).not.toHaveProperty('stored');
          await until('the message to have failed', async () => (await status()).failed.messages === 1);
          expect((await status()).waiting).toEqual({ messages: 0 });
        });
        await until('the database to be back', async () => (await status()).database.reachable === true);
        expect((await status()).unknown).toEqual({});
      },
      TEST_MS,
    );
  });
});
