/**
 * A proof of docs/no-loss.md: it has a seed and a size, prints its seven figures, and keeps its history when it fails.
 * AMPHORA_SOAK=1 (`npm run soak`) takes the larger sizes, AMPHORA_SEED a seed that was printed.
 */
import { expect } from '@jest/globals';
import { type Figures, type History, history, type Sent } from '../end-to-end/history.ts';
import { randomOf } from '../end-to-end/load.ts';
import type { IngestMode } from '../end-to-end/target.ts';

const IS_SOAK = process.env['AMPHORA_SOAK'] === '1';

export type Proof = {
  readonly seed: number;
  /** 0 … 1. */
  readonly random: () => number;
  readonly told: History;
  /** Prints what it came to, and holds that nothing was lost, made up or doubled. */
  readonly settle: (stored: readonly Sent[], about?: Readonly<Record<string, unknown>>) => Figures;
};

/** The size of the suite that every change runs, or that of the soak. */
export const sized = <Size>(ci: Size, soak: Size): Size => (IS_SOAK ? soak : ci);

const AGAIN: Readonly<Record<IngestMode, readonly string[]>> = {
  direct: ['--retry-delays', sized('10,20', '60,120')],
  buffered: ['--visibility-timeout', sized('10', '180')],
};

/** When a local runtime hands over again what failed: in the soak as the stack does by default. */
export const againFlags = (ingest: IngestMode): readonly string[] => AGAIN[ingest];

/** For a test's own limit. */
export const proofMs = (ciMs: number): number => ciMs * sized(1, 4);

export async function prove(name: string, run: (proof: Proof) => Promise<unknown>): Promise<void> {
  const seed = Number(process.env['AMPHORA_SEED'] ?? Date.now() % 2 ** 32);
  const told = history(Date.now);
  let kept: readonly Sent[] = [];
  const settle: Proof['settle'] = (stored, about = {}) => {
    kept = stored;
    const figures = told.figures(stored);
    tell(name, { ...figures, seed, ...about });
    expect(figures).toMatchObject({ lost: 0, unexpected: 0, duplicated: 0 });
    expect(figures.stored).toBe(figures.acked + figures.recovered);
    return figures;
  };
  try {
    await run({ seed, random: randomOf(seed), told, settle });
  } catch (error) {
    const path = told.save(`amphora-${name.replaceAll(/\W+/g, '-')}-${seed}`, kept);
    process.stdout.write(`${name}: seed ${seed}; its history is in ${path}\n`);
    throw error;
  }
}

/** Where a test's reader and CI's log find it. */
export function tell(name: string, about: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${name} (${sized('CI', 'soak')}): ${JSON.stringify(about)}\n`);
}
