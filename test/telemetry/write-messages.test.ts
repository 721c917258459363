/** Many messages at once: what the batch from a queue is to the writer. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../lambdas/json/parse-json.ts';
import { type SqliteStore, sqliteStore } from '../../lambdas/store/sqlite.ts';
import type { Point } from '../../lambdas/store/store.ts';
import { batchResponse, parseQueued } from '../../lambdas/telemetry/queued-messages.ts';
import {
  type ArrivedMessage,
  type UnstoredMessage,
  type WriteDeps,
  writeMessage,
  writeMessages,
} from '../../lambdas/telemetry/write-message.ts';
import { arbMessages, envelopeOf, plain, START_MS } from '../arbitraries/messages.ts';

const NOW_MS = START_MS + 120_000;
const AT = '2026-11-23T11:59:59.000Z';

let store: SqliteStore;
let quarantined: UnstoredMessage[];
let appends: (readonly Point[])[];
beforeEach(() => {
  store = sqliteStore({ file: ':memory:' });
  quarantined = [];
  appends = [];
});
afterEach(async () => store.close());

const deps = (): WriteDeps => ({
  append: async (points) => {
    appends.push(points);
    return store.append(points);
  },
  quarantine: async (message) => void quarantined.push(message),
  parseJson,
  topicRoot: 'battery',
});

const arrived = (payload: string, battery = 'boat'): ArrivedMessage => ({
  envelope: {
    payload: Buffer.from(payload).toString('base64'),
    topic: `battery/${battery}/telemetry`,
    clientId: 'c',
    receivedAt: NOW_MS,
    traceId: 't',
  },
});

describe('write messages', () => {
  test('all points of a batch are one append, and each message has its own counts', async () => {
    const written = await writeMessages(deps())([
      arrived(`{"soc":5,"timestamp":"${AT}"}`),
      arrived(`{"samples":[{"soc":6,"cells":[3.3],"timestamp":"${AT}"},{"soc":5,"timestamp":"${AT}"}]}`, 'van'),
      arrived('{'),
      arrived(`{"soc":5,"timestamp":"${AT}"}`),
    ]);
    expect(appends.map(({ length }) => length)).toEqual([5]);
    expect(written).toEqual([
      { ok: true, result: { stored: 1, repeated: 0, collided: 0 } },
      { ok: true, result: expect.objectContaining({ stored: 3 }) },
      {
        ok: true,
        result: {
          stored: 0,
          repeated: 0,
          collided: 0,
          quarantined: { reason: expect.stringContaining('JSON'), readings: 1 },
        },
      },
      { ok: true, result: { stored: 0, repeated: 1, collided: 0 } },
    ]);
    expect(quarantined).toMatchObject([{ original: Buffer.from('{').toString('base64'), clientId: 'c', traceId: 't' }]);
  });

  test('a batch of nothing that can be stored asks the store for nothing', async () => {
    const written = await writeMessages(deps())([arrived('['), arrived('', 'van'), arrived('{"soc":5}', 'A B')]);
    expect([written.every(({ ok }) => ok), appends, quarantined.length]).toEqual([true, [], 3]);
  });

  test('each message with its own goes into quarantine, however many they are', async () => {
    const messages = Array.from({ length: 50 }, (_, i) =>
      arrived(`{"soc":${i},"unheard":${i},"timestamp":${NOW_MS + i}}`),
    );
    await writeMessages(deps())(messages);
    expect(new Set(quarantined.map(({ original }) => original))).toEqual(
      new Set(messages.map(({ envelope }) => envelope.payload)),
    );
    expect(appends).toHaveLength(1);
    expect((await store.points({ battery: 'boat', fromMs: 0, toMs: NOW_MS * 2, limit: 100 })).length).toBe(50);
  });

  test('when the store takes nothing, every message has to come again, and none is in quarantine', async () => {
    await store.close();
    const written = await writeMessages(deps())([arrived('{"soc":5}'), arrived('{'), arrived('{"soc":6}', 'van')]);
    expect(written.map((one) => !one.ok && one.error)).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ code: 'store-unavailable', retry: true })),
    );
    expect(quarantined).toEqual([]);
  });

  test('a message that the quarantine does not take has to come again, and only that one', async () => {
    const quarantine = async (message: UnstoredMessage): Promise<void> => {
      if (message.original === Buffer.from('[1').toString('base64')) throw new Error('no room');
      quarantined.push(message);
    };
    const messages = [arrived('{"soc":5}'), arrived('[1'), arrived('{')];
    const written = await writeMessages({ ...deps(), quarantine })(messages);
    expect(written.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(quarantined).toHaveLength(1);
  });

  test('in batches of any size the store ends as it does by one at a time, and every message is told the same', async () => {
    await fc.assert(
      fc.asyncProperty(arbMessages, fc.integer({ min: 1, max: 7 }), async (messages, size) => {
        const [one, many] = [sqliteStore({ file: ':memory:' }), sqliteStore({ file: ':memory:' })];
        try {
          const envelopes = messages.map((message, i) => envelopeOf(plain(message), NOW_MS + i));
          const own = { ...deps(), append: one.append };
          const single: unknown[] = [];
          for (const envelope of envelopes) single.push({ ok: true, result: await writeMessage(own)(envelope) });
          const batched: unknown[] = [];
          for (let at = 0; at < envelopes.length; at += size) {
            const batch = envelopes.slice(at, at + size).map((envelope) => ({ envelope }));
            batched.push(...(await writeMessages({ ...own, append: many.append })(batch)));
          }
          expect(batched).toEqual(single);
          for (const battery of ['default', 'boat']) {
            const query = { battery, fromMs: START_MS - 1_000, toMs: NOW_MS, limit: 10_000 };
            expect(await many.points(query)).toEqual(await one.points(query));
          }
        } finally {
          await Promise.all([one.close(), many.close()]);
        }
      }),
    );
  });
});

const recordOf = (messageId: string, body: string) => ({
  messageId,
  body,
  receiptHandle: 'h',
  attributes: { SentTimestamp: String(NOW_MS), ApproximateReceiveCount: '1' },
  eventSource: 'aws:sqs',
});

describe('the messages of a queue', () => {
  test('are the envelopes in the bodies, by the ids of the queue', () => {
    const { envelope } = arrived('{"soc":5}');
    expect(parseQueued({ Records: [recordOf('m1', JSON.stringify(envelope))] })).toEqual([{ id: 'm1', envelope }]);
    expect(parseQueued({ Records: [] })).toEqual([]);
  });

  test('what no rule put there is quarantined whole, with the time at which it was sent', async () => {
    const body = 'ünd {"topic": 1}';
    const messages = parseQueued({ Records: [recordOf('m1', body)] }) ?? [];
    const written = await writeMessages(deps())(messages);
    expect(quarantined).toEqual([
      {
        reason: 'it is not what a topic rule puts into the queue',
        original: Buffer.from(body).toString('base64'),
        topic: '',
        clientId: null,
        receivedAt: NOW_MS,
        traceId: null,
      },
    ]);
    expect(batchResponse(messages, written)).toEqual({ batchItemFailures: [] });
  });

  test.each([
    undefined,
    null,
    'text',
    {},
    { Records: 1 },
    { Records: [null] },
    { Records: [{ messageId: 1, body: '{}' }] },
    { Records: [{ messageId: 'm' }] },
    arrived('{}').envelope,
  ])('%j is no event of a queue', (event) => {
    expect(parseQueued(event)).toBeUndefined();
  });
});

describe('the answer to who polls the queue', () => {
  const messages = ['a', 'b', 'c'].map((id) => ({ id, ...arrived('{}') }));
  const stored = { ok: true, result: { stored: 1, repeated: 0, collided: 0 } } as const;
  const failed = (error: unknown) => ({ ok: false, error }) as const;

  test('names the messages that failed, when others did not', () => {
    expect(batchResponse(messages, [stored, stored, stored])).toEqual({ batchItemFailures: [] });
    expect(batchResponse(messages, [failed('no'), stored, failed('no')])).toEqual({
      batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'c' }],
    });
  });

  test('is an error when all of them failed: for a list nobody would poll less', () => {
    const error = new Error('no database');
    expect(() => batchResponse(messages, [failed(error), failed('x'), failed('x')])).toThrow(error);
    expect(() => batchResponse(messages.slice(0, 1), [failed(error)])).toThrow(error);
  });

  test('to an empty batch is no error', () => {
    expect(batchResponse([], [])).toEqual({ batchItemFailures: [] });
  });
});
