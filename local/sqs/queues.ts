/**
 * The local SQS: standard queues in one file, as the stack and Lambda's pollers use them. What is not here (FIFO, delays,
 * message attributes) nothing of ours asks for. Beyond AWS's promises: a message comes twice only when it was not deleted
 * in time, and the oldest visible one comes first.
 */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../../lambdas/aws/log.ts';
import { AmphoraError } from '../../lambdas/failures/amphora-error.ts';
import type { Clock } from '../clock.ts';
import {
  openQueueFile,
  type QueueCounts,
  type QueueFile,
  type ReceivedMessage,
  type Redrive,
  type Taking,
} from './queue-file.ts';

export type QueueSettings = {
  /** Names it in the file. */
  readonly name: string;
  /** How long a message is its receiver's alone. */
  readonly visibilityMs: number;
  /** Counted from the first send, in a dead-letter queue too. Absent: for ever. */
  readonly retentionMs?: number;
  /** Where a message goes instead of to one more receiver. */
  readonly redrive?: Redrive;
};

export type Receive = {
  /** 1 … 10. */
  readonly max: number;
  /** For a poller in this process, which needs not ask a hundred times for a thousand: `max` has no bound, and these bytes are enough. */
  readonly enoughBytes?: number;
  /** Long poll: how long to wait for the first message. */
  readonly waitMs?: number;
  /** Default: the queue's own. */
  readonly visibilityMs?: number;
};

export type Queue = {
  /** Resolves with the message's id when it is on disk. */
  readonly send: (body: string) => Promise<string>;
  /** None when the wait is over, or was aborted. */
  readonly receive: (how: Receive, signal?: AbortSignal) => Promise<readonly ReceivedMessage[]>;
  /** How many were removed: with a handle that is not the newest one of its message, nothing happens. */
  readonly remove: (receiptHandles: readonly string[]) => number;
  /** From now on; 0 gives it back. False: nobody has it by this handle, or any more. */
  readonly changeVisibility: (receiptHandle: string, visibilityMs: number) => boolean;
  /** For who knows that no receiver is left: what they had can be received now. */
  readonly giveBackAll: () => void;
  /** For a queue that is no more: what it held is in this one from now on. */
  readonly takeOver: (other: string) => void;
  readonly counts: () => QueueCounts;
  /** All that are in it, visible or not; unlike the counts it costs nothing, however many they are. */
  readonly size: () => number;
};

export type Queues = {
  readonly queue: (settings: QueueSettings) => Queue;
  /** Every queue that the file ever had: one that is no more may still hold messages. */
  readonly known: () => readonly QueueSettings[];
  /** Ends every wait. What is being sent is still taken. */
  readonly close: () => Promise<void>;
};

// SQS's own limits.
export const MAX_RECEIVED = 10;
export const MAX_MESSAGE_BYTES = 1024 * 1024;
export const MAX_VISIBILITY_MS = 12 * 3_600_000;

type Waiting = {
  readonly queue: string;
  readonly body: string;
  readonly resolve: (messageId: string) => void;
  readonly reject: (error: AmphoraError) => void;
};

