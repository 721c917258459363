/** How far the power axis reaches: round ends, both halves on one scale, and no jumping while live. */
import type { ChartModel, Column } from './chart-model.ts';

const NICE = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The next round number above, for the end of an axis. */
export function niceAbove(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return (NICE.find((candidate) => candidate * power >= value * 0.999_999) ?? 10) * power;
}

export type Extent = { readonly up: number; readonly down: number };

// Both names must have room in the plot, and a resting battery a scale.
const LEAST_KW = 0.1;
const LEAST_SHARE = 0.22;
const EMPTY_KW = 1;

/** How far the axis must reach above and below zero, both halves on the same scale. */
export function extentOf(model: ChartModel): Extent {
  const up = niceAbove(most(model.charge.high) * 1.04);
  const down = niceAbove(most(model.discharge.high) * 1.04);
  if (up === 0 && down === 0) return { up: EMPTY_KW, down: EMPTY_KW };
  const whole = Math.max(up, down, LEAST_KW);
  return { up: Math.max(up, whole * LEAST_SHARE), down: Math.max(down, whole * LEAST_SHARE) };
}

function most(column: Column): number {
  let max = 0;
  for (const value of column) if (value !== null) max = Math.max(max, Math.abs(value));
  return max;
}

const SHRINK_AFTER_MS = 60_000;

/** The axis grows at once and shrinks only after it was too large for a minute: live, it must not jump. */
export function steadyExtent(shrinkAfterMs = SHRINK_AFTER_MS): (wanted: Extent, nowMs: number) => Extent {
  const up = steadyEdge(shrinkAfterMs);
  const down = steadyEdge(shrinkAfterMs);
  return (wanted, nowMs) => ({ up: up(wanted.up, nowMs), down: down(wanted.down, nowMs) });
}

function steadyEdge(shrinkAfterMs: number): (wanted: number, nowMs: number) => number {
  let edge = 0;
  let neededAtMs = 0;
  let recent = 0;
  return (wanted, nowMs) => {
    recent = Math.max(recent, wanted);
    if (wanted >= edge || nowMs - neededAtMs > shrinkAfterMs) {
      edge = wanted >= edge ? wanted : recent;
      neededAtMs = nowMs;
      recent = 0;
    }
    return edge;
  };
}
