/** A bad network between the writer and a real InfluxDB. */
import { expect, test } from '@jest/globals';
import { readBack, startLoad } from '../end-to-end/load.ts';
import { until, within } from '../end-to-end/until.ts';
import { chaosProxy } from './chaos-proxy.ts';
import { behindProxy } from './on-influxdb.ts';
import { proofMs, prove, sized } from './proof.ts';
import { makeTrouble, percentile } from './troubles.ts';

const CLIENTS = 4;
const READINGS = sized(600, 2_400);
const TROUBLES = { rounds: sized(1, 4), eachMs: 2_000, calmMs: 500 };
// The last try lies behind the last trouble, as one and two minutes do by default.
const RETRY_DELAYS = sized('10,20', '60,120');
const ANSWER_MS = 3_000;
const PATIENCE_MS = proofMs(60_000);

test(
  'a network that is late, resets, loses one end, trickles or swallows loses nothing between writer and database',
  () =>
    prove('chaos before InfluxDB', async ({ random, told, settle }) => {
      const { address, start } = await behindProxy();
      const proxy = await chaosProxy(Number(new URL(address.url).port), random);
      const amphora = await start(proxy.port, RETRY_DELAYS);
      const waitedMs: number[] = [];
      const load = startLoad({
        port: amphora.port,
        mqttPort: amphora.mqttPort,
        history: told,
        random,
        readings: READINGS,
        devices: CLIENTS,
        posters: CLIENTS,
        deviceBatch: 10,
        posterBatch: 10,
        pauseMs: 80,
        answerMs: ANSWER_MS,
        onAccepted: (one) => void waitedMs.push(one),
      });
      try {
        await makeTrouble(proxy, random, TROUBLES);
        await within('the clients to have sent all', load.done, PATIENCE_MS);
        await until('all to be stored', async () => (await amphora.health()).waiting === 0, 4 * PATIENCE_MS);
        const stored = await readBack(amphora, load.batteries);
        const counts = await amphora.drained();
        const [p50Ms, p99Ms] = [50, 99].map((percent) => Math.round(percentile(waitedMs, percent)));
        const failed = (await amphora.logged('invocation-failed')).length;
        const about = {
          troubled: proxy.troubled(),
          failedInvocations: failed,
          requests: waitedMs.length,
          p50Ms,
          p99Ms,
        };
        const figures = settle(stored, about);
        expect(figures.attempted).toBe(2 * CLIENTS * READINGS);
        expect(counts).toEqual({ stored: figures.stored, kept: 0 });
        // The troubles were met, and no sender waited for them.
        expect(proxy.troubled()).toBeGreaterThan(0);
        expect(p99Ms).toBeLessThan(ANSWER_MS);
        await amphora.end('SIGTERM');
      } finally {
        load.close();
        await proxy.close();
      }
    }),
  proofMs(180_000),
);
