/** Bad networks between devices and the broker, and between clients and the API. */
import { expect, test } from '@jest/globals';
import { readBack, startLoad } from '../end-to-end/load.ts';
import { startLocal } from '../end-to-end/local.ts';
import { within } from '../end-to-end/until.ts';
import { chaosProxy } from './chaos-proxy.ts';
import { proofMs, prove, sized } from './proof.ts';
import { makeTrouble, percentile } from './troubles.ts';

const CLIENTS = 4;
const READINGS = sized(600, 3_000);
const TROUBLES = { rounds: sized(1, 6), eachMs: 1_500, calmMs: 500 };
/** By then every client takes a silent line for a dead one. */
const ANSWER_MS = 3_000;
const PATIENCE_MS = proofMs(60_000);

test(
  'a network that is late, resets, loses one end, trickles or swallows loses nothing between device, client and server',
  () =>
    prove('chaos before the doors', async ({ random, told, settle }) => {
      const amphora = await startLocal();
      const [http, mqtt] = [await chaosProxy(amphora.port, random), await chaosProxy(amphora.mqttPort, random)];
      const waitedMs: number[] = [];
      const load = startLoad({
        port: http.port,
        mqttPort: mqtt.port,
        history: told,
        random,
        readings: READINGS,
        devices: CLIENTS,
        posters: CLIENTS,
        deviceBatch: 10,
        posterBatch: 10,
        pauseMs: 60,
        keepaliveS: 1,
        answerMs: ANSWER_MS,
        onAccepted: (one) => void waitedMs.push(one),
      });
      try {
        await Promise.all([http, mqtt].map((proxy) => makeTrouble(proxy, random, TROUBLES)));
        const duringTrouble = told.acked();
        await within('the clients to have sent all', load.done, PATIENCE_MS);
        const counts = await amphora.drained();
        const stored = await readBack(amphora, load.batteries);
        const [p50Ms, p99Ms] = [50, 99].map((percent) => Math.round(percentile(waitedMs, percent)));
        const troubled = [http, mqtt].map((proxy) => proxy.troubled());
        const figures = settle(stored, { duringTrouble, troubled, requests: waitedMs.length, p50Ms, p99Ms });
        expect(figures.attempted).toBe(2 * CLIENTS * READINGS);
        // All of the troubles met clients at work.
        expect(duringTrouble).toBeLessThan(figures.acked);
        expect(Math.min(...troubled)).toBeGreaterThan(0);
        expect(counts).toEqual({ stored: figures.stored, kept: 0 });
        expect(p99Ms).toBeLessThan(ANSWER_MS);
        await amphora.end('SIGTERM');
      } finally {
        load.close();
        await Promise.all([http.close(), mqtt.close()]);
      }
    }),
  proofMs(150_000),
);
