/** When the page asks how Amphora does: on answers that a test gives, and a clock that it moves. */
import { describe, expect, test } from '@jest/globals';
import { signal } from '@preact/signals';
import type { Answer } from '../../dashboard/api.ts';
import { statusAsker, statusKey } from '../../dashboard/ask-status.ts';
import { statusDelayMs } from '../../dashboard/poll.ts';
import type { QuarantineEntry, Status, StatusPart } from '../../dashboard/status-answers.ts';

const HOUR_MS = 3_600_000;
const STATUS: Status = {
  asOfMs: 0,
  storedPerS: 0,
  waiting: 0,
  failed: 0,
  quarantined: undefined,
  database: undefined,
  unknown: new Map(),
};
const RECORD: QuarantineEntry = { id: 'a', battery: 'boat', reason: 'why', receivedAtMs: 0 };

type Given = Parameters<typeof statusAsker>[0];

function page({ isLocal = true } = {}) {
  let nowMs = 1_000_000;
  let answer: Answer<Status> = { kind: 'ok', value: STATUS };
  const asked: string[] = [];
  const api = {
    status: async () => {
      asked.push('status');
      return answer;
    },
    quarantined: async (limit: number): Promise<Answer<readonly QuarantineEntry[]>> => {
      asked.push(`quarantine ${limit}`);
      return { kind: 'ok', value: [RECORD] };
    },
  };
  const state: Given = {
    config: signal({ config: { isLocal, minPollSeconds: 5 }, api }),
    session: signal({ kind: 'none' }),
    contact: signal({ kind: 'ok' }),
    openPart: signal<StatusPart | undefined>(undefined),
    lastInputAtMs: signal(nowMs),
    status: signal(undefined),
    quarantined: signal(undefined),
  };
  const ask = statusAsker(state, () => nowMs);
  return {
    state,
    ask,
    asked,
    pass: (ms: number) => {
      nowMs += ms;
    },
    answer: (next: Answer<Status>) => {
      answer = next;
    },
  };
}

describe('the pace', () => {
  test.each([
    ['at home every 10 s', { isLocal: true, minPollSeconds: 1, idleMs: 0 }, 10_000],
    ['at home every 30 s while nobody is there', { isLocal: true, minPollSeconds: 1, idleMs: HOUR_MS }, 30_000],
    ['on AWS every 30 s', { isLocal: false, minPollSeconds: 5, idleMs: 0 }, 30_000],
    [
      'on AWS every five minutes while nobody is there',
      { isLocal: false, minPollSeconds: 5, idleMs: HOUR_MS },
      300_000,
    ],
    ['never faster than config.json lets', { isLocal: true, minPollSeconds: 60, idleMs: 0 }, 60_000],
  ])('%s', (_, pace, delayMs) => {
    expect(statusDelayMs(pace)).toBe(delayMs);
  });
});

describe('the question', () => {
  test('is put, and not again before its time, however often the page is looked at', async () => {
    const { ask, asked, pass, state } = page();
    expect(await ask()).toBe(10_000);
    pass(4_000);
    expect(await ask()).toBe(6_000);
    expect(asked).toEqual(['status']);
    pass(6_000);
    expect(await ask()).toBe(10_000);
    expect(asked).toEqual(['status', 'status']);
    expect(state.status.value?.value).toBe(STATUS);
  });

  test('is put at once when the page loses or finds the readings, for then the answer is another', async () => {
    const { ask, asked, state } = page();
    await ask();
    const before = statusKey(state);
    state.contact.value = { kind: 'unreachable', sinceMs: undefined, nextTryAtMs: 0, reason: 'away' };
    expect(statusKey(state)).not.toBe(before);
    await ask();
    expect(asked).toEqual(['status', 'status']);
  });

  test('is with the newest records while somebody looks at the quarantine, and only then', async () => {
    const { ask, asked, state } = page();
    await ask();
    state.openPart.value = 'quarantined';
    await ask();
    expect(asked).toEqual(['status', 'status', 'quarantine 5']);
    expect(state.quarantined.value).toEqual([RECORD]);
    state.openPart.value = 'failed';
    await ask();
    expect(asked.slice(3)).toEqual(['status']);
  });

  test.each([{ kind: 'asking' }, { kind: 'out', why: undefined }] as const)(
    'is not put while the session is %j',
    async (session) => {
      const { ask, asked, state } = page();
      state.session.value = session;
      expect(await ask()).toBe(HOUR_MS);
      expect([asked, statusKey(state)]).toEqual([[], '']);
    },
  );

  test('of an older Amphora, which has no such route, is not put again', async () => {
    const { ask, answer, state } = page();
    answer({ kind: 'refused', reason: 'Not Found' });
    expect(await ask()).toBe(HOUR_MS);
    expect(state.status.value).toBeUndefined();
  });

  test('that fails leaves nothing old on the page, and is put more and more seldom', async () => {
    const { ask, answer, pass, state } = page();
    await ask();
    answer({ kind: 'unreachable', reason: undefined });
    const delays: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      pass(30_000);
      delays.push(await ask());
    }
    expect(state.status.value).toBeUndefined();
    expect(delays).toEqual([10_000, 10_000, 10_000, 10_000, 20_000, 30_000, 30_000]);
  });

  test('whose asker signs out meanwhile leaves nothing on the page', async () => {
    const { ask, state } = page();
    const answered = ask();
    state.session.value = { kind: 'out', why: undefined };
    expect(await answered).toBe(HOUR_MS);
    expect(state.status.value).toBeUndefined();
  });
});
