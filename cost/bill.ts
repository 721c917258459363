/** What a stack costs a month under a load: its lines, their sums, and what of it is free. */
import type { Assume } from './assumptions.ts';
import { fixedUses } from './fixed-use.ts';
import { type Load, readingsPerMonth } from './load.ts';
import type { StackInventory } from './parse-template.ts';
import { type FreeTier, type PriceName, priceOf, usdOf } from './prices.ts';
import { readingUses } from './reading-use.ts';
import type { Group, Use } from './use.ts';
import { viewerUses } from './viewer-use.ts';

export type Line = Use & { readonly usd: number };

export type Bill = {
  readonly lines: readonly Line[];
  readonly usdByGroup: Readonly<Record<Group, number>>;
  readonly totalUsd: number;
  readonly perMillionReadingsUsd: number;
  /** Of a page that somebody sits at all month, and of one that nobody touches. */
  readonly perViewerUsd: { readonly watched: number; readonly leftAlone: number };
  /** What of the total is free, were there nothing else in the account. */
  readonly freeUsd: Readonly<Record<FreeTier['kind'], number>>;
};

export function bill(inventory: StackInventory, load: Load, assume: Assume): Bill {
  const uses = [
    ...fixedUses(inventory, load.viewers, assume),
    ...readingUses({ inventory, load, assume }),
    ...viewerUses({ inventory, load, assume, watchedShare: assume('watchedHours') / 24 }),
  ];
  const lines = uses
    .filter(({ count }) => count > 0)
    .map((use): Line => ({ ...use, usd: usdOf(use.price, use.count) }));
  const inGroup = (group: Group): number => sumUsd(lines.filter((line) => line.group === group));
  const usdByGroup = { fixed: inGroup('fixed'), readings: inGroup('readings'), viewers: inGroup('viewers') };
  const oneViewer = (watchedShare: number): number =>
    viewerUses({ inventory, load: { ...load, viewers: 1 }, assume, watchedShare }).reduce(
      (sum, { price, count }) => sum + usdOf(price, count),
      0,
    );
  return {
    lines,
    usdByGroup,
    totalUsd: usdByGroup.fixed + usdByGroup.readings + usdByGroup.viewers,
    perMillionReadingsUsd: (usdByGroup.readings * 1_000_000) / readingsPerMonth(load),
    perViewerUsd: { watched: oneViewer(1), leftAlone: oneViewer(0) },
    freeUsd: { always: freeUsd(lines, 'always'), 'first-year': freeUsd(lines, 'first-year') },
  };
}

/** A free amount is of one thing, over all lines that ask for it. */
function freeUsd(lines: readonly Line[], kind: FreeTier['kind']): number {
  const countByPrice = new Map<PriceName, number>();
  for (const { price, count } of lines) countByPrice.set(price, (countByPrice.get(price) ?? 0) + count);
  return [...countByPrice].reduce((sum, [name, count]) => {
    const { free } = priceOf(name);
    return free?.kind === kind ? sum + usdOf(name, Math.min(count, free.amount)) : sum;
  }, 0);
}

const sumUsd = (lines: readonly Line[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);
