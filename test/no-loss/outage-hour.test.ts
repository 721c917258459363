/**
 * An hour without a database, in virtual time and in direct mode: the schedule of asynchronous invocation, with the real
 * writer, store and quarantine, and the clock in the test's hands.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseJson } from '../../lambdas/json/parse-json.ts';

import type { Quarantine } from '../../lambdas/quarantine/quarantine.ts';
import type { QuarantineRecord } from '../../lambdas/quarantine/record.ts';
import { fileQuarantine } from '../../lambdas/quarantine-store/file-quarantine.ts';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import { type Envelope, parseEnvelope, payloadText } from '../../lambdas/telemetry/envelope.ts';
import { writeMessage } from '../../lambdas/telemetry/write-message.ts';
import { asyncInvoke } from '../../local/async-invoke.ts';
import { failedEvent } from '../../local/failure-record.ts';
import type { Invocation } from '../../local/function-environment.ts';
import { openQuarantineFolder } from '../../local/quarantine-folder.ts';
import type { Sent } from '../end-to-end/history.ts';
import { recordedLog } from '../local/recorded-log.ts';
import { inTempFolder } from '../local/temp-folder.ts';
import { proofMs, prove, sized } from './proof.ts';
import { virtualClock } from './virtual-clock.ts';

const START_MS = Date.UTC(2026, 10, 23, 12);
const MINUTE_MS = 60_000;
const [DOWN_MS, UP_MS, END_MS] = [5 * MINUTE_MS, 65 * MINUTE_MS, 70 * MINUTE_MS];
const EVERY_MS = sized(6_000, 500);
// What the deployed stack has, and the local runtime by default.
const RETRY_DELAYS_MS = [MINUTE_MS, 2 * MINUTE_MS] as const;

test(
  'an hour without a database: what came in its last three minutes is stored by itself, all before it waits in quarantine',
  () =>
    prove('an hour of outage, direct mode, virtual time', ({ told, settle }) =>
      inTempFolder(async (folder) => {
        const file = join(folder, 'store.sqlite');
        const store = sqliteStore({ file, createIfMissing: true });
        await store.batteries();
        const clock = virtualClock(START_MS);
        const { log } = recordedLog();
        const quarantine = await openQuarantineFolder({
          file: (name) => join(folder, name),
          log,
          nowMs: clock.nowMs,
        });
        const triesMs = new Map<number, number[]>();
        const write = writeMessage({
          append: store.append,
          quarantine: quarantine.put,
          parseJson,
          topicRoot: 'battery',
        });
        const invoke = asyncInvoke({
          name: 'writer',
          host: {
            invoke: async (event): Promise<Invocation> => {
              const envelope = parseEnvelope(event);
              if (envelope === undefined) throw new Error('no envelope');
              const { atMs } = sentIn(envelope);
              triesMs.set(atMs, [...(triesMs.get(atMs) ?? []), clock.nowMs() - atMs]);
              return write(envelope).then(
                (value) => ({ ok: true, value, requestId: 'r' }),
                (error: Error) => ({ ok: false, error, requestId: 'r' }),
              );
            },
          },
          retries: { retries: 2, maxAgeMs: 6 * 60 * MINUTE_MS, onFailureQueueId: 'Q' },
          retryDelaysMs: RETRY_DELAYS_MS,
          onFailure: (event, reason) => quarantine.put(failedEvent(event, reason)),
          log,
          signal: new AbortController().signal,
          clock,
        });
        clock.begin(async () => {
          for (let atMs = START_MS; atMs < START_MS + END_MS; atMs += EVERY_MS) {
            const sent = { battery: 'boat', atMs, value: (atMs - START_MS) / EVERY_MS / 8 };
            told.attempt([sent]);
            clock.begin(() => invoke(envelopeOf(sent)));
            told.ack([sent]);
            await clock.wait(EVERY_MS);
          }
        });
        clock.begin(async () => {
          await clock.wait(DOWN_MS - 1);
          renameSync(file, `${file}-away`);
          await clock.wait(UP_MS - DOWN_MS);
          renameSync(`${file}-away`, file);
        });
        await clock.run();

        const stored = (
          await store.points({ battery: 'boat', fromMs: START_MS, toMs: START_MS + END_MS, limit: 1e6 })
        ).map(({ atMs, fields }): Sent => ({ battery: 'boat', atMs, value: Number(fields['charge']) }));
        const records = await allRecords(fileQuarantine(quarantine.path, () => {}));
        const waiting = records.map(({ original, topic, receivedAt }) =>
          sentIn({ payload: original, topic, receivedAt }),
        );
        settle([...stored, ...waiting], { inDatabase: stored.length, inQuarantine: waiting.length });

        // Tried at once, after one minute and after three; whose last try lies behind the outage is stored by it.
        const isDown = (atMs: number): boolean => atMs >= START_MS + DOWN_MS - 1 && atMs < START_MS + UP_MS - 1;
        for (const [atMs, tries] of triesMs) {
          const due = [0, MINUTE_MS, 3 * MINUTE_MS];
          const untilStored = due.findIndex((delayMs) => !isDown(atMs + delayMs));
          expect(tries).toEqual(untilStored < 0 ? due : due.slice(0, untilStored + 1));
        }
        expect(waiting.length).toBe((UP_MS - DOWN_MS - 3 * MINUTE_MS) / EVERY_MS);
        await store.close();
      }),
    ),
  proofMs(60_000),
);

async function allRecords({ list }: Quarantine): Promise<readonly QuarantineRecord[]> {
  const found: QuarantineRecord[] = [];
  for (let after: string | undefined; ; ) {
    const { records, next } = await list({ limit: 500, ...(after === undefined ? {} : { after }) });
    found.push(...records);
    if (next === undefined) return found;
    after = next;
  }
}

function envelopeOf({ battery, atMs, value }: Sent): Envelope {
  const payload = Buffer.from(JSON.stringify({ timestamp: atMs, charge: value })).toString('base64');
  return { payload, topic: `battery/${battery}/telemetry`, receivedAt: atMs };
}

function sentIn(envelope: Envelope): Sent {
  const { timestamp, charge }: { readonly timestamp: number; readonly charge: number } = JSON.parse(
    payloadText(envelope) ?? '',
  );
  return { battery: 'boat', atMs: timestamp, value: charge };
}
