/** The local SQS against the simplest thing that keeps its rules: a list. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openQueues, type Queue } from '../../../local/sqs/queues.ts';
import { type DrivenClock, drivenClock } from '../driven-clock.ts';
import { inTempFolder } from '../temp-folder.ts';

const MAX_RECEIVES = 3;
const VISIBILITY_S = 10;
const RETENTION_S = 200;

type Known = {
  readonly body: string;
  readonly sentAtS: number;
  visibleAtS: number;
  receives: number;
  handle: string;
  isDead: boolean;
};

type Step =
  | { readonly kind: 'send' }
  | { readonly kind: 'receive'; readonly max: number; readonly visibilityS: number | undefined }
  | { readonly kind: 'remove'; readonly which: number }
  | { readonly kind: 'hide'; readonly which: number; readonly seconds: number }
  | { readonly kind: 'later'; readonly seconds: number };

const seconds = fc.integer({ min: 0, max: 30 });
const which = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('send' as const) }),
  fc.record({
    kind: fc.constant('receive' as const),
    max: fc.integer({ min: 1, max: 10 }),
    visibilityS: fc.option(seconds, { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('remove' as const), which }),
  fc.record({ kind: fc.constant('hide' as const), which, seconds }),
  fc.record({ kind: fc.constant('later' as const), seconds: fc.integer({ min: 1, max: 40 }) }),
);

type Played = { readonly queue: Queue; readonly dead: Queue; readonly clock: DrivenClock };

function reference() {
  let known: Known[] = [];
  let nowS = 0;
  const here = (): readonly Known[] => known.filter(({ isDead }) => !isDead);
  return {
    send: (body: string): void => {
      known.push({ body, sentAtS: nowS, visibleAtS: nowS, receives: 0, handle: '', isDead: false });
    },
    /** Oldest first; what was received too often before makes room for the next one. */
    receive: (max: number, visibilityS: number): readonly Known[] => {
      const inOrder = here()
        .filter(({ visibleAtS }) => visibleAtS <= nowS)
        .sort((a, b) => a.visibleAtS - b.visibleAtS);
      const received: Known[] = [];
      for (const message of inOrder) {
        if (received.length === max) break;
        message.isDead = message.receives === MAX_RECEIVES;
        if (!message.isDead) received.push(message);
      }
      for (const message of received) {
        message.receives += 1;
        message.visibleAtS = nowS + visibilityS;
      }
      return received;
    },
    remove: (handle: string): number => {
      const before = known.length;
      known = known.filter((message) => message.isDead || message.handle !== handle);
      return before - known.length;
    },
    hide: (handle: string, bySeconds: number): boolean => {
      const held = here().find((message) => message.handle === handle && message.visibleAtS > nowS);
      if (held !== undefined) held.visibleAtS = nowS + bySeconds;
      return held !== undefined;
    },
    later: (bySeconds: number): void => {
      nowS += bySeconds;
      known = known.filter(({ sentAtS }) => sentAtS > nowS - RETENTION_S);
    },
    counts: () => ({
      dead: known.length - here().length,
      visible: here().filter(({ visibleAtS }) => visibleAtS <= nowS).length,
      inFlight: here().filter(({ visibleAtS }) => visibleAtS > nowS).length,
    }),
  };
}

async function play(steps: readonly Step[], { queue, dead, clock }: Played): Promise<void> {
  const list = reference();
  const handles: string[] = [];
  for (const [i, one] of steps.entries()) {
    switch (one.kind) {
      case 'send':
        list.send(`message ${i}`);
        await queue.send(`message ${i}`);
        break;
      case 'receive': {
        const { max, visibilityS } = one;
        const expected = list.receive(max, visibilityS ?? VISIBILITY_S);
        const received = await queue.receive({
          max,
          ...(visibilityS === undefined ? {} : { visibilityMs: visibilityS * 1000 }),
        });
        expect(received.map(({ body, receiveCount }) => ({ body, receives: receiveCount }))).toEqual(
          expected.map(({ body, receives }) => ({ body, receives })),
        );
        for (const [place, message] of expected.entries()) message.handle = received[place]?.receiptHandle ?? '';
        handles.push(...received.map(({ receiptHandle }) => receiptHandle));
        break;
      }
      case 'remove': {
        const handle = handles[one.which] ?? 'unknown';
        expect(queue.remove([handle])).toBe(list.remove(handle));
        break;
      }
      case 'hide': {
        const handle = handles[one.which] ?? 'unknown';
        expect(queue.changeVisibility(handle, one.seconds * 1000)).toBe(list.hide(handle, one.seconds));
        break;
      }
      case 'later':
        list.later(one.seconds);
        await clock.advance(one.seconds * 1000);
    }
    const { visible, inFlight } = queue.counts();
    const buried = dead.counts();
    expect({ dead: buried.visible + buried.inFlight, visible, inFlight }).toEqual(list.counts());
    expect([queue.size(), dead.size()]).toEqual([visible + inFlight, buried.visible + buried.inFlight]);
  }
}

describe('the local SQS against a list', () => {
  test('whatever is done to it, it hands out what the rules allow, in their order, and has all the rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) =>
        inTempFolder(async (folder) => {
          const clock = drivenClock();
          const queues = openQueues(join(folder, 'queues.sqlite'), clock);
          const retentionMs = RETENTION_S * 1000;
          const dead = queues.queue({ name: 'dead', visibilityMs: 1000, retentionMs });
          const queue = queues.queue({
            name: 'q',
            visibilityMs: VISIBILITY_S * 1000,
            retentionMs,
            redrive: { deadLetterQueue: 'dead', maxReceiveCount: MAX_RECEIVES },
          });
          try {
            await play(steps, { queue, dead, clock });
          } finally {
            await queues.close();
          }
        }),
      ),
      { numRuns: 100 },
    );
  }, 60_000);
});
