/** Messages that come several times, in any order, to two writers at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { sqliteStore } from '../../lambdas/store/sqlite.ts';
import type { Envelope } from '../../lambdas/telemetry/envelope.ts';
import type { Sent } from '../end-to-end/history.ts';
import { runProcess, temporaryFolder } from '../end-to-end/process.ts';
import { INGEST_MODES } from '../end-to-end/target.ts';
import { within } from '../end-to-end/until.ts';
import { proofMs, prove, sized } from './proof.ts';
import { queueEvents } from './writer-events.ts';

const MESSAGES = sized(2_000, 20_000);
const MOST_SAMPLES = 5;
const MOST_TIMES = 5;
const BATTERIES = 7;
// Of messages, in buffered mode.
const LARGEST_BATCH = 100;
const START_MS = Date.UTC(2026, 10, 23, 12);
const PATIENCE_MS = proofMs(60_000);

type Counts = { readonly stored: number; readonly repeated: number; readonly collided: number };

test.each(INGEST_MODES)(
  '%s mode: every message 1 to 5 times, shuffled, through two writers at once leaves the same store as each of them once',
  (ingest) =>
    prove(`repeated and shuffled, ${ingest} mode`, async ({ random, told, settle }) => {
      const upTo = (most: number): number => 1 + Math.floor(random() * most);
      const messages = Array.from({ length: MESSAGES }, (_, i) => messageOf(i, upTo(MOST_SAMPLES), upTo(BATTERIES)));
      const readings = messages.flat();
      told.attempt(readings);
      const sends = messages.flatMap((message) => Array.from({ length: upTo(MOST_TIMES) }, () => message));
      const folder = temporaryFolder();
      const once = await newFile(folder, 'once');
      const often = await newFile(folder, 'often');
      const shuffled = sends.map((message) => ({ message, place: random() })).toSorted((a, b) => a.place - b.place);
      const halves = [0, 1].map((half) => shuffled.flatMap(({ message }, i) => (i % 2 === half ? [message] : [])));

      const handed = (half: readonly (readonly Sent[])[]): readonly unknown[] =>
        ingest === 'direct' ? half.map(envelopeOf) : queueEvents(half.map(envelopeOf), () => upTo(LARGEST_BATCH));

      const reference = await wrote(once, messages.map(envelopeOf), 'all');
      const [one, other] = await Promise.all(halves.map((half, i) => wrote(often, handed(half), `half${i}`)));
      told.ack(readings);

      expect(rows(often)).toEqual(rows(once));
      expect(reference).toEqual({ stored: readings.length, repeated: 0, collided: 0 });
      expect((one?.stored ?? 0) + (other?.stored ?? 0)).toBe(readings.length);
      // Each of the two stored some and met what the other had stored.
      for (const writer of [one, other])
        expect(Math.min(writer?.stored ?? 0, writer?.repeated ?? 0)).toBeGreaterThan(0);
      settle(readingsIn(often), { sends: sends.length });
    }),
  proofMs(120_000),
);

function messageOf(index: number, samples: number, battery: number): readonly Sent[] {
  return Array.from({ length: samples }, (_, i) => ({
    battery: `battery${battery}`,
    atMs: START_MS + index * MOST_SAMPLES + i,
    value: (index % 100) / 8,
  }));
}

async function newFile(folder: string, name: string): Promise<string> {
  const file = join(folder, `${name}.sqlite`);
  const store = sqliteStore({ file, createIfMissing: true });
  await store.batteries();
  await store.close();
  return file;
}

/** By a process of its own. */
async function wrote(sqliteFile: string, events: readonly unknown[], name: string): Promise<Counts> {
  const list = `${sqliteFile}.${name}.ndjson`;
  writeFileSync(list, events.map((event) => JSON.stringify(event)).join('\n'));
  const words = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'writer-process.ts'), list];
  const env = { AMPHORA_STORE: 'sqlite', SQLITE_FILE: sqliteFile, METRICS_NAMESPACE: 'Proof' };
  const writer = runProcess(process.execPath, words, env);
  const { code } = await within(`the writer ${name}`, writer.ended, PATIENCE_MS);
  expect({ code, err: writer.err() }).toEqual({ code: 0, err: '' });
  // Its own metrics, a line an invocation: in buffered mode its answer does not say them.
  const counts = writer.out().trim().split('\n').map(countsIn);
  const sum = (name: keyof Counts): number => counts.reduce((total, one) => total + one[name], 0);
  return { stored: sum('stored'), repeated: sum('repeated'), collided: sum('collided') };
}

function countsIn(line: string): Counts {
  const told: Readonly<Record<`Points${'Stored' | 'Repeated' | 'Collided'}`, number>> = JSON.parse(line);
  return { stored: told.PointsStored, repeated: told.PointsRepeated, collided: told.PointsCollided };
}

function envelopeOf(message: readonly Sent[]): Envelope {
  const samples = message.map(({ atMs, value }) => ({ timestamp: atMs, charge: value }));
  const payload = Buffer.from(JSON.stringify({ samples })).toString('base64');
  return { payload, topic: `battery/${message[0]?.battery ?? ''}/telemetry`, receivedAt: START_MS + 3_600_000 };
}

/** Everything that is stored, by names: the numbers that stand for them are given in order of arrival. */
function rows(file: string): readonly unknown[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const sql = `SELECT battery, measurement, ms, nanos, coalesce(name, '') AS field, value FROM value
    JOIN series ON series.id = series LEFT JOIN field ON field.id = field ORDER BY 1, 2, 3, 4, 5`;
  const newest = `SELECT battery, measurement, coalesce(name, '') AS field, first_ms, ms, nanos, value FROM newest
    JOIN series ON series.id = series LEFT JOIN field ON field.id = field ORDER BY 1, 2, 3`;
  const found = [...db.prepare(sql).all(), ...db.prepare(newest).all(), ...db.prepare('SELECT * FROM counter').all()];
  db.close();
  return found.map((row) => ({ ...row }));
}

function readingsIn(file: string): readonly Sent[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const sql = `SELECT battery, ms, value FROM value JOIN series ON series.id = series JOIN field ON field.id = field`;
  const found = db.prepare(sql).all();
  db.close();
  return found.map(({ battery, ms, value }) => ({ battery: String(battery), atMs: Number(ms), value: Number(value) }));
}
