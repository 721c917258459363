/**
 * What a standard queue of SQS does, as cases that any of them can be held to: the local one with a driven clock, and that
 * of an emulator with the real SQS client. Every wait is a receive's own, or `later`.
 */
import { expect, test } from '@jest/globals';

export type Message = {
  readonly messageId: string;
  readonly body: string;
  readonly receiptHandle: string;
  readonly receiveCount: number;
  readonly sentAtMs: number;
};

export type QueueUnderTest = {
  readonly send: (body: string) => Promise<string>;
  readonly receive: (how?: {
    readonly max?: number;
    readonly waitS?: number;
    readonly visibilityS?: number;
  }) => Promise<readonly Message[]>;
  readonly remove: (receiptHandle: string) => Promise<unknown>;
  /** False: refused. */
  readonly changeVisibility: (receiptHandle: string, visibilityS: number) => Promise<boolean>;
  readonly counts: () => Promise<{ readonly visible: number; readonly inFlight: number }>;
};

export type QueueNeeds = {
  readonly visibilityS?: number;
  readonly retentionS?: number;
  readonly redrive?: { readonly deadLetters: QueueUnderTest; readonly maxReceiveCount: number };
};

export type SqsUnderTest = {
  readonly create: (needs?: QueueNeeds) => Promise<QueueUnderTest>;
  /** So many seconds of the queue's own time go by. */
  readonly later: (seconds: number) => Promise<void>;
};

/** By the titles of cases. */
export type Exceptions = {
  /** With why it does otherwise: there the test holds that it still does. */
  readonly deviations?: Readonly<Record<string, string>>;
  /** More minutes of wall time than a test has. */
  readonly tooSlow?: readonly string[];
};

