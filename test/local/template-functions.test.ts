import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '../../local/clock.ts';
import type { DeliveryRule } from '../../local/delivery.ts';
import type { FunctionHost } from '../../local/function-host.ts';
import { ingestBuffer } from '../../local/ingest-buffer.ts';
import { openRunQueues, type RunQueues } from '../../local/queues-of-run.ts';
import { rulesOf } from '../../local/template-functions.ts';

import { until } from './mqtt-fixture.ts';
import { DIRECT } from './queued-template.ts';
import { type Logged, recordedLog } from './recorded-log.ts';
import { inTempFolder } from './temp-folder.ts';

const ENVELOPE = { payload: 'e30=', topic: 'battery/charge', clientId: 'boat', receivedAt: 1795435200000 };
const DEMO_CLIENT = 'demo-1';

type Bench = {
  readonly rules: readonly DeliveryRule[];
  readonly queues: RunQueues;
  readonly logged: readonly Logged[];
  readonly path: string;
  readonly stopping: AbortController;
};

/** The rules of the template with a writer that fails each time, which is tried again once, at once. */
async function withRules(use: (bench: Bench) => Promise<void>): Promise<void> {
  await inTempFolder(async (folder) => {
    const path = join(folder, 'queues.sqlite');
    const { log, logged } = recordedLog();
    const clock = systemClock;
    const stopping = new AbortController();
    const { signal } = stopping;
    const queues = openRunQueues({ path, template: DIRECT, clock });
    const error = { name: 'AmphoraError', message: 'no database' };
    const writer: FunctionHost = {
      invoke: async () => ({ ok: false, error, requestId: 'r' }),
      environments: () => 0,
      close: async () => undefined,
    };
    const hosts = new Map([['Writer', writer]]);
    const buffer = ingestBuffer({ queues, template: DIRECT, hosts, clock, log, signal });
    const options = {
      retryDelaysMs: [1, 1],
      log,
      clock,
      queues,
      buffer,
      demoClientId: DEMO_CLIENT,
    } as const;
    await use({ rules: rulesOf(DIRECT, hosts, options, signal), queues, logged, path, stopping });
    await queues.close();
  });
}

async function invokeAll(rules: readonly DeliveryRule[], event: object): Promise<readonly boolean[]> {
  return Promise.all(rules.flatMap(({ targets }) => targets.map(({ invoke }) => invoke(event))));
}

describe('a message that the writer failed on to the end', () => {
  test("is in the function's failure queue, as Lambda's record", async () => {
    await withRules(async ({ rules, queues }) => {
      expect(await invokeAll(rules, ENVELOPE)).toEqual([true]);
      expect(queues.failed()).toBe(1);
      const [message] = (await queues.find('Failures')?.receive({ max: 10 })) ?? [];
      const record: unknown = JSON.parse(message?.body ?? '');
      expect(record).toMatchObject({
        requestContext: {
          functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Writer:$LATEST',
          condition: 'RetriesExhausted',
          approximateInvokeCount: 2,
        },
        requestPayload: ENVELOPE,
        responsePayload: { errorType: 'AmphoraError', errorMessage: 'no database' },
      });
    });
  });

  test('is not done with while its queue does not take it', async () => {
    await withRules(async ({ rules, queues, logged, path, stopping }) => {
      await queues.find('Failures')?.send('of before');
      rmSync(path);
      const done = invokeAll(rules, ENVELOPE);
      const refusals = () => logged.filter(({ event }) => event === 'failure-record-not-written');
      await until(() => refusals().length >= 3, 'it was refused again and again');
      expect(refusals()[0]?.fields['reason']).toContain('removed or replaced');
      stopping.abort();
      expect(await done).toEqual([false]);
    });
  });

  test('of the simulated battery is dropped: it could come back after it was removed', async () => {
    await withRules(async ({ rules, queues, logged }) => {
      expect(await invokeAll(rules, { ...ENVELOPE, clientId: DEMO_CLIENT })).toEqual([true]);
      expect(queues.failed()).toBe(0);
      expect(logged.at(-1)).toMatchObject({ event: 'event-dropped', fields: { reason: 'no database' } });
    });
  });
});
