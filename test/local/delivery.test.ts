import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { JournalRecord } from '../../local/journal.ts';
import {
  accepting,
  type Bench,
  incoming,
  NOW_MS,
  quickJournal,
  record,
  settled,
  withDelivery,
} from './delivery-fixture.ts';
import { until } from './mqtt-fixture.ts';

const CHECKPOINT_EVERY_MS = 2_000;

describe('delivery', () => {
  test('what is accepted is in the journal, and reaches the function as the rule’s envelope', async () => {
    await withDelivery({}, async ({ messages, held, onDisk }) => {
      await messages.accept(incoming(1));
      const [record] = await onDisk();
      expect(record).toMatchObject({ ...incoming(1), receivedAt: NOW_MS });
      await until(() => held.length === 1, 'the function was called');
      expect(held[0]?.event).toEqual({
        payload: Buffer.from('p1').toString('base64'),
        topic: 'battery/boat/telemetry',
        clientId: 'c',
        receivedAt: NOW_MS,
        traceId: record?.traceId,
      });
    });
  });

  test('an acknowledgement does not wait for the function', async () => {
    await withDelivery({}, async ({ messages, held }) => {
      await messages.accept(incoming(1));
      expect(messages.waiting()).toBe(1);
      await until(() => held.length === 1, 'the function was called');
      held[0]?.finish(true);
      await until(() => messages.waiting() === 0, 'it is done');
    });
  });

  test('two rules that listen are both served, and the message is done when both are', async () => {
    await withDelivery({ filters: ['battery/+/telemetry', 'battery/#'] }, async ({ messages, held }) => {
      await messages.accept(incoming(1));
      await until(() => held.length === 2, 'both functions were called');
      held[0]?.finish(true);
      await settled();
      expect(messages.waiting()).toBe(1);
      held[1]?.finish(true);
      await until(() => messages.waiting() === 0, 'both are done');
    });
  });

  test('a topic that no rule listens to is told once, and not written', async () => {
    await withDelivery({}, async ({ messages, logged, onDisk }) => {
      await messages.accept(incoming(1, 'home/light'));
      await messages.accept(incoming(2, 'home/light'));
      expect(await onDisk()).toEqual([]);
      expect(logged).toEqual([
        { level: 'info', event: 'no-rule-for-topic', fields: { topic: 'home/light', clientId: 'c' } },
      ]);
      expect(messages.waiting()).toBe(0);
    });
  });

  test('the 1001st is not acknowledged while 1000 are not stored, and one more with each that is', async () => {
    await withDelivery({}, async ({ messages, held }) => {
      const senders = accepting(messages, 1_010);
      await until(() => senders.accepted === 1_000 && held.length === 1_000, 'a thousand are accepted');
      await settled();
      expect({ accepted: senders.accepted, waiting: messages.waiting() }).toEqual({ accepted: 1_000, waiting: 1_010 });
      for (const { finish } of held.splice(0, 3)) finish(true);
      await until(() => senders.accepted === 1_003, 'three more are accepted');
      await settled();
      expect(senders.accepted).toBe(1_003);
      const finishAll = (): boolean => {
        for (const { finish } of held.splice(0)) finish(true);
        return messages.waiting() === 0;
      };
      await until(finishAll, 'all are done');
      expect(senders.accepted).toBe(1_010);
    });
  }, 20_000);

  test('a sender that leaves while it waits for room is not taken when there is some', async () => {
    await withDelivery({ journal: quickJournal() }, async ({ messages, held }) => {
      const leaving = new AbortController();
      const first = accepting(messages, 1_000);
      await first.all;
      const late = messages.accept(incoming(1_000), leaving.signal);
      leaving.abort();
      await expect(late).rejects.toMatchObject({ code: 'publish-failed', retry: true });
      held.shift()?.finish(true);
      await settled();
      expect({ waiting: messages.waiting(), handed: held.length }).toEqual({ waiting: 999, handed: 999 });
      await expect(messages.accept(incoming(1_001), leaving.signal)).rejects.toMatchObject({ code: 'publish-failed' });
    });
  });

  test('at the end whoever waits for room is refused, and what there is room for is still taken', async () => {
    await withDelivery({ journal: quickJournal() }, async ({ messages, held }) => {
      await accepting(messages, 1_000).all;
      const late = messages.accept(incoming(1_000));
      messages.refuse();
      await expect(late).rejects.toMatchObject({ code: 'publish-failed', retry: true });
      await expect(messages.accept(incoming(1_001))).rejects.toMatchObject({ code: 'publish-failed' });
      held.shift()?.finish(true);
      await settled();
      await messages.accept(incoming(1_002));
      expect(messages.waiting()).toBe(1_000);
    });
  });

  test('what an earlier run left is handed over a thousand at a time, and all of it counts as waiting', async () => {
    await withDelivery({ journal: quickJournal() }, async ({ messages, held }) => {
      const left = Array.from({ length: 1_002 }, (_, i) => record(incoming(i)));
      async function* records(): AsyncGenerator<JournalRecord> {
        yield* left;
      }
      void messages.replay({ count: left.length, records });
      await until(() => held.length === 1_000, 'a thousand are handed over');
      expect(messages.waiting()).toBeGreaterThanOrEqual(1_002);
      const senders = accepting(messages, 1);
      await settled();
      expect({ accepted: senders.accepted, handed: held.length }).toEqual({ accepted: 0, handed: 1_000 });
      const finishAll = (): boolean => {
        for (const { finish } of held.splice(0)) finish(true);
        return messages.waiting() === 0;
      };
      await until(finishAll, 'all are done');
      expect(senders.accepted).toBe(1);
    });
  });

  test('nothing is acknowledged while the journal cannot be written, and the places are given back', async () => {
    let isFull = true;
    const journal = quickJournal(() => {
      if (isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    await withDelivery({ journal }, async ({ messages, held, logged }) => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 1_500 }, async (_, i) => messages.accept(incoming(i))),
      );
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
      expect({ handed: held.length, waiting: messages.waiting() }).toEqual({ handed: 0, waiting: 0 });
      expect(logged[0]).toMatchObject({ level: 'warn', event: 'journal-unwritable' });
      isFull = false;
      await messages.accept(incoming(1));
      expect(messages.waiting()).toBe(1);
    });
  });

  test('what need not be kept passes by the journal', async () => {
    await withDelivery({}, async ({ messages, held, onDisk }) => {
      const delivered = messages.deliver(incoming(1));
      await until(() => held.length === 1, 'the function was called');
      held[0]?.finish(true);
      await delivered;
      expect(await onDisk()).toEqual([]);
    });
  });
});

