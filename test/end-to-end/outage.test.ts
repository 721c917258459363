/** The broker or the database out of order: what is then answered, and what becomes of it. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { sentenceOf } from './http.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { startBreakable } from './start.ts';
import { BREAKABLE, LOCAL, onIngest, onTargets } from './target.ts';
import { until, within } from './until.ts';

const START_MS = 130_000;
const TEST_MS = 40_000;

/** While it runs, the broker can make no message durable: in the journal's place lies a file. */
async function withoutJournal<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const [journal, aside] = [join(dataDir, 'journal'), join(dataDir, 'journal-aside')];
  // The journal opens a new file when all that it held is stored.
  renameSync(journal, aside);
  writeFileSync(journal, '');
  try {
    return await work();
  } finally {
    rmSync(journal);
    renameSync(aside, journal);
  }
}

onTargets(LOCAL, 'the journal and the retries of the local runtime', () => {
  let amphora: LocalAmphora;

  beforeAll(async () => {
    amphora = await startLocal();
  }, START_MS);

  describe('1. an answer of 200 means that the broker has the message', () => {
    test(
      'with a broker that cannot take it, POST /charge is 503 with Retry-After, and goes through when it can again',
      async () => {
        const down = await withoutJournal(amphora.dataDir, () =>
          Promise.all([
            amphora.post('/charge', { charge: 61 }),
            amphora.post('/discharge', { discharge: 61 }),
            amphora.post('/batteries/boat/telemetry', { soc: 61 }),
          ]),
        );
        for (const answer of down) {
          expect(answer.status).toBe(503);
          expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
          expect(answer.body).toEqual({ error: expect.stringContaining('the broker did not take the message') });
        }
        expect((await amphora.post('/charge', { charge: 62 })).status).toBe(200);
        await amphora.drained();
        const rows: unknown = (await amphora.get('/read')).body;
        expect(rows).toEqual([expect.objectContaining({ charge: 62 })]);
      },
      TEST_MS,
    );

    test(
      'and a device is acknowledged nothing, and its next try is stored once',
      async () => {
        const broken = await startLocal();
        const device = await broken.device({ reconnectPeriod: 20, clean: false, clientId: 'stubborn' });
        const timestamp = new Date(Date.now() - 1000).toISOString();
        let isAcknowledged = false;
        const { acknowledged } = await withoutJournal(broken.dataDir, async () => {
          const closed = new Promise<void>((resolve) => device.client.once('close', () => resolve()));
          const publishing = device.publish('battery/charge', { charge: 8, timestamp });
          const noted = publishing.then(() => {
            isAcknowledged = true;
          });
          await within('the broker to close the connection', closed);
          expect(isAcknowledged).toBe(false);
          return { acknowledged: noted };
        });
        await acknowledged;
        expect(await broken.drained()).toEqual({ stored: 1, kept: 0 });
        expect((await broken.get('/livedata')).body).toMatchObject({ charge: 8 });
        await device.end();
      },
      START_MS,
    );
  });

  describe('2. /livedata is what is stored', () => {
    test(
      'a reading that could not be stored yet is never shown, and is shown when it is',
      async () => {
        const sent = await amphora.withoutStore(async () => {
          const { status } = await amphora.post('/charge', { charge: 63 });
          const live = await amphora.get('/livedata');
          expect(live.status).toBe(503);
          expect(live.headers['retry-after']).toMatch(/^[1-9]\d*$/);
          expect(live.text).not.toMatch(/"charge":63\b/);
          await until('the first try to fail', () => amphora.err().includes('invocation-failed'));
          return status;
        });
        expect(sent).toBe(200);
        const shown = await until('the reading to be stored after all', async () => {
          const { body, text } = await amphora.get('/livedata');
          return /"charge":63\b/.test(text) ? body : undefined;
        });
        expect(shown).toMatchObject({ charge: 63, unit: 'kW' });
      },
      TEST_MS,
    );
  });

  onTargets(['sqlite'], 'the file of the data folder', () => {
    test(
      'without it GET /health is 503 and says so, and no process ends',
      async () => {
        await amphora.withoutStore(async () => {
          const health = await amphora.get('/health');
          expect(health.status).toBe(503);
          expect(health.headers['retry-after']).toMatch(/^[1-9]\d*$/);
          expect(sentenceOf(health)).toContain(amphora.storeName);
        });
        expect((await amphora.get('/health')).status).toBe(200);
      },
      TEST_MS,
    );

    onIngest('direct', 'what the journal waits for', () => {
      test(
        'a database that is gone when readings are to be covered by a checkpoint ends no process',
        async () => {
          await amphora.post('/charge', { charge: 65 });
          await amphora.drained();
          await amphora.withoutStore(() =>
            until('the checkpoint to fail', () => amphora.err().includes('checkpoint-failed')),
          );
          expect((await amphora.get('/livedata')).body).toMatchObject({ charge: 65 });
        },
        TEST_MS,
      );
    });
  });
});

onTargets(BREAKABLE, 'a database that can be taken away', () => {
  describe('without a database', () => {
    test(
      'the answers are those of the demo with the reason, GET /livedata is 503, and all are right again after',
      async () => {
        const amphora = await startBreakable();
        await amphora.post('/writeCharge', { charge: 63 });
        await amphora.withoutStore(async () => {
          const write = await amphora.post('/writeCharge', { charge: 64 });
          expect(write.status).toBe(500);
          expect(write.body).toEqual({ error: expect.stringMatching(/^Failed to write data: .+/) });
          expect(sentenceOf(write)).toContain(amphora.storeName);
          const read = await amphora.get('/read');
          expect(read.status).toBe(500);
          expect(read.body).toEqual({ error: expect.stringMatching(/^Error reading data from InfluxDB: .+/) });
          expect(sentenceOf(read)).toContain(amphora.storeName);
          const live = await amphora.get('/livedata');
          expect(live.status).toBe(503);
          expect(live.headers['retry-after']).toMatch(/^[1-9]\d*$/);
        });
        const live = await until('an answer', async () => {
          const { status, body } = await amphora.get('/livedata');
          return status === 200 ? body : undefined;
        });
        expect(live).toMatchObject({ charge: 63 });
        expect((await amphora.post('/writeCharge', { charge: 65 })).status).toBe(200);
        expect((await amphora.get('/livedata')).body).toMatchObject({ charge: 65 });
      },
      START_MS,
    );
  });
});
