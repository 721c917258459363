import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openRunQueues, type RunQueues } from '../../local/queues-of-run.ts';
import { openQueues, type Queue } from '../../local/sqs/queues.ts';
import type { LocalTemplate } from '../../local/template.ts';
import { drivenClock } from './driven-clock.ts';
import { BUFFERED, DIRECT } from './queued-template.ts';
import { inTempFolder } from './temp-folder.ts';

const clock = drivenClock();

/** One run after the other on the same folder. */
async function inRuns(use: (runOf: (template: LocalTemplate) => Promise<RunQueues>, path: string) => Promise<void>) {
  await inTempFolder(async (folder) => {
    const path = join(folder, 'queues.sqlite');
    let last: RunQueues | undefined;
    await use(async (template) => {
      await last?.close();
      last = openRunQueues({ path, template, clock });
      return last;
    }, path);
    await last?.close();
  });
}

function queueOf(queues: RunQueues, name: string): Queue {
  const queue = queues.find(name);
  if (queue === undefined) throw new Error(`there is no queue ${name}`);
  return queue;
}

const bodiesIn = async (queue: Queue): Promise<readonly string[]> =>
  (await queue.receive({ max: 10 })).map(({ body }) => body);

describe('the queues of a run', () => {
  test('in direct mode have no file until a message needs one', async () => {
    await inRuns(async (runOf, path) => {
      const queues = await runOf(DIRECT);
      expect([queues.waiting(), queues.failed(), queues.sources.size]).toEqual([0, 0, 0]);
      expect(queues.find('Other')).toBeUndefined();
      expect(existsSync(path)).toBe(false);
      await queueOf(queues, 'Failures').send('a');
      expect([queues.failed(), queues.failed(['Other']), existsSync(path)]).toEqual([1, 0, true]);
    });
  });

  test('have what failed in an earlier run, also what a redrive had in hand when its process ended', async () => {
    await inRuns(async (runOf) => {
      const before = queueOf(await runOf(DIRECT), 'Failures');
      for (const body of ['a', 'b']) await before.send(body);
      expect(await before.receive({ max: 1, visibilityMs: 300_000 })).toHaveLength(1);
      const queues = await runOf(DIRECT);
      expect(queues.failed()).toBe(2);
      expect((await bodiesIn(queueOf(queues, 'Failures'))).toSorted()).toEqual(['a', 'b']);
    });
  });

  test('count what waits for a poller apart from what failed', async () => {
    await inRuns(async (runOf) => {
      const queues = await runOf(BUFFERED);
      expect([...queues.sources.keys()]).toEqual(['Buffer']);
      await queueOf(queues, 'Buffer').send('a');
      for (const name of ['Failures', 'Dead']) await queueOf(queues, name).send(name);
      expect([queues.waiting(), queues.failed(), queues.failed(['Dead'])]).toEqual([1, 2, 1]);
    });
  });

  test('that the template has no more are emptied: failures by the redrive of this run, the others by a poller', async () => {
    await inRuns(async (runOf) => {
      const before = await runOf(BUFFERED);
      for (const name of ['Buffer', 'Failures', 'Dead']) await queueOf(before, name).send(name);
      const after = await runOf(DIRECT);
      expect([after.waiting(), after.failed(), [...after.sources.keys()]]).toEqual([1, 2, ['Buffer']]);
      // What is not written either is a failure of this run too.
      const left = after.sources.get('Buffer');
      for (let i = 0; i < 3; i++) await left?.receive({ max: 1, visibilityMs: 0 });
      expect([after.waiting(), after.failed()]).toEqual([0, 3]);
      expect((await bodiesIn(queueOf(after, 'Failures'))).toSorted()).toEqual(['Buffer', 'Dead', 'Failures']);
      // And they are where they were for a run that has them again.
      const again = await runOf(BUFFERED);
      expect([again.waiting(), again.failed(), again.failed(['Dead'])]).toEqual([0, 3, 0]);
    });
  });

  test('of a file that cannot be used refuse a message, and take it when it can', async () => {
    await inRuns(async (runOf, path) => {
      const queues = await runOf(DIRECT);
      writeFileSync(path, 'no database, and long enough to be told from an empty one'.repeat(20));
      expect(() => queues.find('Failures')).toThrow(/queues.sqlite cannot be used/);
      expect(queues.failed()).toBe(0);
      rmSync(path);
      await queueOf(queues, 'Failures').send('a');
      expect(queues.failed()).toBe(1);
    });
  });

  test('of a file that is not a database refuse the start', async () => {
    await inTempFolder((folder) => {
      const path = join(folder, 'queues.sqlite');
      writeFileSync(path, 'no database, and long enough to be told from an empty one'.repeat(20));
      expect(() => openRunQueues({ path, template: DIRECT, clock })).toThrow(/queues.sqlite cannot be used/);
    });
  });

  test('leave alone what another has put there that this template has nowhere for', async () => {
    await inRuns(async (runOf, path) => {
      const others = openQueues(path, clock);
      await others.queue({ name: 'Dead', visibilityMs: 1_000 }).send('a');
      await others.close();
      const queues = await runOf({ ...DIRECT, retriesByFunctionId: new Map() });
      expect(queues.failed()).toBe(0);
      expect((await runOf(DIRECT)).failed()).toBe(1);
    });
  });
});
