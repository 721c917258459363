import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Invocation } from '../../local/function-environment.ts';
import { type IngestBuffer, ingestBuffer } from '../../local/ingest-buffer.ts';
import { openRunQueues, type RunQueues } from '../../local/queues-of-run.ts';
import type { LocalTemplate } from '../../local/template.ts';
import { type DrivenClock, drivenClock } from './driven-clock.ts';
import { BUFFERED, DIRECT } from './queued-template.ts';
import { recordedLog } from './recorded-log.ts';
import { inTempFolder } from './temp-folder.ts';

type Run = {
  readonly buffer: IngestBuffer;
  readonly queues: RunQueues;
  readonly bodies: unknown[];
  readonly logged: readonly { readonly event: string }[];
  readonly stopping: AbortController;
  readonly end: () => Promise<void>;
};

type Answer = 'stored' | 'fails' | 'hangs';

/** One run on the folder. A writer that hangs does so until the end. */
function runOn(
  folder: string,
  clock: DrivenClock,
  template: LocalTemplate,
  answer: Answer,
  visibilityMs?: number,
  gatherMs?: number,
): Run {
  const bodies: unknown[] = [];
  const { log, logged } = recordedLog();
  const stopping = new AbortController();
  const error = { name: 'AmphoraError', message: 'no database' };
  const invoke = async (event: unknown): Promise<Invocation> => {
    const { Records: records }: { readonly Records: readonly { readonly body: string }[] } = JSON.parse(
      JSON.stringify(event),
    );
    bodies.push(records.map(({ body }): unknown => JSON.parse(body)));
    if (answer === 'hangs') await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
    return answer === 'stored' ? { ok: true, value: {}, requestId: 'r' } : { ok: false, error, requestId: 'r' };
  };
  const path = join(folder, 'queues.sqlite');
  const hosts = new Map([['Writer', { invoke }]]);
  const queues = openRunQueues({ path, template, clock, visibilityMs });
  const buffer = ingestBuffer({
    queues,
    template,
    hosts,
    clock,
    log,
    ...(gatherMs === undefined ? {} : { gatherMs }),
    signal: stopping.signal,
  });
  buffer.start();
  return {
    buffer,
    queues,
    bodies,
    logged,
    stopping,
    end: async () => {
      await clock.until(buffer.close(5_000));
      stopping.abort();
      await queues.close();
    },
  };
}

async function filled(run: Run, event: unknown): Promise<boolean> {
  const fill = run.buffer.fillOf('Buffer');
  if (fill === undefined) throw new Error('there is no queue to fill');
  return fill(event);
}

describe('the buffer of the local runtime', () => {
  test('hands what a rule filled in to the function of the mapping, and counts it until it is written', async () => {
    await inTempFolder(async (folder) => {
      const clock = drivenClock();
      const run = runOn(folder, clock, BUFFERED, 'stored');
      expect(await Promise.all([filled(run, { topic: 'a' }), filled(run, { topic: 'b' })])).toEqual([true, true]);
      expect([run.queues.waiting(), run.bodies]).toEqual([2, []]);
      await clock.advance(1_000);
      expect([run.queues.waiting(), run.bodies]).toEqual([0, [[{ topic: 'a' }, { topic: 'b' }]]]);
      expect(run.buffer.fillOf('Dead')).toBeUndefined();
      await run.end();
    });
  });

  test('puts what comes soon after another message into the queue all at once, and after a stop none of it', async () => {
    await inTempFolder(async (folder) => {
      // Longer than any disk takes for the first one.
      const run = runOn(folder, drivenClock(), BUFFERED, 'hangs', undefined, 500);
      await filled(run, { topic: 'first' });
      const soon = filled(run, { topic: 'soon' });
      await turn();
      const later = filled(run, { topic: 'later' });
      expect(run.queues.waiting()).toBe(1);
      await soon;
      expect(run.queues.waiting()).toBe(3);
      expect(await later).toBe(true);
      const last = filled(run, { topic: 'last' });
      run.stopping.abort();
      expect([await last, run.queues.waiting()]).toEqual([false, 3]);
      await run.end();
    });
  });

  test('tries again after the template’s time, or the one it is told, and counts what failed in the end', async () => {
    for (const [visibilityMs, againMs] of [[undefined, 180_000] as const, [7_000, 7_000] as const]) {
      await inTempFolder(async (folder) => {
        const clock = drivenClock();
        const run = runOn(folder, clock, BUFFERED, 'fails', visibilityMs);
        await filled(run, { topic: 'a' });
        await clock.advance(againMs - 1);
        expect(run.bodies).toHaveLength(1);
        await clock.advance(2_000);
        expect(run.bodies).toHaveLength(2);
        await clock.advance(2 * againMs);
        expect([run.bodies.length, run.queues.waiting(), run.queues.failed()]).toEqual([2, 0, 1]);
        await run.end();
      });
    }
  });

  test('what was with a function when the process ended is handed over again by the next run, at once', async () => {
    await inTempFolder(async (folder) => {
      const clock = drivenClock();
      const before = runOn(folder, clock, BUFFERED, 'hangs');
      await filled(before, { topic: 'a' });
      await clock.advance(1_000);
      expect(before.bodies).toHaveLength(1);
      // As after kill -9: nobody gave anything back.
      const after = runOn(folder, clock, BUFFERED, 'stored');
      await clock.advance(1_000);
      expect([after.bodies, after.queues.waiting()]).toEqual([[[{ topic: 'a' }]], 0]);
      await after.end();
      await before.end();
    });
  });

  test('what a buffered run left is written by a direct one, and its dead letters are its failures', async () => {
    await inTempFolder(async (folder) => {
      const clock = drivenClock();
      const before = runOn(folder, clock, BUFFERED, 'fails', 10_000);
      await filled(before, { topic: 'dead' });
      await clock.advance(30_000);
      expect(before.queues.failed()).toBe(1);
      await filled(before, { topic: 'waiting' });
      await before.end();
      const after = runOn(folder, clock, DIRECT, 'stored');
      expect(after.queues.waiting()).toBe(1);
      await clock.advance(1_000);
      expect([after.bodies, after.queues.waiting(), after.queues.failed()]).toEqual([[[{ topic: 'waiting' }]], 0, 1]);
      await after.end();
    });
  });

  test('while the queue takes nothing it is told and tried again, and a stop leaves the message where it was', async () => {
    await inTempFolder(async (folder) => {
      const clock = drivenClock();
      const run = runOn(folder, clock, BUFFERED, 'stored');
      rmSync(join(folder, 'queues.sqlite'));
      const filling = filled(run, { topic: 'a' });
      await clock.advance(3_500);
      expect(run.logged.filter(({ event }) => event === 'queue-unusable').length).toBeGreaterThanOrEqual(4);
      run.stopping.abort();
      expect(await filling).toBe(false);
      await run.end();
    });
  });
});
