/**
 * A loop that is always the same, before the figures and after them: how fast the machine was, and whether it was as fast at
 * the end. What JSON, a hash and the garbage collector take, as most of what is measured does.
 */
import { createHash } from 'node:crypto';
import { type Figure, figure, quantile } from './figure.ts';

const ROUNDS = 9;
const SAMPLES = 20_000;

export function calibrationMs(): number {
  return quantile(Array.from({ length: ROUNDS }, loopMs), 0.5);
}

export function calibration(beforeMs: number, afterMs: number): Figure {
  return figure('calibration/loop', afterMs, 'ms', beforeMs, 'ms before the other figures');
}

function loopMs(): number {
  const startMs = performance.now();
  const hash = createHash('sha256');
  for (let i = 0; i < SAMPLES; i++) {
    const text = JSON.stringify({ charge: i / 8, unit: 'kW', timestamp: new Date(i).toISOString() });
    hash.update(JSON.stringify(Object.entries(JSON.parse(text))));
  }
  hash.digest();
  return performance.now() - startMs;
}
