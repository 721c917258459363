/**
 * An hour without a database in both modes, in virtual time: the schedules of the deployed stack as its template has them,
 * with the real queues, writer, redrive, store and quarantine, and nobody who does anything.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseJson } from '../../lambdas/json/parse-json.ts';
import { firstRecord } from '../../lambdas/quarantine/record.ts';
import { fileQuarantine } from '../../lambdas/quarantine-store/file-quarantine.ts';
import { type FailureQueue, redriveQueues } from '../../lambdas/redrive/redrive-queues.ts';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import type { Envelope } from '../../lambdas/telemetry/envelope.ts';
import { batchResponse, parseQueued } from '../../lambdas/telemetry/queued-messages.ts';
import { type ArrivedMessage, type Written, writeMessages } from '../../lambdas/telemetry/write-message.ts';
import { type AsyncInvoke, asyncInvoke } from '../../local/async-invoke.ts';
import { failureRecord } from '../../local/failure-record.ts';
import type { Invocation } from '../../local/function-environment.ts';
import { ingestBuffer } from '../../local/ingest-buffer.ts';
import { openRunQueues, type RunQueues } from '../../local/queues-of-run.ts';
import type { Queue } from '../../local/sqs/queues.ts';
import { synthesized } from '../../local/synth.ts';
import { type LocalTemplate, readTemplate } from '../../local/template.ts';
import type { Sent } from '../end-to-end/history.ts';
import { ROOT } from '../end-to-end/process.ts';
import { INGEST_MODES, type IngestMode } from '../end-to-end/target.ts';
import { type DrivenClock, drivenClock } from '../local/driven-clock.ts';
import { recordedLog } from '../local/recorded-log.ts';
import { inTempFolder } from '../local/temp-folder.ts';
import { proofMs, prove, sized } from './proof.ts';

const START_MS = Date.UTC(2026, 10, 23, 12);
const MINUTE_MS = 60_000;
const DOWN_MS = START_MS + 5 * MINUTE_MS;
const UP_MS = DOWN_MS + 60 * MINUTE_MS;
const END_MS = UP_MS + 5 * MINUTE_MS;
const BACK_WITHIN_MS = 30 * MINUTE_MS;
const EVERY_MS = sized(6_000, 500);
// Lambda's own, which no template says.
const RETRY_DELAYS_MS = [MINUTE_MS, 2 * MINUTE_MS] as const;
// Those of lambdas/redrive.ts and lambdas/aws/sqs-queue.ts.
const REDRIVE_MS = 14 * MINUTE_MS;
const [HIDDEN_MS, POLL_MS] = [300_000, 1_000];
// A start after a change of the sources builds the stack first.
const BUILD_MS = 90_000;

const never = new AbortController().signal;

/** What of a message is in the failure queues when the database is back: all but those of its last three minutes. */
const FAILED: Readonly<Record<IngestMode, number>> = {
  direct: (UP_MS - DOWN_MS - RETRY_DELAYS_MS[0] - RETRY_DELAYS_MS[1]) / EVERY_MS,
  buffered: 0,
};

test.each(INGEST_MODES)(
  'an hour without a database, ingest %s: all of it is stored by itself within half an hour of the return',
  (ingest) =>
    prove(`an hour of outage, ${ingest} mode, virtual time`, ({ told, settle }) =>
      inTempFolder(async (folder) => {
        const template = await templateOf(ingest);
        const clock = drivenClock(START_MS);
        const file = join(folder, 'store.sqlite');
        const store = sqliteStore({ file, createIfMissing: true });
        await store.batteries();
        const records = fileQuarantine(join(folder, 'quarantine'), () => {});
        const flow = writeMessages({
          append: store.append,
          quarantine: async (message) => void (await records.put(await firstRecord(message, clock.nowMs()))),
          parseJson,
          topicRoot: template.topicRoot,
        });
        let lastStoredAtMs = 0;
        const write: Write = async (messages) => {
          const all = await flow(messages);
          const isOfOutage = messages.some(({ envelope }) => envelope.receivedAt < UP_MS);
          if (isOfOutage && all.some((one) => one.ok)) lastStoredAtMs = clock.nowMs();
          return all;
        };
        const queues = openRunQueues({ path: join(folder, 'queues.sqlite'), template, clock });
        const triesMs = new Map<number, number[]>();
        const noteTry = ({ receivedAt }: Envelope): void => {
          triesMs.set(receivedAt, [...(triesMs.get(receivedAt) ?? []), clock.nowMs() - receivedAt]);
        };
        const { take, close } = takerOf({ template, queues, clock, invoke: writerOf(write, noteTry) });
        void redriveForEver({ template, queues, clock, write });

        let failed = 0;
        for (let atMs = START_MS; atMs < UP_MS + BACK_WITHIN_MS; atMs += EVERY_MS) {
          if (atMs < END_MS) {
            const sent = { battery: 'boat', atMs, value: (atMs - START_MS) / EVERY_MS / 8 };
            told.attempt([sent]);
            void take(envelopeOf(sent));
            told.ack([sent]);
          }
          // Just before whatever is due at that moment.
          await clock.advance(EVERY_MS - 1);
          if (atMs + EVERY_MS === DOWN_MS) renameSync(file, `${file}-away`);
          if (atMs + EVERY_MS === UP_MS) {
            renameSync(`${file}-away`, file);
            failed = queues.failed();
          }
          await clock.advance(1);
        }

        const question = { battery: 'boat', fromMs: START_MS, toMs: END_MS, limit: 1e6 };
        const stored = (await store.points(question)).map(
          ({ atMs, fields }): Sent => ({ battery: 'boat', atMs, value: Number(fields['charge']) }),
        );
        const quarantined = (await records.list({ limit: 1 })).records.length;
        const left = { waiting: queues.waiting(), inFailureQueues: queues.failed(), quarantined };
        settle(stored, { failed, storedAfterReturnMin: (lastStoredAtMs - UP_MS) / MINUTE_MS, ...left });
        expect(left).toEqual({ waiting: 0, inFailureQueues: 0, quarantined: 0 });
        expect(failed).toBe(FAILED[ingest]);
        if (ingest === 'direct') expectTries(triesMs);
        await clock.until(close());
        await queues.close();
        await store.close();
      }),
    ),
  proofMs(60_000) + BUILD_MS,
);

