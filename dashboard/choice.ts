/** Which battery the page is about. */
import type { Battery } from './answers.ts';

const DEFAULT_BATTERY = 'default';

/** Real ones first, the one last heard of at the top; simulated ones after them. */
export function inOrder(batteries: readonly Battery[]): readonly Battery[] {
  return [...batteries].sort((a, b) => Number(a.isSimulated) - Number(b.isSimulated) || b.lastAtMs - a.lastAtMs);
}

/** Without one in the address: the newest real reading's, else the moving simulation, else the one to come. */
export function homeBattery(batteries: readonly Battery[]): string {
  return inOrder(batteries)[0]?.id ?? DEFAULT_BATTERY;
}

export function hasReal(batteries: readonly Battery[]): boolean {
  return batteries.some(({ isSimulated }) => !isSimulated);
}

/**
 * Waits for the first real reading after it was seen that there is none; answers its battery, once. Whoever waits for
 * another battery of their own is not called away from it.
 */
export function firstArrival(): (
  batteries: readonly Battery[],
  shown: { readonly id: string; readonly isOwn: boolean } | undefined,
) => string | undefined {
  let isWaiting = false;
  let isOver = false;
  return (batteries, shown) => {
    const newest = inOrder(batteries).find(({ isSimulated }) => !isSimulated);
    if (isOver) return undefined;
    if (newest === undefined) {
      isWaiting = true;
      return undefined;
    }
    isOver = true;
    if (!isWaiting) return undefined;
    const isElsewhere = shown?.isOwn === true && !batteries.some(({ id }) => id === shown.id);
    return isElsewhere ? undefined : newest.id;
  };
}
