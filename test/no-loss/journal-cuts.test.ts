/** A journal that is cut or garbled near its end, as a crash and a bad disk leave it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openJournal } from '../../local/journal.ts';
import type { Sent } from '../end-to-end/history.ts';
import { startLocal } from '../end-to-end/local.ts';
import { allRows } from '../end-to-end/pages.ts';
import { all } from '../local/journal-on-disk.ts';
import { inTempFolder } from '../local/temp-folder.ts';
import { proofMs, prove, sized } from './proof.ts';

const MESSAGES = 60;
const CUTS = sized(2_000, 10_000);
const LAST_BYTES = 4_096;
const SEGMENT = '000000001.journal';

type Place = { readonly sent: Sent; readonly from: number; readonly to: number };

test(
  'of 2 000 random cuts and garblings of its last bytes each leaves every complete record, and none stops a start',
  () =>
    prove('journal cut or garbled', async ({ random, told, settle }) => {
      await inTempFolder(async (room) => {
        const { segment, places } = await written(join(room, 'whole'), random);
        const recovered: Sent[] = [];
        for (let cut = 0; cut < CUTS; cut++) {
          const { bytes, isWhole } = harmed(segment, random);
          const folder = join(room, 'harmed');
          mkdirSync(folder);
          writeFileSync(join(folder, SEGMENT), bytes);
          const { journal, left } = await openJournal(folder, { durable: false });
          const found = await all(left);
          const complete = places.filter(isWhole).map(({ sent }) => ({ ...sent, battery: `cut${cut}` }));
          told.attempt(places.map(({ sent }) => ({ ...sent, battery: `cut${cut}` })));
          told.ack(complete);
          recovered.push(...found.map((one) => ({ ...sentOf(one.payload), battery: `cut${cut}` })));
          expect(found).toHaveLength(left.count);
          await journal.close();
          rmSync(folder, { recursive: true });
        }
        const { recovered: more } = settle(recovered, { cuts: CUTS });
        expect(more).toBe(0);
      });
    }),
  proofMs(120_000),
);

test(
  'a start tells of a record that cannot be read any more, stores all others, and keeps the file',
  async () => {
    const SENT = 20;
    // Long enough that nothing is given up before the kill.
    const amphora = await startLocal({ flags: ['--no-demo', '--retry-delays', '60,60'] });
    const { dataDir } = amphora;
    const folder = join(dataDir, 'journal');
    const atMs = Date.now();
    await amphora.withoutStore(async () => {
      for (let soc = 0; soc < SENT; soc++) {
        const { status } = await amphora.post('/batteries/boat/telemetry', { timestamp: atMs + soc, soc });
        expect(status).toBe(202);
      }
      await amphora.end('SIGKILL');
    });
    const [name = ''] = readdirSync(folder).filter((one) => one.endsWith('.journal'));
    const segment = readFileSync(join(folder, name));
    segment.write('"soc":8', segment.indexOf('"soc":7'));
    writeFileSync(join(folder, name), segment);

    const again = await startLocal({ dataDir });
    expect(await again.drained()).toEqual({ stored: SENT - 1, kept: 0 });
    const { rows } = await allRows(again, '/read?shape=wide&battery=boat&begin=-1h');
    expect(rows.map((row) => Number(row['soc'])).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: SENT }, (_, soc) => soc).filter((soc) => soc !== 7),
    );
    const [told = '', ...more] = await again.logged('journal-broken');
    expect(told).toContain(`keptAs=${join(folder, name)}.broken`);
    expect(told).toContain(`records=${SENT - 1}`);
    expect(more).toEqual([]);
    await again.end('SIGTERM');
    expect(readFileSync(join(folder, `${name}.broken`))).toEqual(segment);
  },
  proofMs(60_000),
);

async function written(folder: string, random: () => number) {
  const { journal } = await openJournal(folder, { durable: false });
  const all = Array.from({ length: MESSAGES }, (_, atMs): Sent => ({ battery: 'boat', atMs, value: random() }));
  for (const sent of all) {
    const padding = 'x'.repeat(Math.floor(random() * 300));
    const payload = Buffer.from(JSON.stringify({ atMs: sent.atMs, value: sent.value, padding }));
    await journal.append({ topic: 't', payload, receivedAt: sent.atMs, traceId: `trace-${sent.atMs}` });
  }
  await journal.close();
  const segment = readFileSync(join(folder, SEGMENT));
  let to = 0;
  const places = all.map((sent): Place => {
    const from = to;
    to += 8 + segment.readUInt32LE(from);
    return { sent, from, to };
  });
  return { segment, places };
}

/** A third each: cut, some bytes changed, a stretch overwritten. With it, which records have none of that. */
function harmed(segment: Buffer, random: () => number) {
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const fromEnd = upTo(LAST_BYTES);
  const kind = upTo(2);
  if (kind === 0) {
    const bytes = segment.subarray(0, segment.length - fromEnd);
    return { bytes, isWhole: ({ to }: Place) => to <= bytes.length };
  }
  const bytes = Buffer.from(segment);
  const stretch = kind === 1 ? 1 : 1 + upTo(fromEnd);
  for (let times = kind === 1 ? 1 + upTo(5) : 1; times > 0; times--) {
    const at = Math.min(bytes.length - 1, bytes.length - fromEnd + upTo(fromEnd));
    for (let i = at; i < Math.min(bytes.length, at + stretch); i++) bytes.writeUInt8(upTo(255), i);
  }
  const isWhole = ({ from, to }: Place): boolean => bytes.subarray(from, to).equals(segment.subarray(from, to));
  return { bytes, isWhole };
}

function sentOf(payload: Buffer): Pick<Sent, 'atMs' | 'value'> {
  const { atMs, value }: Pick<Sent, 'atMs' | 'value'> = JSON.parse(payload.toString());
  return { atMs, value };
}
