/** Who is compared is measured in turns, so that whatever else the machine does comes upon all of them. */

/** By name, one measurement of each turn. Who was first in a turn is last in the next one. */
export async function inTurns<T>(
  subjects: Readonly<Record<string, () => Promise<T>>>,
  turns: number,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const all = Object.entries(subjects);
  const measured = new Map<string, T[]>(all.map(([name]) => [name, []]));
  for (let turn = 0; turn < turns; turn++) {
    const first = turn % Math.max(1, all.length);
    for (const [name, measure] of [...all.slice(first), ...all.slice(0, first)])
      measured.get(name)?.push(await measure());
  }
  return measured;
}
