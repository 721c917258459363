/** When the page asks for its chart and its rows. */
import { describe, expect, test } from '@jest/globals';
import { AWAY_MS } from '../../dashboard/poll.ts';
import { type Opened, opened } from './history-page.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const touch = ({ state, nowMs }: Opened): void => {
  state.lastInputAtMs.value = nowMs();
};

/** Readings at their period for so long, while somebody is there. */
async function watch(made: Opened, forMs: number, periodMs: number): Promise<void> {
  for (let ms = 0; ms < forMs; ms += periodMs) {
    touch(made);
    made.store(1 + ms / HOUR_MS);
    await made.pass(periodMs);
  }
}

/** So many questions meanwhile. */
async function counted({ asked }: Opened, act: () => Promise<void>): Promise<Record<'series' | 'rows', number>> {
  const [charts, lists] = [asked.series.length, asked.rows.length];
  await act();
  return { series: asked.series.length - charts, rows: asked.rows.length - lists };
}

describe('an hour of a battery that sends every 10 s', () => {
  test('is one chart a reading, and no rows while nobody can see them', async () => {
    const made = await opened();
    expect(await counted(made, () => watch(made, HOUR_MS, 10_000))).toEqual({ series: 360, rows: 0 });
  });

  test('is as many rows as charts while they are in view', async () => {
    const made = await opened();
    made.scrolledToRows();
    expect(await counted(made, () => watch(made, HOUR_MS, 10_000))).toEqual({ series: 360, rows: 360 });
  });

  test('is a chart every 30 s when nobody has been there for five minutes', async () => {
    const made = await opened();
    await made.pass(AWAY_MS + MINUTE_MS);
    const hour = async (): Promise<void> => {
      for (let ms = 0; ms < HOUR_MS; ms += 10_000) {
        made.store(1);
        await made.pass(10_000);
      }
    };
    expect(await counted(made, hour)).toEqual({ series: 120, rows: 0 });
    const lookingAtRows = async (): Promise<void> => {
      made.scrolledToRows();
      await hour();
    };
    // Every five minutes, at both ends of the hour too.
    expect((await counted(made, lookingAtRows)).rows).toBe(13);
    const backAgain = async (): Promise<void> => {
      touch(made);
      made.askNow();
      await made.pass(1);
    };
    expect(await counted(made, backAgain)).toEqual({ series: 1, rows: 1 });
  });

  test('is no more than that at home either, where the page is told of each, while nobody is there', async () => {
    const made = await opened();
    await made.pass(AWAY_MS + MINUTE_MS);
    const hour = async (): Promise<void> => {
      for (let ms = 0; ms < HOUR_MS; ms += 10_000) {
        made.store(1);
        made.told();
        await made.pass(10_000);
      }
    };
    // At both ends of it.
    expect(await counted(made, hour)).toEqual({ series: 121, rows: 0 });
  });
});

describe('while nothing new is told', () => {
  test('the chart is asked for every 30 s, for time moves on', async () => {
    const made = await opened();
    const silent = async (): Promise<void> => {
      for (let minute = 0; minute < 60; minute += 1) {
        touch(made);
        await made.pass(MINUTE_MS);
      }
    };
    expect(await counted(made, silent)).toEqual({ series: 120, rows: 0 });
  });

  test('and every five minutes when nobody is there', async () => {
    const made = await opened();
    await made.pass(2 * AWAY_MS);
    expect(await counted(made, () => made.pass(HOUR_MS))).toEqual({ series: 12, rows: 0 });
  });

  test('a reading that comes late is in the chart within 30 s, in a stretch of the past too', async () => {
    const made = await opened();
    await watch(made, 5 * MINUTE_MS, 10_000);
    const lateMs = made.nowMs() - 2 * MINUTE_MS - 5_000;
    const has = (): boolean => made.shownAt().some((stepMs) => Math.abs(stepMs - lateMs) < 2_000);
    made.store(7, lateMs);
    expect(has()).toBe(false);
    await made.pass(30_000);
    expect(has()).toBe(true);
    made.go({ spanMs: 15 * MINUTE_MS, endMs: made.nowMs() - 1 });
    await made.pass(1);
    const count = made.shownAt().length;
    made.store(8, lateMs - 1);
    await made.pass(30_000);
    expect(made.shownAt().length).toBe(count + 1);
  });
});

describe('a new reading', () => {
  test('is in the chart as soon as the values tell of it', async () => {
    const made = await opened();
    await made.pass(12_000);
    made.store(3);
    await made.pass(5_000);
    expect(made.shownAt()).toHaveLength(2);
  });

  test('that differs from another of the same moment is in it too', async () => {
    const made = await opened();
    await made.pass(12_000);
    const atMs = made.nowMs();
    made.store(3, atMs);
    await made.pass(6_000);
    const charts = made.asked.series.length;
    made.replace(4, atMs);
    await made.pass(6_000);
    expect(made.asked.series.length).toBe(charts + 1);
  });

  test('that the answer of a moment before lacks is asked for again at the pace of the values', async () => {
    const made = await opened();
    await made.pass(12_000);
    made.store(3);
    made.cached.untilMs = made.nowMs() - 1;
    await made.pass(5_000);
    expect(made.shownAt()).toHaveLength(1);
    await made.pass(5_000);
    expect(made.shownAt()).toHaveLength(2);
  });

  test('is nothing to a stretch of the past', async () => {
    const made = await opened();
    made.go({ spanMs: MINUTE_MS, endMs: 0 });
    await made.pass(1);
    expect(await counted(made, () => watch(made, HOUR_MS, 10_000))).toEqual({ series: 120, rows: 0 });
  });
});

describe('rows', () => {
  test('that come into view are asked for at once, unless they are as new as the chart', async () => {
    const made = await opened();
    made.scrolledToRows();
    await made.pass(1);
    expect(made.asked.rows).toHaveLength(1);
    made.state.areRowsInView.value = false;
    await watch(made, MINUTE_MS, 10_000);
    expect(made.asked.rows).toHaveLength(1);
    made.scrolledToRows();
    await made.pass(1);
    expect(made.state.rows.value?.value).toHaveLength(7);
  });

  test('of a battery that sends every second are asked for every 5 s or a little later, and its last ones too', async () => {
    const made = await opened({ periodS: 1, minPollSeconds: 1 });
    made.scrolledToRows();
    const { series, rows } = await counted(made, () => watch(made, MINUTE_MS, 1_000));
    expect(series).toBeGreaterThanOrEqual(29);
    expect(rows).toBeGreaterThanOrEqual(9);
    expect(rows).toBeLessThanOrEqual(12);
    await made.pass(7_000);
    expect(made.state.rows.value?.value).toHaveLength(61);
  });

  test('of another range are asked for with its chart, wherever they are', async () => {
    const made = await opened();
    made.go({ spanMs: HOUR_MS, endMs: undefined });
    await made.pass(1);
    expect(made.asked.rows).toHaveLength(2);
  });
});
