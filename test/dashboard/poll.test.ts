import { describe, expect, test } from '@jest/globals';
import { keepAsking, pollDelayMs, retryDelayMs, type Timers } from '../../dashboard/poll.ts';

describe('pollDelayMs', () => {
  const delay = (periodS: number, idleMs = 0, minPollSeconds = 1): number =>
    pollDelayMs({ periodS, idleMs, minPollSeconds });

  test('half of the period, between the least of config.json and 30 s', () => {
    expect(delay(10)).toBe(5000);
    expect(delay(1)).toBe(1000);
    expect(delay(1, 0, 5)).toBe(5000);
    expect(delay(60)).toBe(30_000);
    expect(delay(3600)).toBe(30_000);
  });

  test('after five minutes without anybody there, every 30 s', () => {
    expect(delay(1, 300_000)).toBe(1000);
    expect(delay(1, 300_001)).toBe(30_000);
  });
});

test('failures are waited out longer and longer, up to 30 s', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 99].map(retryDelayMs)).toEqual([
    1000, 2000, 5000, 10_000, 20_000, 30_000, 30_000, 30_000,
  ]);
});

/** Time that moves only when told to. */
function fakeTimers() {
  let nowMs = 0;
  let nextId = 1;
  const due = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  const page = { isHidden: false };
  const timers: Timers = {
    nowMs: () => nowMs,
    isHidden: () => page.isHidden,
    setTimer: (run, delayMs) => {
      due.set(nextId, { atMs: nowMs + delayMs, run });
      nextId += 1;
      return nextId - 1;
    },
    clearTimer: (timer) => void due.delete(timer),
  };
  /** Lets promises settle in between, as a browser would. */
  async function pass(ms: number): Promise<void> {
    const untilMs = nowMs + ms;
    for (;;) {
      await settle();
      const next = [...due].filter(([, { atMs }]) => atMs <= untilMs).sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      due.delete(next[0]);
      nowMs = next[1].atMs;
      next[1].run();
    }
    nowMs = untilMs;
  }
  return { timers, page, pass };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe('keepAsking', () => {
  test('asks again after what the answer says, from question to question', async () => {
    const { timers, pass } = fakeTimers();
    const askedAtMs: number[] = [];
    const asking = keepAsking(async () => {
      askedAtMs.push(timers.nowMs());
      return 1000;
    }, timers);
    asking.askNow();
    await pass(3500);
    expect(askedAtMs).toEqual([0, 1000, 2000, 3000]);
  });

  test('asks nothing while the page is hidden, and at once when it is seen again', async () => {
    const { timers, page, pass } = fakeTimers();
    const askedAtMs: number[] = [];
    const asking = keepAsking(async () => {
      askedAtMs.push(timers.nowMs());
      return 1000;
    }, timers);
    asking.askNow();
    await pass(1500);
    page.isHidden = true;
    await pass(60_000);
    expect(askedAtMs).toEqual([0, 1000]);
    page.isHidden = false;
    asking.askNow();
    await pass(500);
    expect(askedAtMs).toEqual([0, 1000, 61_500]);
  });

  test('never has two questions on their way, and loses none that was wanted meanwhile', async () => {
    const { timers, pass } = fakeTimers();
    const answers: ((delayMs: number) => void)[] = [];
    const asking = keepAsking(() => new Promise<number>((resolve) => answers.push(resolve)), timers);
    asking.askNow();
    asking.askNow();
    asking.askNow();
    await pass(0);
    expect(answers).toHaveLength(1);
    answers[0]?.(1000);
    await pass(0);
    expect(answers).toHaveLength(2);
  });

  test('a stopped one stays silent', async () => {
    const { timers, pass } = fakeTimers();
    let count = 0;
    const asking = keepAsking(async () => {
      count += 1;
      return 1000;
    }, timers);
    asking.askNow();
    await pass(0);
    asking.stop();
    asking.askNow();
    await pass(10_000);
    expect(count).toBe(1);
  });
});