type Write = (messages: readonly ArrivedMessage[]) => Promise<readonly Written[]>;
type Run = { readonly template: LocalTemplate; readonly queues: RunQueues; readonly clock: DrivenClock };

async function templateOf(ingest: IngestMode): Promise<LocalTemplate> {
  const stack = await synthesized(ROOT, 'sqlite', () => {}, ingest);
  return readTemplate({ ...stack, queueUrl: (id) => `http://127.0.0.1/0/${id}` });
}

/** The writer's function without its environment: lambdas/writer.ts. */
function writerOf(write: Write, noteTry: (envelope: Envelope) => void) {
  return async (event: unknown): Promise<Invocation> => {
    const queued = parseQueued(event);
    try {
      if (queued !== undefined) return { ok: true, value: batchResponse(queued, await write(queued)), requestId: 'r' };
      const envelope: Envelope = JSON.parse(JSON.stringify(event));
      noteTry(envelope);
      const [one] = await write([{ envelope }]);
      if (one?.ok !== true) throw one?.error;
      return { ok: true, value: one.result, requestId: 'r' };
    } catch (error) {
      return { ok: false, error: { name: 'Error', message: String(error) }, requestId: 'r' };
    }
  };
}

type Taker = { readonly take: AsyncInvoke; readonly close: () => Promise<void> };

/** What a rule does with a message in this mode. */
function takerOf({
  template,
  queues,
  clock,
  invoke,
}: Run & { readonly invoke: (event: unknown) => Promise<Invocation> }): Taker {
  const { log } = recordedLog();
  const [rule] = template.rules;
  const [queueId] = rule?.queueIds ?? [];
  const functionId = rule?.functionIds[0] ?? template.mappings[0]?.functionId ?? '';
  const hosts = new Map([[functionId, { invoke }]]);
  const buffer = ingestBuffer({ queues, template, hosts, clock, log, gatherMs: 0, signal: never });
  buffer.start();
  const close = (): Promise<void> => buffer.close(0);
  const fill = buffer.fillOf(queueId ?? '');
  if (fill !== undefined) return { take: fill, close };
  const retries = template.retriesByFunctionId.get(functionId);
  const failures = queues.find(retries?.onFailureQueueId ?? '');
  if (retries === undefined || failures === undefined) throw new Error('the template does not say where failures go');
  const take = asyncInvoke({
    name: functionId,
    host: { invoke },
    retries,
    retryDelaysMs: RETRY_DELAYS_MS,
    onFailure: async (event, how) =>
      void (await failures.send(JSON.stringify(failureRecord(event, how, functionId, clock.nowMs())))),
    log,
    signal: never,
    clock,
  });
  return { take, close };
}

/** As EventBridge calls lambdas/redrive.ts: at the rate of the template, whatever waits. */
async function redriveForEver({ template, queues, clock, write }: Run & { readonly write: Write }): Promise<never> {
  const [schedule] = template.schedules;
  const names = template.queues.flatMap(({ name }) => (queues.sources.has(name) ? [] : [name]));
  const redrive = redriveQueues({
    queues: names.flatMap((name) => failureQueueOf(name, queues.find(name))),
    write,
    nowMs: clock.nowMs,
    wait: (delayMs) => clock.wait(delayMs, never),
  });
  for (;;) {
    await clock.wait(schedule?.everyMs ?? Number.NaN, never);
    await redrive(clock.nowMs() + REDRIVE_MS);
  }
}

function failureQueueOf(name: string, queue: Queue | undefined): readonly FailureQueue[] {
  if (queue === undefined) return [];
  return [
    {
      name,
      receive: (max) => queue.receive({ max, waitMs: POLL_MS, visibilityMs: HIDDEN_MS }),
      remove: async (handles) => void queue.remove(handles),
      giveBack: async (handles) => {
        for (const handle of handles) queue.changeVisibility(handle, 0);
      },
    },
  ];
}

/** Tried at once, after one minute and after three; whose last try lies behind the outage is stored by it. */
function expectTries(triesMs: ReadonlyMap<number, readonly number[]>): void {
  const isDown = (atMs: number): boolean => atMs >= DOWN_MS && atMs < UP_MS;
  const [first, second] = RETRY_DELAYS_MS;
  for (const [atMs, tries] of triesMs) {
    const due = [0, first, first + second];
    const untilStored = due.findIndex((delayMs) => !isDown(atMs + delayMs));
    expect(tries).toEqual(untilStored < 0 ? due : due.slice(0, untilStored + 1));
  }
}

function envelopeOf({ battery, atMs, value }: Sent): Envelope {
  const payload = Buffer.from(JSON.stringify({ timestamp: atMs, charge: value })).toString('base64');
  return { payload, topic: `battery/${battery}/telemetry`, receivedAt: atMs };
}
