/** A line of a bill before it is priced. */
import type { Assume } from './assumptions.ts';
import type { FunctionSize, StackInventory } from './parse-template.ts';
import type { PriceName } from './prices.ts';

/** By what it grows: by nothing, by the readings, by the pages that are open. */
export type Group = 'fixed' | 'readings' | 'viewers';

export type Use = { readonly group: Group; readonly what: string; readonly price: PriceName; readonly count: number };

export const GB = 1_000_000_000;

/** The time of a function's calls. */
export function computing(size: FunctionSize, calls: number, callMs: number): Pick<Use, 'price' | 'count'> {
  return {
    price: size.isArm ? 'lambdaArmGbSecond' : 'lambdaX86GbSecond',
    count: (calls * size.memoryGb * callMs) / 1000,
  };
}

const DAYS_PER_MONTH = 730 / 24;

/** A log is paid for when it is written, and as long as it is kept. */
export function logging(
  group: Group,
  logBytes: number,
  { inventory, assume }: { readonly inventory: StackInventory; readonly assume: Assume },
): readonly Use[] {
  const gb = logBytes / GB;
  const keptMonths = inventory.logRetentionDays / DAYS_PER_MONTH;
  return [
    { group, what: 'logs written', price: 'logGb', count: gb },
    { group, what: 'logs kept', price: 'logGbMonth', count: gb * keptMonths * assume('logCompression') },
  ];
}
