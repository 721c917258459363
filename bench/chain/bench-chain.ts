/**
 * The whole chain beside the usual way of building it (the original demo) and beside the database itself: all on one
 * InfluxDB 2, in turns, and counted in the database. Every message has another time, so that none is a repeat.
 *
 * InfluxDB answers a write when the disk has it. How long a disk takes decides what a batch is worth, and writers side by
 * side; so all is measured on this machine's disk as it is, and on one that takes 5 ms longer.
 */
import { startInfluxd } from '../../scripts/influxd/run-influxd.ts';
import type { Figure } from '../figure.ts';
import { withContenders } from './contenders.ts';
import { type DemoParts, demoParts } from './demo.ts';
import { startRun } from './disk-run.ts';
import { postFigures } from './post-figures.ts';
import { storedFigures } from './stored-figures.ts';
import { writerFigures } from './writer-figures.ts';

// With it a hundred lines a request are about 107 times as fast as one, and the demo stores little more than the 140 to 150
// messages a second that it did where that was first measured. InfluxDB waits by a clock that ticks while writes come: who is back
// with the next one within the 5 ms has one at each tick. The disk of a virtual machine often answers before it has anything for good.
const SLOWER_MS = 5;

export async function benchChain(): Promise<readonly Figure[]> {
  const parts = await demoParts();
  if (!parts.ok) process.stderr.write(`amphora: ${parts.reason}\n`);
  return [...(await onDisk(parts, '', 0)), ...(await onDisk(parts, `-${SLOWER_MS}ms`, SLOWER_MS))];
}

async function onDisk(parts: DemoParts, suffix: string, syncDelayMs: number): Promise<readonly Figure[]> {
  const influxd = await startInfluxd({ syncDelayMs });
  try {
    const run = startRun(influxd, suffix);
    const chain = await withContenders(run, parts, async (contenders) => [
      ...(await storedFigures(run, contenders)),
      ...(await postFigures(run, contenders)),
    ]);
    return [...chain, ...(await writerFigures(run))];
  } finally {
    await influxd.discard();
  }
}
