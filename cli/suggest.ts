/** "Did you mean …?" for commands, flags and columns. */

// Two slips of the finger, and never more than a third of the word: `soc` is not meant by `sec0`.
const MAX_SLIPS = 2;

/** The known word that was probably meant: another case, its beginning, or a slip or two away. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const lower = word.trim().toLowerCase();
  const same = known.find((other) => other.toLowerCase() === lower);
  if (same !== undefined) return same;
  const longer = lower.length < 3 ? undefined : known.find((other) => other.toLowerCase().startsWith(lower));
  if (longer !== undefined) return longer;
  const near = known
    .map((other) => ({ other, slips: slipsBetween(lower, other.toLowerCase()) }))
    .filter(({ other, slips }) => slips <= Math.min(MAX_SLIPS, Math.floor(other.length / 3)))
    .sort((a, b) => a.slips - b.slips);
  return near[0]?.other;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
function slipsBetween(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
