/**
 * From a door to the rules' functions and queues: a message that a rule listens to is in the journal before its sender hears
 * of it, and leaves the journal when its functions are done with it and a checkpoint of the database covers what they
 * stored, or when the queue before them has it on disk. So the journal is the first durable hop in both modes, as the broker
 * is on AWS; what is in the journal and in the queue when the process is killed goes into the queue twice, and is stored once.
 */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../lambdas/aws/log.ts';
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import type { AsyncInvoke } from './async-invoke.ts';
import type { Journal, JournalRecord, Left } from './journal.ts';
import type { JournalMessage } from './journal-records.ts';
import type { LocalLog } from './local-log.ts';
import { evaluate } from './rule-sql/evaluate.ts';
import type { Rule } from './rule-sql/parse.ts';
import { indexFilters } from './topic-filter.ts';

export type Incoming = { readonly topic: string; readonly payload: Buffer; readonly clientId?: string };

/** Where a rule's action leads. */
export type Target = {
  /** Unlike all others of all rules, and the same from one start to the next. */
  readonly name: string;
  readonly invoke: AsyncInvoke;
};

export type DeliveryRule = {
  readonly rule: Rule;
  readonly targets: readonly Target[];
  /** Past its queues to the functions behind: for what is not to wait. Default: the same. */
  readonly unbuffered?: readonly Target[];
};

export type DeliveryOptions = {
  readonly rules: readonly DeliveryRule[];
  readonly journal: Journal;
  readonly nowMs: () => number;
  readonly log: LocalLog;
  /** True when every commit made before the call is in the database's own file, synced. */
  readonly checkpoint: () => boolean;
};

export type Delivery = {
  /**
   * Resolves when the message is safe. Waits while too many before it are not yet stored; rejects when its sender left
   * meanwhile, or the runtime stops: such a message was never taken.
   */
  readonly accept: (message: Incoming, signal?: AbortSignal) => Promise<void>;
  /** Whoever waits for room is refused from now on; what there is room for is still taken. */
  readonly refuse: () => void;
  /**
   * Hands over without the journal, and past any queue: for what may be lost, the simulated battery. In a queue it could
   * still come after it was removed.
   */
  readonly deliver: (message: Incoming) => Promise<void>;
  /** Hands over what an earlier run left, as there is room. */
  readonly replay: (left: Left) => Promise<void>;
  /** Messages accepted and not yet done with. */
  readonly waiting: () => number;
  readonly close: () => Promise<void>;
};

type Sender = { readonly take: () => void; readonly refuse: () => void };

// Beyond this, senders wait: what is accepted never outruns what is stored.
const MAX_PENDING = 1_000;
const CHECKPOINT_EVERY_MS = 2_000;
const MAX_TOLD_TOPICS = 100;

