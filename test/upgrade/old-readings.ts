/** What an older version is given before it is upgraded, and how one finds that it is all there afterwards. */
import { expect } from '@jest/globals';
import type { Client } from '../end-to-end/http.ts';
import { allRows } from '../end-to-end/pages.ts';
import type { Sent } from './fill-folder.ts';

/** As answers write an instant: without milliseconds where they are zero. */
const timeOf = ({ timestamp }: Sent): string =>
  new Date(timestamp).toISOString().replace('.000Z', 'Z').replace('Z', '+00:00');

/** Each reading is there once, with every value that was sent, and none beside them. */
export async function expectAllThere(amphora: Client, sent: readonly Sent[]): Promise<void> {
  for (const [battery, readings] of byBattery(sent)) {
    const times = readings.map(({ timestamp }) => timestamp);
    const [begin, end] = [Math.min(...times) - 1, Math.max(...times) + 1].map((ms) => new Date(ms).toISOString());
    const path = `/read?shape=wide&battery=${battery}&begin=${begin}&end=${end}`;
    const { rows } = await allRows(amphora, path);
    // Two of one millisecond come in either order.
    expect(rows).toEqual(
      expect.arrayContaining(
        readings.map((reading) => expect.objectContaining({ ...reading.fields, time: timeOf(reading) })),
      ),
    );
    expect(rows).toHaveLength(readings.length);
  }
}

/** Every battery is known, since when it was first and until when it was last seen. */
export async function expectBatteries(amphora: Client, sent: readonly Sent[]): Promise<void> {
  const known = [...byBattery(sent)].map(([id, readings]) => {
    const inOrder = readings.toSorted((a, b) => a.timestamp - b.timestamp).map(timeOf);
    return expect.objectContaining({ id, firstAt: inOrder.at(0), lastAt: inOrder.at(-1) });
  });
  expect((await amphora.get('/batteries')).body).toEqual(expect.arrayContaining(known));
}

function byBattery(sent: readonly Sent[]): ReadonlyMap<string, readonly Sent[]> {
  return Map.groupBy(sent, ({ battery }) => battery);
}
