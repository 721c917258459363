/** A line's troubles one after the other, in an order that the seed decides. */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../end-to-end/until.ts';
import { type ChaosProxy, TROUBLES } from './chaos-proxy.ts';

export type Troubles = { readonly rounds: number; readonly eachMs: number; readonly calmMs: number };

// Behind a line that lost its far end a batch waits for its timeout before anything else is sent.
const MET_WITHIN_MS = 60_000;

/**
 * Each of them once a round, at least until somebody has met it, with calm behind it. Resolves when the line is calm for
 * good.
 */
export async function makeTrouble(proxy: ChaosProxy, random: () => number, troubles: Troubles): Promise<void> {
  for (let round = 0; round < troubles.rounds; round++) {
    for (const trouble of shuffled(random)) {
      const before = proxy.troubled();
      proxy.make(trouble);
      await pause(troubles.eachMs * (0.5 + random()));
      await until(`somebody to meet '${trouble}'`, () => proxy.troubled() > before, MET_WITHIN_MS);
      proxy.make('none');
      await pause(troubles.calmMs * random());
    }
  }
}

/** The one that so many percent of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN;
}

function shuffled(random: () => number): readonly (typeof TROUBLES)[number][] {
  const placed = TROUBLES.map((trouble) => ({ trouble, place: random() }));
  return placed.sort((a, b) => a.place - b.place).map(({ trouble }) => trouble);
}