describe('leaving the journal', () => {
  beforeEach(() => {
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask', 'Date', 'performance'],
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  async function stored({ messages, held }: Bench): Promise<void> {
    await messages.accept(incoming(1));
    await until(() => held.length === 1, 'the function was called');
    held.shift()?.finish(true);
    await until(() => messages.waiting() === 0, 'it is done');
  }

  async function gone(onDisk: Bench['onDisk']): Promise<boolean> {
    for (let tries = 0; tries < 100; tries++) {
      if ((await onDisk()).length === 0) return true;
      await settled();
    }
    return false;
  }

  test('a record leaves only after a checkpoint that covers it', async () => {
    let isComplete = false;
    await withDelivery({ checkpoint: () => isComplete }, async (bench) => {
      await stored(bench);
      jest.advanceTimersByTime(CHECKPOINT_EVERY_MS);
      await settled();
      expect(await bench.onDisk()).toHaveLength(1);
      isComplete = true;
      jest.advanceTimersByTime(CHECKPOINT_EVERY_MS);
      expect(await gone(bench.onDisk)).toBe(true);
    });
  });

  test('a checkpoint that fails keeps everything and ends nothing', async () => {
    let fails = true;
    const checkpoint = (): boolean => {
      if (fails) throw new Error('the database was removed');
      return true;
    };
    await withDelivery({ checkpoint }, async (bench) => {
      await stored(bench);
      jest.advanceTimersByTime(CHECKPOINT_EVERY_MS);
      expect(bench.logged).toContainEqual(
        expect.objectContaining({ level: 'warn', fields: { reason: 'the database was removed' } }),
      );
      expect(await bench.onDisk()).toHaveLength(1);
      fails = false;
      jest.advanceTimersByTime(CHECKPOINT_EVERY_MS);
      expect(await gone(bench.onDisk)).toBe(true);
    });
  });

  test('a record whose function was stopped stays for the next start', async () => {
    await withDelivery({}, async (bench) => {
      await bench.messages.accept(incoming(1));
      await until(() => bench.held.length === 1, 'the function was called');
      bench.held.shift()?.finish(false);
      await until(() => bench.messages.waiting() === 0, 'it is given up');
      await bench.messages.close();
      expect(await bench.onDisk()).toHaveLength(1);
    });
  });

  test('closing takes out what is stored and covered', async () => {
    await withDelivery({}, async (bench) => {
      await stored(bench);
      await bench.messages.close();
      expect(await bench.onDisk()).toEqual([]);
    });
  });
});
