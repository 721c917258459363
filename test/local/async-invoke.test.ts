import { describe, expect, test } from '@jest/globals';
import { type AsyncInvokeOptions, asyncInvoke } from '../../local/async-invoke.ts';
import { systemClock } from '../../local/clock.ts';
import type { Invocation } from '../../local/function-environment.ts';
import { until } from './mqtt-fixture.ts';
import { recordedLog } from './recorded-log.ts';

type Setup = {
  /** What the function answers, attempt by attempt; the last one again and again. */
  readonly answers: readonly ('ok' | 'fails')[];
  readonly retries?: number;
  readonly retryDelaysMs?: readonly [number, number];
  readonly maxAgeMs?: number;
  readonly onFailure?: AsyncInvokeOptions['onFailure'];
};

const FAILED = {
  requestId: 'r',
  condition: 'RetriesExhausted',
  error: { name: 'AmphoraError', message: 'no database' },
} as const;

function setup({ answers, retries = 2, retryDelaysMs = [1, 1], maxAgeMs = 21_600_000, onFailure }: Setup) {
  const stopping = new AbortController();
  const { log, logged } = recordedLog();
  const events: unknown[] = [];
  const failed: unknown[] = [];
  const invoke = asyncInvoke({
    name: 'writer',
    host: {
      invoke: async (event): Promise<Invocation> => {
        const answer = answers[Math.min(events.length, answers.length - 1)];
        events.push(event);
        const error = { name: 'AmphoraError', message: 'no database' };
        return answer === 'ok' ? { ok: true, value: 1, requestId: 'r' } : { ok: false, error, requestId: 'r' };
      },
    },
    retries: { retries, maxAgeMs, onFailureQueueId: 'Q' },
    retryDelaysMs,
    onFailure: onFailure ?? (async (event, how) => void failed.push({ event, ...how })),
    log,
    signal: stopping.signal,
    clock: systemClock,
  });
  return { invoke, stopping, logged, events, failed };
}

describe('asynchronous invocation', () => {
  test('an event that succeeds is handed over once', async () => {
    const { invoke, events, failed } = setup({ answers: ['ok'] });
    expect(await invoke({ n: 1 })).toBe(true);
    expect(events).toEqual([{ n: 1 }]);
    expect(failed).toEqual([]);
  });

  test('an event that would be too old at its next try goes to the destination at once', async () => {
    const { invoke, events, failed } = setup({ answers: ['fails'], retryDelaysMs: [60_000, 60_000], maxAgeMs: 30_000 });
    expect(await invoke({ n: 1 })).toBe(true);
    expect(events).toHaveLength(1);
    expect(failed).toEqual([{ event: { n: 1 }, ...FAILED, condition: 'EventAgeExceeded', invokeCount: 1 }]);
  });

  test('a failure is tried again with the same event, after the first delay and then after the second', async () => {
    const { invoke, events, failed, logged } = setup({ answers: ['fails', 'fails', 'ok'], retryDelaysMs: [2, 7] });
    expect(await invoke({ n: 1 })).toBe(true);
    expect(events).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    expect(failed).toEqual([]);
    expect(logged.map(({ event, fields }) => [event, fields['attempt'], fields['retryInS'], fields['reason']])).toEqual(
      [
        ['invocation-failed', 1, 0.002, 'no database'],
        ['invocation-failed', 2, 0.007, 'no database'],
      ],
    );
  });

  test.each([0, 1, 2])(
    'with %d retries an event that always fails goes to the destination with its last error and its tries',
    async (retries) => {
      const { invoke, events, failed } = setup({ answers: ['fails'], retries });
      expect(await invoke({ n: 1 })).toBe(true);
      expect(events).toHaveLength(retries + 1);
      expect(failed).toEqual([{ event: { n: 1 }, ...FAILED, invokeCount: retries + 1 }]);
    },
  );

  test('the delays are waited for: nothing is tried again before them', async () => {
    const { invoke, events, stopping } = setup({ answers: ['fails'], retryDelaysMs: [3_600_000, 3_600_000] });
    const done = invoke({});
    await until(() => events.length === 1, 'the first attempt was made');
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toHaveLength(1);
    stopping.abort();
    expect(await done).toBe(false);
  });

  test('a stop while it waits leaves the event undone, and unfailed', async () => {
    const { invoke, events, failed, stopping, logged } = setup({ answers: ['fails'], retryDelaysMs: [3_600_000, 1] });
    const done = invoke({});
    await until(() => logged.length === 1, 'the failure is logged');
    stopping.abort();
    expect(await done).toBe(false);
    expect({ attempts: events.length, failed }).toEqual({ attempts: 1, failed: [] });
  });

  test('an event whose environment was ended by the stop is neither done nor failed', async () => {
    const { invoke, failed, logged, stopping } = setup({ answers: ['fails'], retries: 0 });
    stopping.abort();
    expect(await invoke({})).toBe(false);
    expect({ failed, logged }).toEqual({ failed: [], logged: [] });
  });

  test('a record that cannot be kept is tried until it can: the event is not given up', async () => {
    let tries = 0;
    const onFailure = async (): Promise<void> => {
      tries += 1;
      if (tries < 4) throw new Error('disk full');
    };
    const { invoke, events, logged } = setup({ answers: ['fails'], retries: 0, onFailure });
    expect(await invoke({})).toBe(true);
    expect({ tries, attempts: events.length }).toEqual({ tries: 4, attempts: 1 });
    expect(logged.filter(({ event }) => event === 'failure-record-not-written')).toHaveLength(3);
  });

  test('a stop while no record can be kept leaves the event undone', async () => {
    const onFailure = async (): Promise<never> => {
      throw new Error('disk full');
    };
    const { invoke, logged, stopping } = setup({
      answers: ['fails'],
      retries: 0,
      retryDelaysMs: [1, 3_600_000],
      onFailure,
    });
    const done = invoke({});
    await until(() => logged.some(({ event }) => event === 'failure-record-not-written'), 'the record was refused');
    stopping.abort();
    expect(await done).toBe(false);
  });

  test('two events do not wait for each other', async () => {
    const { invoke, events, stopping } = setup({ answers: ['fails', 'ok'], retryDelaysMs: [3_600_000, 1] });
    const first = invoke({ n: 1 });
    expect(await invoke({ n: 2 })).toBe(true);
    expect(events).toEqual([{ n: 1 }, { n: 2 }]);
    stopping.abort();
    expect(await first).toBe(false);
  });
});
