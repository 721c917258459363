import { describe, expect, test } from '@jest/globals';
import type { Series, SeriesField } from '../../dashboard/answers.ts';
import { extentOf, niceAbove, steadyExtent } from '../../dashboard/axis.ts';
import {
  alone,
  chartModel,
  isOnChange,
  longestStepMs,
  readoutAt,
  stepFrom,
  tableRows,
} from '../../dashboard/chart-model.ts';

const STEP = 10_000;

/** A field with the same figures in each of these steps. */
function field(steps: readonly number[], kw: number): SeriesField {
  const all = (value: number): number[] => steps.map(() => value);
  return {
    unit: 'kW',
    isDerived: false,
    statistics: { count: steps.length, min: kw - 0.1, max: kw + 0.1, mean: kw },
    atMs: steps.map((step) => step * STEP),
    min: all(kw - 0.1),
    max: all(kw + 0.1),
    mean: all(kw),
    count: all(2),
  };
}

function series(fields: Readonly<Record<string, SeriesField>>, steps = 100, periodS = 5): Series {
  return {
    battery: 'boat',
    beginMs: 0,
    endMs: steps * STEP,
    stepMs: STEP,
    periodS,
    nearestBeforeMs: undefined,
    nearestAfterMs: undefined,
    fieldByName: new Map(Object.entries(fields)),
  };
}

const steps = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const END = 100 * STEP;

describe('gaps', () => {
  test('a line breaks where the next reading is farther than six periods, a minute and two steps', () => {
    expect(longestStepMs(1, 1000)).toBe(60_000);
    expect(longestStepMs(60, 1000)).toBe(360_000);
    expect(longestStepMs(1, 300_000)).toBe(600_000);
  });

  test('nothing is drawn across a gap, and it is told as not observed', () => {
    const model = chartModel(series({ charge: field([...steps(0, 40), ...steps(60, 100)], 2) }), END);
    const gapAt = model.xMs.indexOf(40 * STEP);
    expect(model.charge.mean[gapAt]).toBeNull();
    expect(model.charge.mean[gapAt - 1]).toBe(2);
    expect(model.charge.mean[gapAt + 1]).toBe(2);
    expect(model.notObserved).toEqual([{ beginMs: 40 * STEP, endMs: 60 * STEP }]);
  });

  test('readings at their own pace are joined, however narrow the steps', () => {
    const everyMinute = steps(0, 17).map((i) => i * 6);
    const model = chartModel(series({ charge: field(everyMinute, 2) }, 100, 60), END);
    expect(model.charge.mean).not.toContain(null);
    expect(model.notObserved).toEqual([]);
  });

  test('before the first reading and after the last one nobody was watching; the future is no gap', () => {
    const model = chartModel(series({ charge: field(steps(30, 50), 2) }), 80 * STEP);
    expect(model.notObserved).toEqual([
      { beginMs: 0, endMs: 30 * STEP },
      { beginMs: 50 * STEP, endMs: 80 * STEP },
    ]);
    expect(model.untilMs).toBe(80 * STEP);
  });

  test('times are in order, whatever is missing', () => {
    const model = chartModel(series({ charge: field([3, 4, 50], 1), discharge: field([10, 49, 90], 1) }), END);
    expect(model.xMs).toEqual([...model.xMs].sort((a, b) => a - b));
    expect(new Set(model.xMs).size).toBe(model.xMs.length);
  });
});

describe('sides', () => {
  test('charge is above zero and discharge below it, with least nearer to zero than most', () => {
    const model = chartModel(series({ charge: field(steps(0, 50), 2), discharge: field(steps(50, 100), 3) }), END);
    expect(model.charge.high[10]).toBeCloseTo(2.1);
    expect(model.charge.low[10]).toBeCloseTo(1.9);
    expect(model.discharge.low[60]).toBeCloseTo(-2.9);
    expect(model.discharge.high[60]).toBeCloseTo(-3.1);
  });

  test('the side that rests comes down to zero where the other one begins, and then draws nothing', () => {
    const model = chartModel(series({ charge: field(steps(0, 50), 2), discharge: field(steps(50, 100), 3) }), END);
    expect(model.charge.mean.slice(49, 52)).toEqual([2, 0, null]);
    expect(model.discharge.mean.slice(48, 51)).toEqual([null, 0, -3]);
  });

  test('a charge of zero says nothing of the other side', () => {
    const model = chartModel(
      series({ charge: { ...field(steps(0, 100), 0), min: Array(100).fill(0), max: Array(100).fill(0) } }),
      END,
    );
    expect(new Set(model.discharge.mean)).toEqual(new Set([null]));
  });

  test('a reading without neighbours is a dot', () => {
    expect(alone([null, 1, null, 2, 3, null, 4])).toEqual([1, 6]);
  });
});

