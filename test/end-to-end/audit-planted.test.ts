/** What somebody takes out of the database, and puts into it, past all code of ours: found to the last number. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { writeLines } from '../local/influx-lines.ts';
import { audit, auditText, send } from './auditing.ts';
import { bucketOf } from './database.ts';
import { type LocalAmphora, startLocal } from './local.ts';
import { LOCAL, onTargets, TARGET } from './target.ts';

const START_MS = 130_000;
const TEST_MS = 300_000;

const SAMPLES = TARGET === 'sqlite' ? 100_000 : 20_000;
const STEP_MS = 20;
const FROM_MS = Math.floor(Date.now() / 1000) * 1000 - SAMPLES * STEP_MS - 60_000;
// The device started anew in the middle.
const OF_FIRST = SAMPLES / 2;
// Two of the first run side by side; of the second the one after its first.
const DELETED = [12, 4_999, 5_000, OF_FIRST - 2, OF_FIRST + 1];
const REPEATED = [7, 5_001, SAMPLES - 1];

const bootOf = (i: number): string => (i < OF_FIRST ? 'first' : 'second');
const seqOf = (i: number): number => (i < OF_FIRST ? i : i - OF_FIRST);
const atMsOf = (i: number): number => FROM_MS + i * STEP_MS;

const iso = (ms: number): string => new Date(ms).toISOString();
const RANGE = ['--from', iso(FROM_MS), '--to', iso(atMsOf(SAMPLES))];

type Hand = { readonly remove: (atMs: number) => Promise<void>; readonly repeat: (i: number) => Promise<void> };

/** As another program that has the file open. */
function sqliteHand(dataDir: string): Hand {
  const use = (sql: string, ...values: readonly number[]): void => {
    const db = new DatabaseSync(join(dataDir, 'store.sqlite'), { timeout: 5_000 });
    expect(db.prepare(sql).run(...values).changes).toBeGreaterThan(0);
    db.close();
  };
  return {
    remove: async (atMs) => use('DELETE FROM value WHERE ms = ?', atMs),
    repeat: async (i) =>
      use('INSERT INTO value SELECT series, ms + 3, nanos, field, value FROM value WHERE ms = ?', atMsOf(i)),
  };
}

async function influxHand(dataDir: string): Promise<Hand> {
  const address = await bucketOf(dataDir);
  const { url, org, bucket, token } = address;
  return {
    remove: async (atMs) => {
      const query = new URLSearchParams({ org, bucket });
      const answer = await fetch(`${url}/api/v2/delete?${query.toString()}`, {
        method: 'POST',
        body: JSON.stringify({ start: iso(atMs), stop: iso(atMs + 1), predicate: '_measurement="battery"' }),
        headers: { authorization: `Token ${token}`, 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(204);
    },
    repeat: (i) =>
      writeLines(address, [
        `battery,battery=planted boot="${bootOf(i)}",seq=${seqOf(i)},voltage=52 ${atMsOf(i) + 3}000000`,
      ]),
  };
}

onTargets(LOCAL, 'the database under the local runtime', () => {
  let amphora: LocalAmphora;
  beforeAll(async () => {
    amphora = await startLocal();
  }, START_MS);

  describe(`5 deletions and 3 duplicates planted in ${SAMPLES} stored samples`, () => {
    test(
      'are found, and nothing else',
      async () => {
        const samples = Array.from({ length: SAMPLES }, (_, i) => ({
          timestamp: atMsOf(i),
          voltage: 52,
          seq: seqOf(i),
          boot: bootOf(i),
        }));
        await send(amphora, 'planted', samples);
        const before = await audit(amphora, 'planted', ...RANGE);
        expect(before).toMatchObject({ code: 0, sent: SAMPLES, stored: SAMPLES, missing: 0, duplicated: 0 });

        const hand = TARGET === 'sqlite' ? sqliteHand(amphora.dataDir) : await influxHand(amphora.dataDir);
        for (const i of DELETED) await hand.remove(atMsOf(i));
        for (const i of REPEATED) await hand.repeat(i);

        const { code, runs, ...found } = await audit(amphora, 'planted', ...RANGE);
        expect(code).toBe(1);
        expect(found).toMatchObject({ sent: SAMPLES, stored: SAMPLES - 5, missing: 5, duplicated: 3, withoutSeq: 0 });
        expect(
          runs.map(({ boot, missingRanges, duplicates }) => ({
            boot,
            missing: missingRanges.map(({ from, to }) => [from, to]),
            duplicates,
          })),
        ).toEqual([
          {
            boot: 'first',
            missing: [
              [12, 12],
              [4_999, 5_000],
              [OF_FIRST - 2, OF_FIRST - 2],
            ],
            duplicates: [
              { seq: 7, samples: 2 },
              { seq: 5_001, samples: 2 },
            ],
          },
          { boot: 'second', missing: [[1, 1]], duplicates: [{ seq: OF_FIRST - 1, samples: 2 }] },
        ]);
        const { out } = await auditText(amphora, 'planted', ...RANGE);
        expect(out).toContain(`\n${SAMPLES} sent, ${SAMPLES - 5} stored, 5 missing, 3 duplicate\n`);
      },
      TEST_MS,
    );
  });
});
