/**
 * Lambda's poller of a queue: it gathers messages to batches, hands them to the function, and removes what the function
 * answered for. Where AWS leaves open how it does so, the constants below say what is done here.
 */
import { hash } from 'node:crypto';
import { messageOf } from '../lambdas/aws/log.ts';
import { batchAnswer } from './batch-answer.ts';
import type { Clock } from './clock.ts';
import type { FunctionHost } from './function-host.ts';
import type { LocalLog } from './local-log.ts';
import type { ReceivedMessage } from './sqs/queue-file.ts';
import type { Queue } from './sqs/queues.ts';

export type MappingSettings = {
  readonly batchSize: number;
  /** From the first message of a batch on, how long others are waited for. */
  readonly windowMs: number;
  /** Batches at a time. */
  readonly maxConcurrency: number;
  /** Whether the function's answer may name messages that failed; else an answer is a success. */
  readonly reportsItemFailures: boolean;
};

export type MappingOptions = MappingSettings & {
  /** The function's. */
  readonly name: string;
  readonly host: Pick<FunctionHost, 'invoke'>;
  readonly queue: Queue;
  readonly queueArn: string;
  readonly region: string;
  readonly clock: Clock;
  readonly log: LocalLog;
};

export type EventSourceMapping = {
  /** Takes nothing more, and waits so long for the batches that the function has; after that they are given back. */
  readonly close: (patienceMs: number) => Promise<void>;
};

// The longest that SQS lets anybody wait.
const POLL_MS = 20_000;
// An event has 6 MB at most: no batch grows past this, and ten more of the longest messages still go in.
const GATHERED_BYTES = 4_000_000;
// "Lambda gradually backs off" when whole batches fail, in its own words: here the pause doubles.
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

type Batch = readonly ReceivedMessage[];

export function startMapping(options: MappingOptions): EventSourceMapping {
  const { name, host, queue, clock, log, reportsItemFailures } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const inHand = new Set<Batch>();
  let isAbandoned = false;
  let failures = 0;
  let pausedUntilMs = 0;

  /** How long nothing more is taken. */
  function backOff(): number {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 16));
    failures += 1;
    pausedUntilMs = clock.nowMs() + pauseMs;
    return pauseMs;
  }

  async function gather(): Promise<Batch> {
    const { batchSize, windowMs } = options;
    const batch: ReceivedMessage[] = [];
    let bytes = 0;
    const receive = async (waitMs: number): Promise<boolean> => {
      const enoughBytes = GATHERED_BYTES - bytes;
      const more = await queue.receive({ max: batchSize - batch.length, enoughBytes, waitMs }, signal);
      batch.push(...more);
      bytes += bytesOf(more);
      return more.length > 0 && batch.length < batchSize && bytes < GATHERED_BYTES;
    };
    let isOpen = await receive(POLL_MS);
    const untilMs = clock.nowMs() + windowMs;
    while (isOpen) isOpen = await receive(Math.max(0, untilMs - clock.nowMs()));
    return batch;
  }

  async function hand(batch: Batch): Promise<void> {
    const invocation = await host.invoke({ Records: batch.map((message) => sqsRecord(message, options)) });
    if (isAbandoned) return;
    const ids = new Set(batch.map(({ messageId }) => messageId));
    const answer = !invocation.ok
      ? { ok: false as const, reason: invocation.error.message }
      : batchAnswer(reportsItemFailures ? invocation.value : undefined, ids);
    // What failed comes again when its time of being hidden is over.
    if (!answer.ok) {
      const pauseMs = backOff();
      log.warn('invocation-failed', {
        function: name,
        messages: batch.length,
        attempt: Math.max(...batch.map(({ receiveCount }) => receiveCount)),
        reason: answer.reason,
        pausedS: pauseMs / 1000,
      });
      return;
    }
    failures = 0;
    pausedUntilMs = 0;
    queue.remove(batch.flatMap((one) => (answer.failed.has(one.messageId) ? [] : [one.receiptHandle])));
  }

  function giveBack(batch: Batch): void {
    for (const { receiptHandle } of batch) queue.changeVisibility(receiptHandle, 0);
  }

  async function takeOne(): Promise<void> {
    const batch = await gather();
    if (batch.length === 0) return;
    if (signal.aborted) return giveBack(batch);
    inHand.add(batch);
    try {
      await hand(batch);
    } finally {
      inHand.delete(batch);
    }
  }

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = pausedUntilMs - clock.nowMs();
      try {
        if (pauseMs > 0) await clock.wait(pauseMs, signal);
        else await takeOne();
      } catch (error) {
        // Whatever it was about, the message is still in the queue, or comes again.
        log.warn('queue-unusable', { function: name, reason: messageOf(error), pausedS: backOff() / 1000 });
      }
    }
  }

  const polling = Promise.all(Array.from({ length: options.maxConcurrency }, poll));
  return {
    close: async (patienceMs) => {
      stopping.abort();
      const enough = new AbortController();
      await Promise.race([polling, clock.wait(patienceMs, enough.signal)]);
      enough.abort();
      isAbandoned = true;
      for (const batch of inHand) giveBack(batch);
    },
  };
}

const bytesOf = (batch: Batch): number => batch.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);

/** A message as Lambda tells a function of it. */
function sqsRecord(message: ReceivedMessage, { queueArn, region }: Pick<MappingOptions, 'queueArn' | 'region'>) {
  const { messageId, receiptHandle, body, receiveCount, sentAtMs, firstReceivedAtMs } = message;
  return {
    messageId,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(sentAtMs),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs),
    },
    messageAttributes: {},
    md5OfBody: hash('md5', body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}
