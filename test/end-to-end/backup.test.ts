/** Backups of a runtime at work: whatever was acknowledged before the instant that the file names comes back from it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type History, history, type Sent } from './history.ts';
import { type Load, randomOf, readBack, startLoad } from './load.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { runCli, temporaryFolder } from './process.ts';
import { onTargets } from './target.ts';
import { until, within } from './until.ts';

// In a soak: AMPHORA_BACKUP_READINGS=4000, of each of the 28 clients.
const READINGS = Number(process.env['AMPHORA_BACKUP_READINGS'] ?? 400);
const DEVICES = 24;
const POSTERS = 4;
const BACKUPS = 3;
const TEST_MS = 240_000 + READINGS * 300;
const PATIENCE_MS = 60_000 + READINGS * 100;

type Report = {
  readonly instant: string;
  readonly batteries: readonly { readonly battery: string; readonly readings: number }[];
  readonly journalRecords: number;
  readonly kept: number;
  readonly users: number;
  readonly devices: number;
};

type Timed = History & { readonly ackedBefore: (atMs: number) => readonly Sent[] };

function timedHistory(): Timed {
  const told = history(Date.now);
  const acks: { readonly atMs: number; readonly readings: readonly Sent[] }[] = [];
  return {
    ...told,
    ack: (readings) => {
      told.ack(readings);
      acks.push({ atMs: Date.now(), readings });
    },
    // The clocks are one clock, in whole milliseconds: what was acknowledged within the instant's own may be of after it.
    ackedBefore: (atMs) => acks.filter((ack) => ack.atMs < atMs).flatMap(({ readings }) => readings),
  };
}

async function command(...words: readonly string[]): Promise<string> {
  const run = runCli(words);
  const { code } = await within(`./amphora ${words.join(' ')}`, run.ended, PATIENCE_MS);
  if (code !== 0) throw new Error(`./amphora ${words.join(' ')} ended with ${code}: ${run.err()}`);
  return run.out();
}

const reportOf = async (...words: readonly string[]): Promise<Report> => JSON.parse(await command(...words, '--json'));

const keyOf = ({ battery, atMs, value }: Sent): string => `${battery}@${atMs}=${value}`;

/** Starts it where the backup was restored, and reads it back when all is stored. */
async function readRestored(
  file: string,
  batteries: readonly string[],
): Promise<{ readonly restored: LocalAmphora; readonly stored: readonly Sent[] }> {
  const dataDir = join(temporaryFolder(), 'restored');
  await command('restore', file, '--data', dataDir);
  const restored = await startLocal({ dataDir });
  await restored.drained();
  return { restored, stored: await readBack(restored, batteries) };
}

/** One after the other, for as long as the clients are at work. */
async function backUpUnder(load: Load, told: Timed, dataDir: string): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const files: string[] = [];
  let isOver = false;
  void load.done.then(() => (isOver = true));
  for (let i = 0; i < BACKUPS; i++) {
    const due = Math.floor(((DEVICES + POSTERS) * READINGS * (i + 0.5)) / (BACKUPS + 1));
    await until(`${due} acknowledgements`, () => told.acked() >= due, PATIENCE_MS);
    const file = join(folder, `${i}.backup`);
    told.note(`backup ${i}`);
    const begunAt = told.acked();
    await command('backup', file, '--data', dataDir);
    told.note(`backup ${i} is there`);
    if (begunAt === told.acked() && !isOver) throw new Error('nobody was acknowledged while it was written');
    files.push(file);
  }
  return files;
}

onTargets(['sqlite'], 'the readings of the data folder', () => {
  test(
    'a backup under load, restored and started, has every reading that was acknowledged before the instant it names',
    async () => {
      const seed = Number(process.env['AMPHORA_BACKUP_SEED'] ?? Date.now() % 2 ** 32);
      const told = timedHistory();
      const amphora = await startLocal();
      const { port, mqttPort, dataDir } = amphora;
      const startMs = Date.now();
      const random = randomOf(seed);
      const load = startLoad({
        port,
        mqttPort,
        history: told,
        random,
        devices: DEVICES,
        posters: POSTERS,
        readings: READINGS,
      });
      let stored: readonly Sent[] = [];
      try {
        const files = await backUpUnder(load, told, dataDir);
        await within('the clients to have sent all', load.done, PATIENCE_MS);
        const perSecond = Math.round((told.acked() * 1000) / (Date.now() - startMs));
        for (const file of files) {
          const { instant, journalRecords } = await reportOf('backup', '--check', file);
          const due = told.ackedBefore(Date.parse(instant));
          const read = await readRestored(file, load.batteries);
          stored = read.stored;
          const there = new Set(stored.map(keyOf));
          const { unexpected, duplicated } = told.figures(stored);
          const missing = due.filter((reading) => !there.has(keyOf(reading))).length;
          const figures = { ackedBefore: due.length, stored: stored.length, missing, unexpected, duplicated };
          process.stdout.write(
            `backup under ${perSecond} readings/s: ${JSON.stringify({ ...figures, journalRecords, bytes: statSync(file).size, seed })}\n`,
          );
          expect(due.length).toBeGreaterThan(0);
          expect(figures).toMatchObject({ missing: 0, unexpected: 0, duplicated: 0 });
          // The second run is as the first.
          await read.restored.end('SIGTERM');
          const again = await startLocal({ dataDir: read.restored.dataDir });
          expect(new Set((await readBack(again, load.batteries)).map(keyOf))).toEqual(there);
          expect(await again.end('SIGTERM')).toEqual({ code: 0, signal: null });
        }
        await amphora.drained();
        expect(told.figures(await readBack(amphora, load.batteries))).toMatchObject({ lost: 0, duplicated: 0 });
        await amphora.end('SIGTERM');
      } catch (error) {
        process.stdout.write(
          `backup: seed ${seed}; its history is in ${told.save(`amphora-backup-${seed}`, stored)}\n`,
        );
        throw error;
      } finally {
        load.close();
      }
    },
    TEST_MS,
  );
});