export function delivery({ rules, journal, nowMs, log, checkpoint }: DeliveryOptions): Delivery {
  const rulesOf = indexFilters(rules.map((value) => ({ filter: value.rule.filter, value })));
  const senders: Sender[] = [];
  const told = new Set<string>();
  let waiting = 0;
  let unread = 0;
  let isClosed = false;
  let isRefusing = false;

  // The place is taken before the write: a thousand senders of one turn must not all see room for themselves. Undefined: at
  // once, as nearly always.
  function takePlace(signal?: AbortSignal): Promise<void> | undefined {
    if (signal?.aborted === true) return Promise.reject(notTaken());
    if (waiting < MAX_PENDING) {
      waiting += 1;
      return undefined;
    }
    if (isRefusing) return Promise.reject(notTaken());
    return new Promise((resolve, reject) => senders.push(senderOf(resolve, reject, signal)));
  }

  function senderOf(take: () => void, reject: (reason: AmphoraError) => void, signal?: AbortSignal): Sender {
    const sender = { take, refuse: () => reject(notTaken()) };
    const leave = (): void => {
      const place = senders.indexOf(sender);
      if (place >= 0) senders.splice(place, 1);
      sender.refuse();
    };
    signal?.addEventListener('abort', leave, { once: true });
    return sender;
  }

  // A place that is given up goes straight to the next sender.
  function freePlace(): void {
    const next = senders.shift();
    if (next === undefined) waiting -= 1;
    else next.take();
  }

  function refuse(): void {
    isRefusing = true;
    for (const sender of senders.splice(0)) sender.refuse();
  }

  // What a message needs until it is stored V8 moves twice, being as long: so there are few promises here, and no async function.
  function accept(message: Incoming, signal?: AbortSignal): Promise<void> {
    const matching = rulesOf(message.topic);
    if (matching.length === 0) return Promise.resolve(tellOnce(message));
    const place = takePlace(signal);
    return place === undefined ? keep(message, matching) : place.then(() => keep(message, matching));
  }

  function keep(message: Incoming, matching: readonly DeliveryRule[]): Promise<void> {
    return journal.append({ ...message, receivedAt: nowMs(), traceId: randomUUID() }).then(
      (record) => hand(record, matching),
      (error: unknown) => {
        freePlace();
        log.warn('journal-unwritable', { topic: message.topic, reason: String(error) });
        throw error;
      },
    );
  }

  function hand(record: JournalRecord, matching: readonly DeliveryRule[]): void {
    void invokeAll(record, matching, record.scheduleOf).then((isDone) => {
      freePlace();
      // Left in the journal when the runtime stops before: the next start takes it up.
      if (isDone) record.settle();
    });
  }

  async function replay({ count, records }: Left): Promise<void> {
    unread = count;
    // What is not handed over before the end stays in the journal.
    try {
      for await (const record of records()) {
        await takePlace();
        if (isRefusing) return freePlace();
        unread -= 1;
        hand(record, rulesOf(record.topic));
      }
    } catch (error) {
      if (isRefusing) return;
      log.warn('journal-unreadable', { left: unread, reason: messageOf(error) });
    }
  }

  function tellOnce({ topic, clientId }: Incoming): void {
    if (told.has(topic) || told.size >= MAX_TOLD_TOPICS) return;
    told.add(topic);
    log.info('no-rule-for-topic', { topic, clientId });
  }

  // Without the database everything stays in the journal; the next time may do better.
  function isCovered(): boolean {
    try {
      return checkpoint();
    } catch (error) {
      log.warn('checkpoint-failed', { reason: messageOf(error) });
      return false;
    }
  }

  function releaseCovered(): void {
    const settled = journal.settled();
    if (settled.count === 0 || !isCovered()) return;
    settled.release();
    void journal.trim().catch((error: unknown) => log.warn('journal-not-trimmed', { reason: String(error) }));
  }

  const checkpoints = setInterval(releaseCovered, CHECKPOINT_EVERY_MS);
  return {
    accept,
    refuse,
    deliver: async (message) => {
      const matching = rulesOf(message.topic).map(({ rule, targets, unbuffered = targets }) => ({
        rule,
        targets: unbuffered,
      }));
      await invokeAll({ ...message, receivedAt: nowMs(), traceId: randomUUID() }, matching);
    },
    replay,
    waiting: () => waiting + unread + (isClosed ? 0 : senders.length),
    close: async () => {
      isClosed = true;
      clearInterval(checkpoints);
      releaseCovered();
      await journal.close();
    },
  };
}

function notTaken(): AmphoraError {
  return new AmphoraError('publish-failed', 'the message was not taken; send it again', { retry: true });
}

function invokeAll(
  message: JournalMessage,
  matching: readonly DeliveryRule[],
  scheduleOf?: JournalRecord['scheduleOf'],
): Promise<boolean> {
  const { topic, payload, clientId, receivedAt: receivedAtMs, traceId } = message;
  const event =
    clientId === undefined
      ? { payload, topic, receivedAtMs, traceId }
      : { payload, topic, receivedAtMs, traceId, clientId };
  const invoked: Promise<boolean>[] = [];
  for (const { rule, targets } of matching)
    for (const { name, invoke } of targets) invoked.push(invoke(evaluate(rule, event), scheduleOf?.(name)));
  const [only] = invoked;
  // As nearly always.
  if (only !== undefined && invoked.length === 1) return only;
  return Promise.all(invoked).then((done) => done.every(Boolean));
}
