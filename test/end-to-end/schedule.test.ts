/** The schedule of a message that cannot be stored, while the process is killed. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from '@jest/globals';
import { type LocalAmphora, startLocal } from './local.ts';
import { onIngest, onTargets } from './target.ts';
import { until } from './until.ts';

const TEST_MS = 150_000;
// Long enough for a kill in between.
const FLAGS = ['--no-demo', '--retry-delays', '4,4'];

onTargets(['sqlite'], 'a database file that this test makes refuse', () => {
  onIngest('direct', 'the tries of each message', () => {
    test(
      'kill -9 between the tries: the next run goes on counting, and after the third try the message is in the failure queue',
      async () => {
        const first = await startLocal({ flags: FLAGS });
        const { dataDir } = first;
        refuseInserts(dataDir);
        const { status } = await first.post('/batteries/boat/telemetry', { soc: 50, timestamp: Date.now() });
        expect(status).toBe(202);
        await until('the first try to fail', async () => (await attempts(first)).length === 1);
        await first.end('SIGKILL');
        expect(readdirSync(join(dataDir, 'journal')).toSorted()).toEqual(['000000001.attempts', '000000001.journal']);

        const second = await startLocal({ dataDir, flags: FLAGS });
        await until('the second try to fail', async () => (await attempts(second)).length === 1);
        await second.end('SIGKILL');

        const third = await startLocal({ dataDir, flags: FLAGS });
        await until('the message to be in the failure queue', async () => (await third.health()).failed === 1);
        expect([await attempts(first), await attempts(second), await attempts(third)]).toEqual([
          ['attempt=1'],
          ['attempt=2'],
          ['attempt=3'],
        ]);
        await third.end('SIGTERM');
        expect(readdirSync(join(dataDir, 'journal'))).toEqual([]);
      },
      TEST_MS,
    );
  });
});

/** It can be opened and read, by this run and the next ones. */
function refuseInserts(dataDir: string): void {
  const database = new DatabaseSync(join(dataDir, 'store.sqlite'));
  database.exec("CREATE TRIGGER refuse BEFORE INSERT ON value BEGIN SELECT RAISE(ABORT, 'not today'); END");
  database.close();
}

async function attempts(amphora: LocalAmphora): Promise<readonly (string | undefined)[]> {
  const lines = await amphora.logged('invocation-failed');
  return lines.map((line) => line.split(' ').find((word) => word.startsWith('attempt=')));
}
