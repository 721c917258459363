import { describe, expect, test } from '@jest/globals';
import type { Invocation } from '../../local/function-environment.ts';
import { redriveFacts, type Schedules, startSchedules } from '../../local/schedules.ts';
import type { LocalTemplate } from '../../local/template.ts';
import { type DrivenClock, drivenClock } from './driven-clock.ts';
import { DIRECT, templateOf } from './queued-template.ts';
import { type Logged, recordedLog } from './recorded-log.ts';
import { RESOURCES } from './template-resources.ts';

const MINUTE_MS = 60_000;

type Call = { readonly atMs: number; readonly event: unknown; readonly answer: (invocation?: Invocation) => void };

type Bench = {
  readonly clock: DrivenClock;
  readonly calls: readonly Call[];
  readonly logged: readonly Logged[];
  readonly schedules: Schedules;
  /** By name. */
  readonly failed: Map<string, number>;
};

const DONE: Invocation = { ok: true, value: {}, requestId: 'r' };

function bench(template: LocalTemplate, answersAtOnce = true): Bench {
  const clock = drivenClock();
  const startMs = clock.nowMs();
  const { log, logged } = recordedLog();
  const calls: Call[] = [];
  const failed = new Map<string, number>();
  const invoke = async (event: unknown): Promise<Invocation> =>
    new Promise((resolve) => {
      const answer: Call['answer'] = (invocation = DONE) => resolve(invocation);
      calls.push({ atMs: clock.nowMs() - startMs, event, answer });
      if (answersAtOnce) answer();
    });
  const schedules = startSchedules({
    template,
    hosts: new Map([['Sweep', { invoke }]]),
    queues: { failed: (names = []) => names.reduce((sum, name) => sum + (failed.get(name) ?? 0), 0) },
    clock,
    log,
  });
  return { clock, calls, logged, schedules, failed };
}

describe('what the template calls at a rate', () => {
  test('empties a queue each minute, while something is in it', async () => {
    const { clock, calls, schedules, failed } = bench(DIRECT);
    await clock.advance(10 * MINUTE_MS);
    expect(calls).toEqual([]);
    failed.set('Failures', 3);
    await clock.advance(2 * MINUTE_MS);
    failed.set('Failures', 0);
    await clock.advance(10 * MINUTE_MS);
    expect(calls.map(({ atMs }) => atMs / MINUTE_MS)).toEqual([11, 12]);
    await clock.until(schedules.close(5_000));
  });

  test("is called with EventBridge's scheduled event", async () => {
    const { clock, calls, schedules, failed } = bench(DIRECT);
    failed.set('Failures', 1);
    await clock.advance(MINUTE_MS);
    expect(calls[0]?.event).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: '000000000000',
      time: '2026-11-23T12:01:00Z',
      region: 'us-east-1',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/Schedule'],
      detail: {},
    });
    await clock.until(schedules.close(5_000));
  });

  test('is called once at a time, however long it takes', async () => {
    const { clock, calls, schedules, failed } = bench(DIRECT, false);
    failed.set('Failures', 1);
    await clock.advance(20 * MINUTE_MS);
    expect(calls).toHaveLength(1);
    calls[0]?.answer();
    await clock.advance(MINUTE_MS);
    expect(calls).toHaveLength(2);
    calls[1]?.answer();
    await clock.until(schedules.close(5_000));
  });

  test('that fails is told, and called again when it is due', async () => {
    const { clock, calls, logged, schedules, failed } = bench(DIRECT, false);
    failed.set('Failures', 1);
    await clock.advance(MINUTE_MS);
    calls[0]?.answer({ ok: false, error: { name: 'Error', message: 'no queue' }, requestId: 'r' });
    await clock.advance(MINUTE_MS);
    expect(logged).toEqual([
      { level: 'warn', event: 'invocation-failed', fields: { function: 'Sweep', reason: 'no queue' } },
    ]);
    expect(calls).toHaveLength(2);
    calls[1]?.answer();
    await clock.until(schedules.close(5_000));
  });

  test('that empties nothing is called at its own rate', async () => {
    const { Schedule, Sweep } = {
      Sweep: { Type: 'AWS::Lambda::Function', Properties: RESOURCES.Bare.Properties },
      Schedule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          ScheduleExpression: 'rate(15 minutes)',
          Targets: [{ Id: 't', Arn: { 'Fn::GetAtt': ['Sweep', 'Arn'] } }],
        },
      },
    };
    const template = templateOf({ ...RESOURCES, Sweep, Schedule });
    expect(redriveFacts(template)).toBeUndefined();
    const { clock, calls, schedules } = bench(template);
    await clock.advance(35 * MINUTE_MS);
    expect(calls.map(({ atMs }) => atMs / MINUTE_MS)).toEqual([15, 30]);
    await clock.until(schedules.close(5_000));
  });

  test('is nothing without a schedule, and told of with one', () => {
    expect(redriveFacts(templateOf(RESOURCES))).toBeUndefined();
    expect(redriveFacts(DIRECT)).toEqual({ deployedMs: 900_000, hereMs: MINUTE_MS });
  });

  test('queues that cannot be read are told, and looked at again', async () => {
    const clock = drivenClock();
    const { log, logged } = recordedLog();
    const queues = {
      failed: (): number => {
        throw new Error('no disk');
      },
    };
    const schedules = startSchedules({ template: DIRECT, hosts: new Map(), queues, clock, log });
    await clock.advance(2 * MINUTE_MS);
    expect(logged.map(({ event }) => event)).toEqual(['queue-unusable', 'queue-unusable']);
    await clock.until(schedules.close(5_000));
  });
});

describe('a stop', () => {
  test('calls nothing more, and waits for the call that is under way', async () => {
    const { clock, calls, schedules, failed } = bench(DIRECT, false);
    failed.set('Failures', 1);
    await clock.advance(MINUTE_MS);
    let isClosed = false;
    const closing = schedules.close(5_000).then(() => {
      isClosed = true;
    });
    await clock.advance(4_999);
    expect(isClosed).toBe(false);
    calls[0]?.answer();
    await closing;
    await clock.advance(10 * MINUTE_MS);
    expect(calls).toHaveLength(1);
  });

  test('does not wait longer than its patience', async () => {
    const { clock, calls, schedules, failed } = bench(DIRECT, false);
    failed.set('Failures', 1);
    await clock.advance(MINUTE_MS);
    const closing = schedules.close(5_000);
    await clock.advance(5_000);
    await closing;
    calls[0]?.answer();
  });
});
