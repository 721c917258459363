import { describe, expect, test } from '@jest/globals';
import type { Clock } from '../../cli/clock.ts';
import type { Door, Receipt } from '../../cli/door.ts';
import { play } from '../../cli/play.ts';
import { replaySchedule, type Speed } from '../../cli/replay-schedule.ts';
import type { Row } from '../../cli/telemetry-csv.ts';

const START_MS = Date.UTC(2026, 10, 23, 12);
const RECORDED_MS = Date.UTC(2014, 7, 15, 19);

/** A clock that passes only while somebody sleeps. */
function sleepingClock(): Clock & { readonly passedMs: () => number } {
  let nowMs = START_MS;
  return {
    nowMs: () => nowMs,
    passedMs: () => nowMs - START_MS,
    sleepMs: async (ms, signal) => {
      if (!signal.aborted) nowMs += ms;
    },
  };
}

const rowsAt = (...offsetsMs: readonly number[]): readonly Row[] =>
  offsetsMs.map((offsetMs, i) => ({ line: i + 2, atMs: RECORDED_MS + offsetMs, members: `"soc":${i}` }));

const scheduleOf = (rows: readonly Row[], speed: Speed) =>
  replaySchedule({
    firstMs: rows[0]?.atMs ?? 0,
    lastMs: rows.at(-1)?.atMs ?? 0,
    startMs: START_MS,
    speed,
    isAsRecorded: false,
  });

type Sent = { readonly samples: readonly string[]; readonly atMs: number };

function fakeDoor(
  clock: Clock,
  limits: Partial<Door> = {},
  answer?: (sent: Sent) => Promise<Receipt>,
): Door & { readonly log: readonly Sent[] } {
  const log: Sent[] = [];
  return {
    log,
    send: (samples) => {
      const sent = { samples, atMs: clock.nowMs() };
      log.push(sent);
      return answer?.(sent) ?? Promise.resolve({ kind: 'answered', accepted: samples.length, refusals: [] });
    },
    maxSamples: 1,
    maxBytes: 1000,
    maxWaiting: 3,
    close: async () => {},
    ...limits,
  };
}

const never = new AbortController().signal;
const quiet = (): void => {};

describe('play', () => {
  test('rows leave at their own distances, and the last one carries the moment it leaves', async () => {
    const clock = sleepingClock();
    const door = fakeDoor(clock);
    const rows = rowsAt(0, 500, 2000, 64_000);
    const played = await play(rows, scheduleOf(rows, 1), { door, clock, stop: never, onProgress: quiet });
    expect(played).toStrictEqual({ sent: 4, acked: 4, refused: [], refusedCount: 0, end: { kind: 'done' } });
    expect(door.log.map(({ atMs }) => atMs - START_MS)).toStrictEqual([0, 500, 2000, 64_000]);
    expect(door.log.at(-1)?.samples).toStrictEqual(['{"timestamp":"2026-11-23T12:01:04.000Z","soc":3}']);
  });

  test('ten times as fast takes a tenth of the time', async () => {
    const clock = sleepingClock();
    const rows = rowsAt(0, 30_000, 60_000);
    await play(rows, scheduleOf(rows, 10), { door: fakeDoor(clock), clock, stop: never, onProgress: quiet });
    expect(clock.passedMs()).toBe(6000);
  });

  test('at speed max rows go out in the largest batches that the door takes', async () => {
    const clock = sleepingClock();
    const rows = rowsAt(0, 1, 2, 3, 4, 5, 6);
    const bySamples = fakeDoor(clock, { maxSamples: 3 });
    await play(rows, scheduleOf(rows, 'max'), { door: bySamples, clock, stop: never, onProgress: quiet });
    expect(bySamples.log.map(({ samples }) => samples.length)).toStrictEqual([3, 3, 1]);
    const byBytes = fakeDoor(clock, { maxSamples: 500, maxBytes: 100 });
    await play(rows, scheduleOf(rows, 'max'), { door: byBytes, clock, stop: never, onProgress: quiet });
    expect(byBytes.log.map(({ samples }) => samples.length)).toStrictEqual([2, 2, 2, 1]);
    expect(clock.passedMs()).toBe(0);
  });

  test('never more sends wait for an answer than the door allows', async () => {
    const clock = sleepingClock();
    let waiting = 0;
    let most = 0;
    const door = fakeDoor(clock, { maxWaiting: 3 }, async () => {
      most = Math.max(most, ++waiting);
      await new Promise(setImmediate);
      waiting--;
      return { kind: 'answered', accepted: 1, refusals: [] };
    });
    const rows = rowsAt(...Array.from({ length: 50 }, (_, i) => i));
    const played = await play(rows, scheduleOf(rows, 'max'), { door, clock, stop: never, onProgress: quiet });
    expect(played.acked).toBe(50);
    expect(most).toBe(3);
  });

  test('rows that the server refuses are counted, with their lines', async () => {
    const clock = sleepingClock();
    const door = fakeDoor(clock, { maxSamples: 3 }, async () => ({
      kind: 'answered',
      accepted: 2,
      refusals: [{ sample: 1, reason: 'no' }],
    }));
    const rows = rowsAt(0, 1, 2);
    const played = await play(rows, scheduleOf(rows, 'max'), { door, clock, stop: never, onProgress: quiet });
    expect(played).toStrictEqual({
      sent: 3,
      acked: 2,
      refused: [{ line: 3, reason: 'no' }],
      refusedCount: 1,
      end: { kind: 'done' },
    });
  });

  test('a lost connection ends it at once, in the middle of a long pause too', async () => {
    const clock = sleepingClock();
    const door = fakeDoor(clock, {}, async () => ({ kind: 'lost', sentence: 'gone' }));
    const rows = rowsAt(0, 3_600_000);
    const played = await play(rows, scheduleOf(rows, 1), { door, clock, stop: never, onProgress: quiet });
    expect(played.end).toStrictEqual({ kind: 'lost', sentence: 'gone' });
    expect(played.sent).toBe(1);
  });

  test('stopped, it waits some seconds for the answers under way and tells what is missing', async () => {
    const clock = sleepingClock();
    const stop = new AbortController();
    const door = fakeDoor(clock, { maxWaiting: 2 }, () => {
      stop.abort();
      return new Promise(() => {});
    });
    const rows = rowsAt(0, 1, 2, 3);
    const played = await play(rows, scheduleOf(rows, 'max'), { door, clock, stop: stop.signal, onProgress: quiet });
    expect(played).toMatchObject({ sent: 1, acked: 0, end: { kind: 'stopped' } });
    expect(clock.passedMs()).toBe(5000);
  });
});
