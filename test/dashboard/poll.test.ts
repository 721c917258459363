import { describe, expect, test } from '@jest/globals';
import { askWhenDue, keepAsking, pollDelayMs, quietDelayMs, retryDelayMs } from '../../dashboard/poll.ts';
import { fakeTimers } from './fake-timers.ts';

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

test('what nothing new tells of is asked for every 30 s, and every five minutes while nobody is there', () => {
  expect(quietDelayMs({ minPollSeconds: 1, idleMs: 300_000 })).toBe(30_000);
  expect(quietDelayMs({ minPollSeconds: 1, idleMs: 300_001 })).toBe(300_000);
  expect(quietDelayMs({ minPollSeconds: 60, idleMs: 0 })).toBe(60_000);
});

test('failures are waited out longer and longer, up to 30 s', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 99].map(retryDelayMs)).toEqual([
    1000, 2000, 5000, 10_000, 20_000, 30_000, 30_000, 30_000,
  ]);
});

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

describe('askWhenDue', () => {
  function heard() {
    const { timers, pass } = fakeTimers();
    const at = { askedMs: Number.NEGATIVE_INFINITY, newMs: 0 };
    const askedAtMs: number[] = [];
    const askNow = (): void => {
      at.askedMs = timers.nowMs();
      askedAtMs.push(at.askedMs);
    };
    const hear = askWhenDue(
      {
        isNew: () => at.newMs > at.askedMs,
        dueInMs: () => Math.max(0, at.askedMs + 2000 - timers.nowMs()),
        askNow,
      },
      timers,
    );
    const news = (): void => {
      at.newMs = timers.nowMs();
      hear();
    };
    return { pass, news, askNow, askedAtMs };
  }

  test('asks at once for what is new, and for much that is new no faster than it is due', async () => {
    const { pass, news, askedAtMs } = heard();
    news();
    await pass(100);
    for (let i = 0; i < 9; i += 1) {
      await pass(500);
      news();
    }
    await pass(10_000);
    expect(askedAtMs).toEqual([0, 2000, 4000, 6000]);
  });

  test('asks for nothing that another question was in time for', async () => {
    const { pass, news, askNow, askedAtMs } = heard();
    askNow();
    await pass(500);
    news();
    await pass(500);
    askNow();
    await pass(10_000);
    expect(askedAtMs).toEqual([0, 1000]);
  });

  test('asks once more for what came after such a question', async () => {
    const { pass, news, askNow, askedAtMs } = heard();
    askNow();
    await pass(500);
    news();
    await pass(500);
    askNow();
    await pass(500);
    news();
    await pass(10_000);
    expect(askedAtMs).toEqual([0, 1000, 3000]);
  });
});