export function openQueues(path: string, clock: Clock): Queues {
  const file = told(path, () => openQueueFile(path));
  const pollers = new Set<{ readonly queue: string; readonly wake: () => void }>();
  const waiting: Waiting[] = [];
  const closing = new AbortController();
  let flushing: Promise<void> | undefined;

  function wake(queue: string): void {
    for (const poller of pollers) if (poller.queue === queue) poller.wake();
  }

  // All that was sent within one turn is one commit, and one wait for the disk.
  function flush(): void {
    flushing = undefined;
    const group = waiting.splice(0).map((one) => ({ ...one, messageId: randomUUID() }));
    try {
      told(path, () => file.put(group, clock.nowMs()));
    } catch (error) {
      for (const { reject } of group) reject(error instanceof AmphoraError ? error : unavailable(path, error));
      return;
    }
    for (const { resolve, messageId } of group) resolve(messageId);
    for (const name of new Set(group.map(({ queue }) => queue))) wake(name);
  }

  function send(queue: string, body: string): Promise<string> {
    if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES)
      throw refused(`a message may have ${MAX_MESSAGE_BYTES} bytes at most; nothing was sent`);
    if (closing.signal.aborted) throw refused(`the queues of ${path} are closed; the message was not taken`);
    const sent = new Promise<string>((resolve, reject) => waiting.push({ queue, body, resolve, reject }));
    flushing ??= new Promise((resolve) => setImmediate(() => resolve(flush())));
    return sent;
  }

  /** Ends after so long, when a message may have come to the queue, or with the signal. */
  async function untilSomething(queue: string, ms: number, signal: AbortSignal): Promise<void> {
    const awake = new AbortController();
    const poller = { queue, wake: () => awake.abort() };
    pollers.add(poller);
    for (const end of [signal, closing.signal]) end.addEventListener('abort', poller.wake);
    try {
      await clock.wait(ms, awake.signal);
    } finally {
      pollers.delete(poller);
      for (const end of [signal, closing.signal]) end.removeEventListener('abort', poller.wake);
    }
  }

  return {
    queue: (settings) => {
      told(path, () => file.describe(settings.name, JSON.stringify(settings)));
      const isOver = (signal: AbortSignal): boolean => signal.aborted || closing.signal.aborted;
      return {
        send: async (body) => send(settings.name, body),
        receive: async (
          { max, enoughBytes, waitMs = 0, visibilityMs = settings.visibilityMs },
          signal = closing.signal,
        ) => {
          if (!Number.isInteger(max) || max < 1 || (max > MAX_RECEIVED && enoughBytes === undefined))
            throw refused(`1 to ${MAX_RECEIVED} messages can be received at once, not ${max}`);
          const untilMs = clock.nowMs() + waitMs;
          while (!isOver(signal)) {
            const messages = taken(
              { path, file, settings, wake, nowMs: clock.nowMs() },
              { max, enoughBytes, visibilityMs },
            );
            const leftMs = untilMs - clock.nowMs();
            if (messages.length > 0 || leftMs <= 0) return messages;
            const nextMs = told(path, () => file.nextVisibleAtMs(settings.name, clock.nowMs())) ?? untilMs;
            await untilSomething(settings.name, Math.min(leftMs, nextMs - clock.nowMs()), signal);
          }
          return [];
        },
        remove: (handles) => told(path, () => file.remove(settings.name, handles)),
        changeVisibility: (handle, visibilityMs) => {
          if (visibilityMs < 0 || visibilityMs > MAX_VISIBILITY_MS)
            throw refused(`a message can be hidden for 0 to 12 hours, not for ${visibilityMs} ms`);
          const nowMs = clock.nowMs();
          const isDone = told(path, () => file.setVisibleAt(settings.name, handle, nowMs + visibilityMs, nowMs));
          // Who waits has the next one in mind, which may be this one now.
          if (isDone) wake(settings.name);
          return isDone;
        },
        giveBackAll: () => {
          told(path, () => file.giveBackAll(settings.name, clock.nowMs()));
          wake(settings.name);
        },
        takeOver: (other) => {
          told(path, () => file.move(other, settings.name, clock.nowMs()));
          wake(settings.name);
        },
        counts: () =>
          told(path, () => {
            expire(file, settings, clock.nowMs());
            return file.counts(settings.name, clock.nowMs());
          }),
        size: () => told(path, () => file.size(settings.name)),
      };
    },
    known: () => told(path, file.descriptions).map((text): QueueSettings => JSON.parse(text)),
    close: async () => {
      closing.abort();
      await flushing;
      file.close();
    },
  };
}

type Place = {
  readonly path: string;
  readonly file: QueueFile;
  readonly settings: QueueSettings;
  readonly wake: (queue: string) => void;
  readonly nowMs: number;
};

function taken(place: Place, how: Pick<Taking, 'max' | 'enoughBytes' | 'visibilityMs'>): readonly ReceivedMessage[] {
  const { path, file, settings, wake, nowMs } = place;
  const { name: queue, redrive } = settings;
  return told(path, () => {
    expire(file, settings, nowMs);
    const { messages, moved } = file.take({ ...how, queue, redrive }, nowMs);
    if (redrive !== undefined && moved > 0) wake(redrive.deadLetterQueue);
    return messages;
  });
}

function expire(file: QueueFile, { name, retentionMs }: QueueSettings, nowMs: number): void {
  if (retentionMs !== undefined) file.expire(name, nowMs - retentionMs);
}

/** What SQLite says comes out as one of our sentences. */
function told<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw unavailable(path, cause);
  }
}

function unavailable(path: string, cause: unknown): AmphoraError {
  return new AmphoraError(
    'queue-unavailable',
    `the queues of ${path} cannot be used: ${messageOf(cause)}; what they have is kept, and nothing more was taken`,
    { retry: true, cause },
  );
}

const refused = (message: string): AmphoraError => new AmphoraError('queue-unavailable', message, { retry: false });
