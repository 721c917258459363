/** What failed to the end while the database was away: it waits in the failure queues, and is stored by itself or on request. */
import { expect, test } from '@jest/globals';
import { history, type Sent } from './history.ts';
import { sentenceOf } from './http.ts';
import { readBack } from './load.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { LOCAL, onIngest, onTargets, TARGET } from './target.ts';
import { until, within } from './until.ts';

const LIMIT_MS = 240_000;
const PATIENCE_MS = 90_000;
const FEW = 40;
// Long enough a redrive to be killed in. Without InfluxDB a try takes a second.
const MANY = TARGET === 'sqlite' ? 1_500 : 400;

type Waiting = { readonly waiting: number; readonly inFlight: number };

async function waitingIn(amphora: LocalAmphora): Promise<Waiting> {
  const { waiting, inFlight }: Waiting = JSON.parse((await amphora.get('/redrive')).text);
  return { waiting, inFlight };
}

/** Readings that a device was acknowledged and nobody could store: their three tries are over. */
async function fail(amphora: LocalAmphora, count: number): Promise<readonly Sent[]> {
  const { client } = await amphora.device();
  const fromMs = Date.now() - 600_000;
  const sent = Array.from({ length: count }, (_, i) => ({ battery: 'boat', atMs: fromMs + i, value: i / 8 }));
  const publishing = sent.map(({ atMs, value }) =>
    client.publishAsync('battery/boat/telemetry', JSON.stringify({ charge: value, timestamp: atMs }), { qos: 1 }),
  );
  await within('all acknowledgements', Promise.all(publishing), PATIENCE_MS);
  await until('all to fail', async () => (await waitingIn(amphora)).waiting === count, PATIENCE_MS);
  return sent;
}

async function expectAllStored(amphora: LocalAmphora, sent: readonly Sent[], name: string): Promise<void> {
  expect(await amphora.drained()).toEqual({ stored: sent.length, kept: 0 });
  const told = history(Date.now);
  told.attempt(sent);
  told.ack(sent);
  const figures = told.figures(await readBack(amphora, ['boat']));
  process.stdout.write(`${name}: ${JSON.stringify(figures)}\n`);
  expect(figures).toMatchObject({ stored: sent.length, lost: 0, unexpected: 0, duplicated: 0 });
}

onTargets(LOCAL, 'the failure queues of the local runtime', () => {
  // With a queue before the writer nothing fails to the end in less than fifty hours.
  onIngest('direct', 'messages that fail to the end', () => {
    test(
      'what failed to the end is stored by itself when the database is back, once, and is never in quarantine',
      async () => {
        const amphora = await startLocal();
        const sent = await amphora.withoutStore(() => fail(amphora, FEW));
        await until('nothing to wait', async () => (await amphora.health()).failed === 0, PATIENCE_MS);
        await expectAllStored(amphora, sent, 'failed to the end, redriven by itself');
        expect(await waitingIn(amphora)).toEqual({ waiting: 0, inFlight: 0 });
        // Told when a last look has found the queues empty.
        await until('it to be told', async () => (await amphora.logged('redriven')).length === 1);
        expect(await amphora.end('SIGTERM')).toEqual({ code: 0, signal: null });
      },
      LIMIT_MS,
    );

    test(
      'kill -9 in the middle of a redrive loses nothing, and POST /redrive stores the rest',
      async () => {
        const amphora = await startLocal();
        const { dataDir, port, mqttPort } = amphora;
        const sent = await amphora.withoutStore(async () => {
          const failed = await fail(amphora, MANY);
          const inVain = await amphora.post('/redrive', '');
          expect(inVain.status).toBe(503);
          expect(inVain.headers['retry-after']).toMatch(/^[1-9]\d*$/);
          expect(sentenceOf(inVain)).toContain(amphora.storeName);
          expect(await waitingIn(amphora)).toEqual({ waiting: MANY, inFlight: 0 });
          return failed;
        });
        expect(await amphora.health()).toMatchObject({ failed: MANY, quarantined: 0 });
        const broken = amphora.post('/redrive', '').catch(() => undefined);
        const left = await until('some of them to be stored', async () => {
          const { failed } = await amphora.health();
          return failed < MANY - 50 && failed > 0 ? failed : undefined;
        });
        expect(await amphora.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
        await broken;

        const again = await startLocal({ dataDir, port, mqttPort });
        const kept = await waitingIn(again);
        expect(kept.inFlight).toBe(0);
        expect(kept.waiting).toBeGreaterThan(0);
        expect(kept.waiting).toBeLessThanOrEqual(left);
        expect(again.out()).toContain(`${kept.waiting} messages that could not be stored to the end are tried again`);
        const { status, body } = await again.post('/redrive', '');
        expect(status).toBe(200);
        expect(body).toMatchObject({ moved: kept.waiting, quarantined: 0, more: false });
        expect(await again.health()).toMatchObject({ failed: 0, quarantined: 0 });
        await expectAllStored(again, sent, 'kill -9 in the middle of a redrive');
      },
      LIMIT_MS,
    );

    test(
      'a stop in the middle of a redrive ends it with what it has in hand, and the next start stores the rest',
      async () => {
        const amphora = await startLocal();
        const { dataDir } = amphora;
        const sent = await amphora.withoutStore(() => fail(amphora, MANY));
        const broken = amphora.post('/redrive', '').catch(() => undefined);
        await until('some of them to be stored', async () => (await amphora.health()).failed < MANY - 50);
        expect(await within('the stop', amphora.end('SIGTERM'))).toEqual({ code: 0, signal: null });
        await broken;
        const again = await startLocal({ dataDir });
        await expectAllStored(again, sent, 'a stop in the middle of a redrive');
      },
      LIMIT_MS,
    );
  });
});