describe('values that stand until the next one', () => {
  test('a few by hand, or many long pauses, follow changes; a steady rhythm does not', () => {
    expect(isOnChange([0, 1000])).toBe(true);
    expect(isOnChange(steps(0, 50).map((i) => i * 1000))).toBe(false);
    expect(isOnChange(steps(0, 50).map((i) => i * 1000 + Math.floor(i / 4) * 60_000))).toBe(true);
  });

  test('the newest one is drawn up to now, as long as two readings so far apart would be joined', () => {
    const young = chartModel(series({ charge: field([0], 2) }), 50_000);
    expect(young.xMs).toEqual([5000, 50_000]);
    expect(young.charge.mean).toEqual([2, 2]);
    expect(chartModel(series({ charge: field([0], 2) }), 70_000).xMs).toEqual([5000]);
  });
});

describe('readout', () => {
  const data = series({ charge: field([...steps(0, 40), ...steps(60, 100)], 2) });
  const model = chartModel(data, END);

  test('tells the step under the reader', () => {
    const readout = readoutAt(data, model, 20 * STEP + 4000);
    expect(readout.kind).toBe('step');
    if (readout.kind === 'step') {
      expect(readout.atMs).toBe(20 * STEP);
      expect(readout.figuresByField.get('charge')).toMatchObject({ mean: 2, count: 2, unit: 'kW' });
    }
  });

  test('in a gap it says that nobody was watching, and from when to when', () => {
    const gap = { beginMs: 40 * STEP, endMs: 60 * STEP };
    expect(readoutAt(data, model, 50 * STEP)).toEqual({ kind: 'not-observed', atMs: 50 * STEP, gap });
  });

  test('keys walk over readings only, and stop at both ends', () => {
    expect(stepFrom(model, 39 * STEP + 1, 1)).toBe(60 * STEP);
    expect(stepFrom(model, 60 * STEP + 1, -1)).toBe(39 * STEP);
    expect(stepFrom(model, undefined, 0)).toBe(99 * STEP);
    expect(stepFrom(model, 0, -10)).toBe(0);
    expect(stepFrom(model, END, 10)).toBe(99 * STEP);
  });
});

describe('the chart as a table', () => {
  test('has at most so many rows and loses no reading', () => {
    const data = series({ charge: field(steps(0, 100), 2), discharge: field(steps(90, 100), 1) });
    const rows = tableRows(data, chartModel(data, END), 30);
    expect(rows.length).toBeLessThanOrEqual(30);
    expect(rows.reduce((sum, row) => sum + row.count, 0)).toBe(200);
    expect(rows[0]?.charge).toMatchObject({ mean: 2, min: 1.9, max: 2.1 });
    expect(rows[0]?.discharge).toBeUndefined();
  });
});

describe('axis', () => {
  test('ends at a round number not below what it must show', () => {
    expect([0.97, 1, 1.01, 3.2, 4.4, 7, 95].map(niceAbove)).toEqual([1, 1, 1.2, 4, 5, 8, 100]);
  });

  test('both names have room even when only one side was ever used', () => {
    const extent = extentOf(chartModel(series({ charge: field(steps(0, 100), 4) }), END));
    expect(extent.up).toBe(5);
    expect(extent.down).toBeGreaterThan(0.2 * extent.up);
  });

  test('grows at once, shrinks a minute later', () => {
    const steady = steadyExtent(60_000);
    expect(steady({ up: 2, down: 1 }, 0).up).toBe(2);
    expect(steady({ up: 5, down: 1 }, 1000).up).toBe(5);
    expect(steady({ up: 2, down: 1 }, 2000).up).toBe(5);
    expect(steady({ up: 3, down: 1 }, 60_000).up).toBe(5);
    expect(steady({ up: 2, down: 1 }, 61_001).up).toBe(3);
  });
});
