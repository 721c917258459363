import { describe, expect, test } from '@jest/globals';
import type { Amphora } from './amphora.ts';
import { sentenceOf } from './http.ts';
import { startLocal } from './local.ts';
import { startAmphora } from './start.ts';
import { LOCAL, onTargets } from './target.ts';
import { until } from './until.ts';

const TEST_MS = 150_000;
const BY_DEFAULT = { flags: [] } as const;

type Known = { readonly id: string; readonly lastAt: string; readonly simulated: boolean };

async function batteries(amphora: Amphora): Promise<readonly Known[]> {
  return JSON.parse((await amphora.get('/batteries')).text);
}

async function demo(amphora: Amphora): Promise<Known | undefined> {
  return (await batteries(amphora)).find(({ id }) => id === 'demo');
}

// On InfluxDB an answer may be a second old.
const untilGone = (amphora: Amphora): Promise<boolean> =>
  until('the demo to be gone', async () => (await demo(amphora)) === undefined, 1_500);

onTargets(LOCAL, 'what only the local runtime simulates', () => {
  describe('the simulated battery', () => {
    test(
      'runs while there is nothing real, is marked, counts for nothing, and stops at the first real reading',
      async () => {
        const amphora = await startLocal(BY_DEFAULT);
        const first = await until('the demo', () => demo(amphora));
        expect(first.simulated).toBe(true);
        const live = await until('the demo to move', async () => {
          const { body, text } = await amphora.get('/livedata?battery=demo');
          return text.includes('"quality":"live"') ? body : undefined;
        });
        expect(live).toMatchObject({ battery: 'demo', simulated: true, soc: { unit: '%' } });
        expect((await amphora.get('/livedata')).body).toMatchObject({ charge: null, discharge: null });
        expect(await amphora.drained()).toEqual({ stored: 0, kept: 0 });

        await amphora.post('/batteries/boat/telemetry', { soc: 50 });
        await amphora.drained();
        const realMs = Date.now();
        const last = await until('three seconds without a reading of the demo', async () => {
          const known = await demo(amphora);
          return known !== undefined && Date.now() - Date.parse(known.lastAt) > 3000 ? known : undefined;
        });
        expect(Date.parse(last.lastAt)).toBeLessThan(realMs + 1500);
        expect((await batteries(amphora)).map(({ id, simulated }) => ({ id, simulated }))).toEqual([
          { id: 'boat', simulated: false },
          { id: 'demo', simulated: true },
        ]);
        expect((await amphora.drained()).stored).toBe(1);

        const kept = await amphora.ask('/batteries/boat', { method: 'DELETE' });
        expect([kept.status, kept.body]).toEqual([
          404,
          {
            message: expect.stringMatching(/^only the simulated battery can be removed, by DELETE \/batteries\/demo;/),
          },
        ]);
        expect((await amphora.ask('/batteries/demo', { method: 'DELETE' })).status).toBe(204);
        await untilGone(amphora);
        expect((await batteries(amphora)).map(({ id }) => id)).toEqual(['boat']);
        expect((await amphora.get('/livedata?battery=demo')).body).toMatchObject({ charge: { quality: 'never' } });
        expect((await amphora.get('/livedata?battery=boat')).body).toMatchObject({ soc: { value: 50 } });
        await amphora.end('SIGTERM');
      },
      TEST_MS,
    );

    test(
      'that was removed does not come back with a restart, unless asked for with --demo',
      async () => {
        const first = await startLocal(BY_DEFAULT);
        await until('the demo', () => demo(first));
        expect((await first.ask('/batteries/demo', { method: 'DELETE' })).status).toBe(204);
        await untilGone(first);
        expect(await batteries(first)).toEqual([]);
        await first.end('SIGTERM');
        const { dataDir } = first;
        const second = await startLocal({ dataDir, ...BY_DEFAULT });
        await second.post('/batteries/boat/telemetry', { soc: 50 });
        await second.drained();
        expect((await batteries(second)).map(({ id }) => id)).toEqual(['boat']);
        await second.end('SIGTERM');
        const third = await startLocal({ dataDir, flags: ['--demo'] });
        await until('the demo beside a real battery', () => demo(third));
        await third.end('SIGTERM');
      },
      TEST_MS,
    );

    test(
      'survives a database that cannot be asked for a while, and so does the process',
      async () => {
        const amphora = await startLocal(BY_DEFAULT);
        await until('the demo', () => demo(amphora));
        await amphora.withoutStore(() => until('a sample to fail', () => amphora.err().includes('demo-sample-failed')));
        const backMs = Date.now();
        await until('a newer sample of the demo', async () => Date.parse((await demo(amphora))?.lastAt ?? '') > backMs);
        await amphora.end('SIGTERM');
      },
      TEST_MS,
    );
  });
});

describe('the id of the simulated battery', () => {
  test(
    'is written by nobody else: what others send as demo is refused or kept, and not stored',
    async () => {
      const amphora = await startAmphora();
      const device = await amphora.device({ clientId: 'demo' });
      await device.publish('battery/demo/telemetry', { soc: 1 });
      await device.end();
      const refused = await amphora.post('/batteries/demo/telemetry', { soc: 1 });
      await amphora.drained();
      expect(refused.status).toBe(400);
      expect(sentenceOf(refused)).toContain("'demo' is reserved");
      expect(await amphora.kept()).toEqual([
        expect.objectContaining({
          topic: 'battery/demo/telemetry',
          reason: expect.stringContaining("'demo' is reserved"),
        }),
      ]);
      expect(await batteries(amphora)).toEqual([]);
    },
    TEST_MS,
  );
});
