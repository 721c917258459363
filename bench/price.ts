/** What a million readings cost over MQTT, counted from the synthesized template (cost/), beside the same by POST. */
import { stackInventories } from '../cli/cost/stack-inventories.ts';
import { assuming } from '../cost/assumptions.ts';
import { bill } from '../cost/bill.ts';
import type { Load } from '../cost/load.ts';
import { type Figure, figure } from './figure.ts';

const ONE_HOME = { batteries: 1, periodS: 10, viewers: 0 };
// What a queue is for: from some hundred messages a second on its batches are full.
const MANY = { batteries: 10_000, periodS: 10, viewers: 0 };

export async function benchPrice(): Promise<readonly Figure[]> {
  const stacks = await stackInventories({});
  if (!stacks.ok) throw new Error(stacks.sentence);
  const assumed = assuming(undefined);
  if (!assumed.ok) throw new Error(assumed.reason);
  const usd = (mode: 'direct' | 'buffered', load: Omit<Load, 'minPollSeconds'>): number =>
    bill(stacks[mode], { ...load, minPollSeconds: stacks.minPollSeconds }, assumed.assume).perMillionReadingsUsd;
  const priced = (name: string, mode: 'direct' | 'buffered', of: typeof ONE_HOME, perMessage: number): Figure => {
    const load = { ...of, perMessage };
    const byPost = usd(mode, { ...load, via: 'http' });
    return figure(`price/${name}`, usd(mode, { ...load, via: 'mqtt' }), '$ a million', byPost, '$ by POST');
  };
  return [
    priced('one', 'direct', ONE_HOME, 1),
    priced('ten', 'direct', ONE_HOME, 10),
    priced('buffered-one', 'buffered', MANY, 1),
    priced('buffered-ten', 'buffered', MANY, 10),
  ];
}
