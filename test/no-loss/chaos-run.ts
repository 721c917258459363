/** Clients at work on a local runtime while some of its lines make all troubles, and what came of it: one size for all lines. */
import { expect } from '@jest/globals';
import { readBack, startLoad } from '../end-to-end/load.ts';
import type { LocalAmphora } from '../end-to-end/local.ts';
import type { IngestMode } from '../end-to-end/target.ts';
import { until, within } from '../end-to-end/until.ts';
import { type ChaosProxy, chaosProxy } from './chaos-proxy.ts';
import { proofMs, prove, sized } from './proof.ts';
import { makeTrouble, percentile } from './troubles.ts';

/** Where a load's clients send to. */
export type Scene = { readonly amphora: LocalAmphora; readonly port: number; readonly mqttPort: number };

/** The port of a line of trouble that leads to this one. */
export type LineTo = (port: number) => Promise<number>;

const CLIENTS = 4;
// All of them together, what direct mode is for: with twice as many a database that is silent for eight seconds makes senders
// wait, as it should.
const MESSAGES_PER_SECOND = 50;
// Of each client: more than it can send while the troubles last, so that every one of them meets clients at work.
const READINGS = sized(20_000, 80_000);
// Of all of them together, behind the troubles too: else of their few requests each is one in a hundred.
const LEAST = sized(4_800, 24_000);
export const TROUBLES = { rounds: sized(1, 6), eachMs: 1_500, calmMs: 500 };
/** No client that is answered with a yes may have waited longer: but for one in a hundred. */
export const ANSWER_MS = 3_000;
// A client takes a silent line for a dead one only behind that, else nobody could be found who waited longer.
const GIVE_UP_MS = 2 * ANSWER_MS;
const KEEPALIVE_S = 1;
const PATIENCE_MS = proofMs(60_000);

/** For a test's own limit. */
export const CHAOS_MS = proofMs(240_000);

export function proveThrough(between: string, ingest: IngestMode, start: (lineTo: LineTo) => Promise<Scene>) {
  return prove(`bad network ${between}, ${ingest} mode`, async ({ random, told, settle }) => {
    const lines: ChaosProxy[] = [];
    const lineTo: LineTo = async (port) => {
      const line = await chaosProxy(port, random);
      lines.push(line);
      return line.port;
    };
    const { amphora, port, mqttPort } = await start(lineTo);
    const waitedMs: number[] = [];
    const load = startLoad({
      port,
      mqttPort,
      history: told,
      random,
      readings: READINGS,
      devices: CLIENTS,
      posters: CLIENTS,
      deviceBatch: 10,
      posterBatch: 10,
      pauseMs: (2 * CLIENTS * 1_000) / MESSAGES_PER_SECOND,
      keepaliveS: KEEPALIVE_S,
      answerMs: GIVE_UP_MS,
      onAccepted: (one) => void waitedMs.push(one),
    });
    try {
      await Promise.all(lines.map((line) => makeTrouble(line, random, TROUBLES)));
      await until(`${LEAST} readings to be sent`, () => told.attempted() >= LEAST, PATIENCE_MS);
      load.stop();
      await within('the clients to have sent all', load.done, PATIENCE_MS);
      await until('all to be stored', async () => (await amphora.health()).waiting === 0, 4 * PATIENCE_MS);
      const stored = await readBack(amphora, load.batteries);
      const counts = await amphora.drained();
      const [p50Ms, p99Ms] = [50, 99].map((percent) => Math.round(percentile(waitedMs, percent)));
      const troubled = lines.map((line) => line.troubled());
      const failed = (await amphora.logged('invocation-failed')).length;
      const requests = waitedMs.length;
      const figures = settle(stored, { ingest, troubled, failed, requests, p50Ms, p99Ms });
      expect(counts).toEqual({ stored: figures.stored, kept: 0 });
      expect(p99Ms).toBeLessThan(ANSWER_MS);
      await amphora.end('SIGTERM');
    } finally {
      load.close();
      await Promise.all(lines.map((line) => line.close()));
    }
  });
}
