/** When each row of a replay is sent, and which time it then carries. Pure: the moment of starting comes in. */

export type Speed = number | 'max';

export type Schedule = {
  /** The planned moment of sending a row. */
  readonly dueMs: (rowMs: number) => number;
  /** The time that the row carries. */
  readonly stampMs: (rowMs: number) => number;
};

export type ScheduleOptions = {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly startMs: number;
  readonly speed: Speed;
  readonly isAsRecorded: boolean;
};

/**
 * Rows follow each other at their own distances divided by `speed`, the first one now. Shifted, all times move by one
 * and the same number of milliseconds, so that the last row carries the moment it is sent at; earlier rows then lie in
 * the past (at speeds >= 1), never ahead.
 */
export function replaySchedule({ firstMs, lastMs, startMs, speed, isAsRecorded }: ScheduleOptions): Schedule {
  const endMs = speed === 'max' ? startMs : startMs + Math.ceil((lastMs - firstMs) / speed);
  const shiftMs = isAsRecorded ? 0 : endMs - lastMs;
  return {
    dueMs: (rowMs) => (speed === 'max' ? startMs : endMs - (lastMs - rowMs) / speed),
    stampMs: (rowMs) => rowMs + shiftMs,
  };
}

/** `1`, `10`, `max`; slower than recorded would stamp rows ahead of their sending. */
export function parseSpeed(text: string): Speed | undefined {
  if (text === 'max') return 'max';
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  return speed >= 1 ? speed : undefined;
}
