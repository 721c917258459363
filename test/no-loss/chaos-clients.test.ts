/** Bad networks between a running Amphora and our own clients of it: the command line at both doors, and the page's questions. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { openApi } from '../../dashboard/api.ts';
import type { Sent } from '../end-to-end/history.ts';
import { readBack } from '../end-to-end/load.ts';
import { type LocalAmphora, startLocal } from '../end-to-end/local.ts';
import { runCli, temporaryFolder } from '../end-to-end/process.ts';
import { until, within } from '../end-to-end/until.ts';
import { chaosProxy } from './chaos-proxy.ts';
import { CHAOS_MS, TROUBLES } from './chaos-run.ts';
import { prove, sized, tell } from './proof.ts';
import { makeTrouble } from './troubles.ts';

// Longer than the troubles last: one who finds out by its own timeout alone that the far end is gone, of 30 s, is among them.
const ROWS = sized(2_250, 15_000);
const ROW_EVERY_MS = 20;
const HOUR_MS = 3_600_000;
const READERS = 3;
const READ_EVERY_MS = 50;
// What the page waits for an answer, and for the timer to be served.
const PAGE_PATIENCE_MS = 10_000 + 1_000;

const DOORS = [
  {
    door: 'HTTP',
    portOf: ({ port }: LocalAmphora) => port,
    flags: (port: number) => ['--url', `http://127.0.0.1:${port}`],
  },
  {
    door: 'MQTT',
    portOf: ({ mqttPort }: LocalAmphora) => mqttPort,
    flags: (port: number) => ['--mqtt-url', `mqtt://127.0.0.1:${port}`],
  },
] as const;

let amphora: LocalAmphora;

beforeAll(async () => {
  amphora = await startLocal();
}, CHAOS_MS);

test.concurrent.each(DOORS)(
  'a replay over $door through a bad network is played to its end, and every row of it is stored once',
  ({ door, portOf, flags }) =>
    prove(`bad network between ./amphora replay and ${door}`, async ({ random, told, settle }) => {
      const battery = `replayed-${door.toLowerCase()}`;
      const fromMs = Date.now() - HOUR_MS;
      const rows = Array.from(
        { length: ROWS },
        (_, i): Sent => ({ battery, atMs: fromMs + i * ROW_EVERY_MS, value: i / 8 }),
      );
      const file = join(temporaryFolder(), 'rows.csv');
      writeFileSync(file, `timestamp,charge\n${rows.map(({ atMs, value }) => `${atMs},${value}\n`).join('')}`);
      const line = await chaosProxy(portOf(amphora), random);
      try {
        told.attempt(rows);
        const beganMs = performance.now();
        const replay = runCli(['replay', file, '--battery', battery, '--as-recorded', '--json', ...flags(line.port)]);
        // A broker that does not answer the first time is told, and nothing is sent.
        await until('the replay to begin', () => replay.err().includes('Playing'), CHAOS_MS);
        const ends = [makeTrouble(line, random, TROUBLES).then(() => 'calm'), replay.ended.then(() => 'ended')];
        const first = await Promise.race(ends);
        const { code } = await within('the end of the replay', replay.ended, CHAOS_MS);
        expect({ code, err: code === 0 ? '' : replay.err() }).toEqual({ code: 0, err: '' });
        expect(JSON.parse(replay.out())).toEqual({ rows: ROWS, sent: ROWS, acked: ROWS, rejected: 0 });
        told.ack(rows);
        expect(first).toBe('calm');
        const tookS = Math.round((performance.now() - beganMs) / 1_000);
        await amphora.drained();
        settle(await readBack(amphora, [battery]), { door, troubled: line.troubled(), tookS });
      } finally {
        await line.close();
      }
    }),
  CHAOS_MS,
);

test.concurrent(
  'a question of the page through a bad network is answered, or given up within its ten seconds, and behind it all are answered',
  () =>
    prove('bad network between the page and the API', async ({ random, seed }) => {
      const line = await chaosProxy(amphora.port, random);
      try {
        await amphora.post('/batteries/page/telemetry', { timestamp: Date.now(), charge: 1 });
        await amphora.drained();
        const api = openApi(`http://127.0.0.1:${line.port}`, (question) => question(undefined));
        const calm = new AbortController();
        const answers: { readonly kind: string; readonly tookMs: number }[] = [];
        const ask = async (): Promise<void> => {
          const beganMs = performance.now();
          const { kind } = await api.live('page');
          answers.push({ kind, tookMs: performance.now() - beganMs });
        };
        const reader = async (): Promise<void> => {
          while (!calm.signal.aborted) {
            await ask();
            await pause(READ_EVERY_MS);
          }
        };
        const reading = Promise.all(Array.from({ length: READERS }, reader));
        await makeTrouble(line, random, TROUBLES);
        calm.abort();
        await reading;
        await Promise.all(Array.from({ length: READERS }, ask));
        const counts = Object.groupBy(answers, ({ kind }) => kind);
        const longestMs = Math.round(Math.max(...answers.map(({ tookMs }) => tookMs)));
        const asked = { ok: counts['ok']?.length, unreachable: counts['unreachable']?.length, longestMs };
        tell('bad network between the page and the API', { ...asked, troubled: line.troubled(), seed });
        expect(Object.keys(counts).toSorted()).toEqual(['ok', 'unreachable']);
        expect(longestMs).toBeLessThan(PAGE_PATIENCE_MS);
        expect(answers.slice(-READERS).map(({ kind }) => kind)).toEqual(Array.from({ length: READERS }, () => 'ok'));
      } finally {
        await line.close();
      }
    }),
  CHAOS_MS,
);
