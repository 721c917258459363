import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Invocation } from '../../local/function-environment.ts';
import { type IngestBuffer, openIngestBuffer } from '../../local/ingest-buffer.ts';
import { type LocalTemplate, readTemplate } from '../../local/template.ts';
import { type DrivenClock, drivenClock } from './driven-clock.ts';
import { recordedLog } from './recorded-log.ts';
import { inTempFolder } from './temp-folder.ts';
import { assets, RESOURCES } from './template-resources.ts';

const TOPIC_RULE = RESOURCES.Rule.Properties.TopicRulePayload;

const templateOf = (resources: object): LocalTemplate =>
  readTemplate({
    template: { Resources: resources },
    assets,
    folder: '/out',
    queueUrl: (id) => `http://127.0.0.1:1/0/${id}`,
  });

const DIRECT = templateOf(RESOURCES);
const BUFFERED = templateOf({
  ...RESOURCES,
  Rule: {
    ...RESOURCES.Rule,
    Properties: {
      ...RESOURCES.Rule.Properties,
      TopicRulePayload: { ...TOPIC_RULE, Actions: [{ Sqs: { QueueUrl: { Ref: 'Buffer' } } }] },
    },
  },
  Buffer: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      VisibilityTimeout: 180,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
    },
  },
  Dead: { Type: 'AWS::SQS::Queue', Properties: {} },
  Feed: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Buffer', 'Arn'] },
      FunctionName: { 'Fn::GetAtt': ['Writer', 'Arn'] },
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
});

type Run = {
  readonly buffer: IngestBuffer | undefined;
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
  const buffer = openIngestBuffer({ path, template, hosts, clock, log, visibilityMs, signal: stopping.signal });
  buffer?.start();
  return {
    buffer,
    bodies,
    logged,
    stopping,
    end: async () => {
      if (buffer !== undefined) await clock.until(buffer.close(5_000));
      stopping.abort();
    },
  };
}

async function filled(run: Run, event: unknown): Promise<boolean> {
  const fill = run.buffer?.fillOf('Buffer');
  if (fill === undefined) throw new Error('there is no queue to fill');
  return fill(event);
}

describe('the buffer of the local runtime', () => {
  test('is not there in direct mode, where no run before had one', async () => {
    await inTempFolder((folder) => {
      expect(runOn(folder, drivenClock(), DIRECT, 'stored').buffer).toBeUndefined();
    });
  });

  test('hands what a rule filled in to the function of the mapping, and counts it until it is written', async () => {
    await inTempFolder(async (folder) => {
      const clock = drivenClock();
      const run = runOn(folder, clock, BUFFERED, 'stored');
      expect(await Promise.all([filled(run, { topic: 'a' }), filled(run, { topic: 'b' })])).toEqual([true, true]);
      expect([run.buffer?.waiting(), run.bodies]).toEqual([2, []]);
      await clock.advance(1_000);
      expect([run.buffer?.waiting(), run.bodies]).toEqual([0, [[{ topic: 'a' }, { topic: 'b' }]]]);
      expect(run.buffer?.fillOf('Dead')).toBeUndefined();
      await run.end();
    });
  });

  test('tries again after the template’s time, or the one it is told, and counts what is dead in the end', async () => {
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
        expect([run.bodies.length, run.buffer?.waiting(), run.buffer?.dead()]).toEqual([2, 0, 1]);
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
      expect([after.bodies, after.buffer?.waiting()]).toEqual([[[{ topic: 'a' }]], 0]);
      await after.end();
      await before.end();
    });
  });

  test('what a buffered run left is written by a direct one, and its dead letters stay', async () => {
    await inTempFolder(async (folder) => {
      const clock = drivenClock();
      const before = runOn(folder, clock, BUFFERED, 'fails', 10_000);
      await filled(before, { topic: 'dead' });
      await clock.advance(30_000);
      expect(before.buffer?.dead()).toBe(1);
      await filled(before, { topic: 'waiting' });
      await before.end();
      const after = runOn(folder, clock, DIRECT, 'stored');
      expect(after.buffer?.waiting()).toBe(1);
      await clock.advance(1_000);
      expect([after.bodies, after.buffer?.waiting(), after.buffer?.dead()]).toEqual([[[{ topic: 'waiting' }]], 0, 1]);
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