export function sqsCases(sqs: () => SqsUnderTest, { deviations = {}, tooSlow = [] }: Exceptions = {}): void {
  const titles = new Set<string>();
  const holds = (title: string, law: (queues: SqsUnderTest) => Promise<void>): void => {
    const why = deviations[title];
    titles.add(title);
    if (tooSlow.includes(title)) return;
    if (why === undefined) test(title, () => law(sqs()));
    else
      test(`not here, for ${why}: ${title}`, async () => {
        await expect(law(sqs())).rejects.toThrow();
      });
  };

  holds('what was sent is received, with its id and a count of one', async ({ create }) => {
    const queue = await create();
    const id = await queue.send('{"a":"ü \\u0000"}');
    const [message, ...others] = await queue.receive();
    expect(message).toMatchObject({ messageId: id, body: '{"a":"ü \\u0000"}', receiveCount: 1 });
    expect(others).toEqual([]);
  });

  holds('while it is in flight nobody else receives it, and it counts as such', async ({ create }) => {
    const queue = await create();
    await queue.send('a');
    await queue.send('b');
    expect(await queue.counts()).toEqual({ visible: 2, inFlight: 0 });
    expect(await queue.receive({ max: 1 })).toHaveLength(1);
    expect(await queue.counts()).toEqual({ visible: 1, inFlight: 1 });
    expect(await queue.receive()).toHaveLength(1);
    expect(await queue.receive()).toEqual([]);
  });

  holds('what was removed never comes again', async ({ create, later }) => {
    const queue = await create({ visibilityS: 1 });
    await queue.send('a');
    const [message] = await queue.receive();
    await queue.remove(message?.receiptHandle ?? '');
    await later(2);
    expect(await queue.receive()).toEqual([]);
    expect(await queue.counts()).toEqual({ visible: 0, inFlight: 0 });
  });

  holds('what was not removed is back after the visibility timeout, counted again, with a new handle', async (all) => {
    const queue = await all.create({ visibilityS: 2 });
    const id = await queue.send('a');
    const [first] = await queue.receive();
    expect(await queue.receive()).toEqual([]);
    await all.later(3);
    const [second] = await queue.receive();
    expect(second).toMatchObject({ messageId: id, body: 'a', receiveCount: 2, sentAtMs: first?.sentAtMs });
    expect(second?.receiptHandle).not.toBe(first?.receiptHandle);
  });

  holds('a handle is good after its time, until the message is received again', async ({ create, later }) => {
    const queue = await create({ visibilityS: 1 });
    await queue.send('a');
    const [message] = await queue.receive();
    await later(2);
    await queue.remove(message?.receiptHandle ?? '');
    expect(await queue.receive()).toEqual([]);
  });

  holds('the delete by a handle that is not the newest one removes nothing', async (all) => {
    const queue = await all.create({ visibilityS: 1 });
    await queue.send('a');
    const [first] = await queue.receive();
    await all.later(2);
    const [second] = await queue.receive({ visibilityS: 1 });
    await queue.remove(first?.receiptHandle ?? '').catch(() => undefined);
    await all.later(2);
    const [third] = await queue.receive();
    expect(third?.receiveCount).toBe(3);
    await queue.remove(second?.receiptHandle ?? '').catch(() => undefined);
    expect(await queue.counts()).toEqual({ visible: 0, inFlight: 1 });
  });

  holds('and is answered as if it had', async (all) => {
    const queue = await all.create({ visibilityS: 1 });
    await queue.send('a');
    const [first] = await queue.receive();
    await all.later(2);
    await queue.receive();
    await queue.remove(first?.receiptHandle ?? '');
  });

  holds('a receive hands out ten at most, and as many as it is asked for', async ({ create }) => {
    const queue = await create();
    for (let i = 0; i < 13; i++) await queue.send(String(i));
    const some = await queue.receive({ max: 2 });
    const most = await queue.receive({ max: 10 });
    const rest = await queue.receive({ max: 10 });
    expect([some.length, most.length, rest.length]).toEqual([2, 10, 1]);
    const bodies = [...some, ...most, ...rest].map(({ body }) => Number(body));
    expect(bodies.sort((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, i) => i));
    await expect(queue.receive({ max: 11 })).rejects.toThrow();
  });

  holds('visibility can be made longer', async ({ create, later }) => {
    const queue = await create({ visibilityS: 1 });
    await queue.send('a');
    const [message] = await queue.receive();
    expect(await queue.changeVisibility(message?.receiptHandle ?? '', 30)).toBe(true);
    await later(2);
    expect(await queue.receive()).toEqual([]);
  });

  holds('visibility of nothing gives a message back at once', async ({ create }) => {
    const queue = await create({ visibilityS: 30 });
    await queue.send('a');
    const [message] = await queue.receive();
    expect(await queue.changeVisibility(message?.receiptHandle ?? '', 0)).toBe(true);
    expect(await queue.receive()).toHaveLength(1);
  });

  holds('the visibility of a message that nobody has cannot be changed', async ({ create, later }) => {
    const queue = await create({ visibilityS: 1 });
    await queue.send('a');
    const [message] = await queue.receive();
    await later(2);
    expect(await queue.changeVisibility(message?.receiptHandle ?? '', 30)).toBe(false);
    expect(await queue.receive()).toHaveLength(1);
  });

  holds('nor by a handle that is not the newest one', async ({ create, later }) => {
    const queue = await create({ visibilityS: 1 });
    await queue.send('a');
    const [old] = await queue.receive();
    await later(2);
    await queue.receive({ visibilityS: 30 });
    expect(await queue.changeVisibility(old?.receiptHandle ?? '', 0)).toBe(false);
    expect(await queue.receive()).toEqual([]);
  });

  holds('a receive may have a visibility timeout of its own', async ({ create, later }) => {
    const queue = await create({ visibilityS: 30 });
    await queue.send('a');
    expect(await queue.receive({ visibilityS: 1 })).toHaveLength(1);
    await later(2);
    expect(await queue.receive()).toHaveLength(1);
  });

  holds('a long poll ends with the message that is sent meanwhile', async ({ create }) => {
    const queue = await create();
    const polling = queue.receive({ waitS: 20 });
    await queue.send('late');
    expect(await polling).toMatchObject([{ body: 'late' }]);
  });

  holds('a long poll ends with the message that becomes visible meanwhile', async ({ create }) => {
    const queue = await create({ visibilityS: 1 });
    await queue.send('a');
    await queue.receive();
    expect(await queue.receive({ waitS: 20 })).toMatchObject([{ body: 'a', receiveCount: 2 }]);
  });

  holds('a long poll that nothing comes to ends empty', async ({ create }) => {
    expect(await (await create()).receive({ waitS: 1 })).toEqual([]);
  });

  holds(
    'what was received as often as it may be goes to the dead letters with the time of its sending',
    async (all) => {
      const deadLetters = await all.create();
      const queue = await all.create({ visibilityS: 1, redrive: { deadLetters, maxReceiveCount: 2 } });
      const id = await queue.send('bad');
      const [first] = await queue.receive();
      await all.later(2);
      expect(await queue.receive()).toMatchObject([{ receiveCount: 2 }]);
      await all.later(2);
      expect(await queue.receive()).toEqual([]);
      expect(await queue.counts()).toEqual({ visible: 0, inFlight: 0 });
      expect(await deadLetters.receive({ waitS: 2 })).toMatchObject([
        { messageId: id, body: 'bad', sentAtMs: first?.sentAtMs },
      ]);
    },
  );

  holds('one that is removed in its last try never becomes a dead letter', async ({ create, later }) => {
    const deadLetters = await create();
    const queue = await create({ visibilityS: 1, redrive: { deadLetters, maxReceiveCount: 1 } });
    await queue.send('good');
    const [message] = await queue.receive();
    await queue.remove(message?.receiptHandle ?? '');
    await later(2);
    expect(await queue.receive()).toEqual([]);
    expect(await deadLetters.receive()).toEqual([]);
  });

  holds('what is past its retention is gone, wherever it was', async ({ create, later }) => {
    const queue = await create({ retentionS: 60 });
    await queue.send('old');
    await later(61);
    await queue.send('new');
    expect(await queue.receive()).toMatchObject([{ body: 'new' }]);
  });

  test('every exception that is named is one of a case', () => {
    expect([...Object.keys(deviations), ...tooSlow].filter((title) => !titles.has(title))).toEqual([]);
  });
}
