import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSpeed, replaySchedule } from '../../cli/replay-schedule.ts';

const startMs = Date.UTC(2026, 10, 23, 12);
const times = fc
  .array(fc.integer({ min: 0, max: Date.UTC(2040, 0, 1) }), { minLength: 1, maxLength: 20 })
  .map((list) => list.toSorted((a, b) => a - b));
const speeds = fc.oneof(
  fc.constant('max' as const),
  fc.constant(1),
  fc.constant(10),
  fc.double({ min: 1, max: 1e6, noNaN: true }),
);

const scheduleOf = (rows: readonly number[], speed: number | 'max', isAsRecorded: boolean) =>
  replaySchedule({ firstMs: rows[0] ?? 0, lastMs: rows.at(-1) ?? 0, startMs, speed, isAsRecorded });

describe('replay schedule', () => {
  test('shifted, the last row carries the moment it is sent at', () => {
    fc.assert(
      fc.property(times, speeds, (rows, speed) => {
        const schedule = scheduleOf(rows, speed, false);
        const lastMs = rows.at(-1) ?? 0;
        expect(schedule.stampMs(lastMs)).toBe(schedule.dueMs(lastMs));
      }),
    );
  });

  test('shifted, rows keep their distances to the millisecond', () => {
    fc.assert(
      fc.property(times, speeds, (rows, speed) => {
        const { stampMs } = scheduleOf(rows, speed, false);
        const distances = (list: readonly number[]): readonly number[] => list.map((atMs) => atMs - (list[0] ?? 0));
        expect(distances(rows.map(stampMs))).toStrictEqual(distances(rows));
        expect(rows.map(stampMs).every(Number.isInteger)).toBe(true);
      }),
    );
  });

  test('shifted, no row carries a time that is ahead of its sending', () => {
    fc.assert(
      fc.property(times, speeds, (rows, speed) => {
        const { dueMs, stampMs } = scheduleOf(rows, speed, false);
        for (const atMs of rows) expect(stampMs(atMs)).toBeLessThanOrEqual(dueMs(atMs));
      }),
    );
  });

  test('as recorded, every row keeps its own time and the pace is the same', () => {
    fc.assert(
      fc.property(times, speeds, (rows, speed) => {
        const { dueMs, stampMs } = scheduleOf(rows, speed, true);
        const shifted = scheduleOf(rows, speed, false);
        expect(rows.map(stampMs)).toStrictEqual(rows);
        expect(rows.map(dueMs)).toStrictEqual(rows.map(shifted.dueMs));
      }),
    );
  });

  test('rows are due at their own distances divided by the speed, the first one now', () => {
    const rows = [1_000, 3_000, 11_000];
    expect(rows.map(scheduleOf(rows, 1, false).dueMs)).toStrictEqual([startMs, startMs + 2000, startMs + 10_000]);
    expect(rows.map(scheduleOf(rows, 10, false).dueMs)).toStrictEqual([startMs, startMs + 200, startMs + 1000]);
    expect(rows.map(scheduleOf(rows, 'max', false).dueMs)).toStrictEqual([startMs, startMs, startMs]);
  });

  test.each([
    ['1', 1],
    ['10', 10],
    ['2.5', 2.5],
    ['max', 'max'],
    ['0', undefined],
    ['0.5', undefined],
    ['-1', undefined],
    ['fast', undefined],
    ['', undefined],
    ['1e3', undefined],
  ])('speed %j is read as %j', (text, speed) => {
    expect(parseSpeed(text)).toBe(speed);
  });
});
