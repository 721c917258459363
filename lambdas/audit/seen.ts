/** Which running numbers were seen, as stretches without a hole: a whole run takes one, however long it is. */

/** Every number from `from` to `to`, both of them too. The times are those of the two: of a number seen twice the earlier. */
export type Stretch = {
  readonly from: number;
  readonly to: number;
  readonly fromAtMs: number;
  readonly toAtMs: number;
};

/** A number seen more than once, and how many times more. */
export type Repeat = { readonly seq: number; readonly more: number };

/** Both by number; between two stretches there is a hole. */
export type Seen = { readonly stretches: readonly Stretch[]; readonly repeats: readonly Repeat[] };

/** Numbers that were not seen between two that were, and the times of those two. */
export type Hole = { readonly from: number; readonly to: number; readonly afterMs: number; readonly beforeMs: number };

export type Numbered = { readonly seq: number; readonly atMs: number };

export function seenIn(samples: readonly Numbered[]): Seen {
  const stretches: Stretch[] = [];
  const more = new Map<number, number>();
  for (const { seq, atMs } of samples.toSorted((a, b) => a.seq - b.seq || a.atMs - b.atMs)) {
    const last = stretches.at(-1);
    if (last?.to === seq) more.set(seq, (more.get(seq) ?? 0) + 1);
    else if (last !== undefined && last.to + 1 === seq)
      stretches[stretches.length - 1] = { ...last, to: seq, toAtMs: atMs };
    else stretches.push({ from: seq, to: seq, fromAtMs: atMs, toAtMs: atMs });
  }
  return { stretches, repeats: [...more].map(([seq, times]) => ({ seq, more: times })) };
}

/** Of two lots of samples that have none in common. Which of them is named first changes nothing. */
export function together(a: Seen, b: Seen): Seen {
  const more = new Map<number, number>();
  const add = (seq: number, times: number): void => void more.set(seq, (more.get(seq) ?? 0) + times);
  for (const { seq, more: times } of [...a.repeats, ...b.repeats]) add(seq, times);
  const stretches: Stretch[] = [];
  for (const next of [...a.stretches, ...b.stretches].sort((one, other) => one.from - other.from)) {
    const last = stretches.at(-1);
    if (last === undefined || next.from > last.to + 1) {
      stretches.push(next);
      continue;
    }
    for (let seq = next.from; seq <= Math.min(last.to, next.to); seq++) add(seq, 1);
    stretches[stretches.length - 1] = united(last, next);
  }
  const repeats = [...more].sort(([one], [other]) => one - other).map(([seq, times]) => ({ seq, more: times }));
  return { stretches, repeats };
}

/** Of two that touch or overlap, `a` beginning no later. */
function united(a: Stretch, b: Stretch): Stretch {
  const fromAtMs = a.from === b.from ? Math.min(a.fromAtMs, b.fromAtMs) : a.fromAtMs;
  if (a.to === b.to) return { ...a, fromAtMs, toAtMs: Math.min(a.toAtMs, b.toAtMs) };
  return { from: a.from, fromAtMs, ...(a.to > b.to ? { to: a.to, toAtMs: a.toAtMs } : { to: b.to, toAtMs: b.toAtMs }) };
}

export function holesIn(stretches: readonly Stretch[]): readonly Hole[] {
  return stretches.slice(1).map((next, i) => {
    // The one before it is there: `i` counts from the first.
    const before = stretches[i] ?? next;
    return { from: before.to + 1, to: next.from - 1, afterMs: before.toAtMs, beforeMs: next.fromAtMs };
  });
}
