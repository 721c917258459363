/**
 * What EventBridge does for the template: functions are called at their rates, each once at a time. One that empties queues is
 * called more often than on AWS, where a call costs, and only while there is something in them: its environment ends in between.
 */
import { randomUUID } from 'node:crypto';
import { messageOf } from '../lambdas/aws/log.ts';
import type { Clock } from './clock.ts';
import type { FunctionHost } from './function-host.ts';
import type { LocalLog } from './local-log.ts';
import type { RunQueues } from './queues-of-run.ts';
import { ACCOUNT, type LocalTemplate, REGION } from './template.ts';
import type { TemplateSchedule } from './template-schedules.ts';

export type Schedules = {
  /** Calls nothing more, and waits so long for the calls that are under way. */
  readonly close: (patienceMs: number) => Promise<void>;
};

export type SchedulesOptions = {
  readonly template: Pick<LocalTemplate, 'schedules' | 'functions' | 'queues' | 'mappings'>;
  readonly hosts: ReadonlyMap<string, Pick<FunctionHost, 'invoke'>>;
  readonly queues: Pick<RunQueues, 'failed'>;
  readonly clock: Clock;
  readonly log: LocalLog;
};

/** How often failed messages are tried again. */
export type RedriveFacts = { readonly deployedMs: number; readonly hereMs: number };

const REDRIVE_EVERY_MS = 60_000;

/** Undefined: the template has no schedule for it. */
export function redriveFacts(template: SchedulesOptions['template']): RedriveFacts | undefined {
  const found = callsOf(template).find(({ empties }) => empties.length > 0);
  return found === undefined ? undefined : { deployedMs: found.schedule.everyMs, hereMs: found.everyMs };
}

export function startSchedules({ template, hosts, queues, clock, log }: SchedulesOptions): Schedules {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function keep({ functionId, schedule, everyMs, empties }: Call): Promise<void> {
    for (;;) {
      await clock.wait(everyMs, signal);
      if (signal.aborted) return;
      const invocation = isDue(empties)
        ? await hosts.get(functionId)?.invoke(scheduledEvent(schedule, clock.nowMs()))
        : undefined;
      // The next one is the retry.
      if (invocation?.ok === false && !signal.aborted)
        log.warn('invocation-failed', { function: functionId, reason: invocation.error.message });
    }
  }

  // Queues that cannot be read now may be another time.
  function isDue(empties: readonly string[]): boolean {
    try {
      return empties.length === 0 || queues.failed(empties) > 0;
    } catch (error) {
      log.warn('queue-unusable', { reason: messageOf(error) });
      return false;
    }
  }

  const calls = Promise.all(callsOf(template).map(keep));
  return {
    close: async (patienceMs) => {
      stopping.abort();
      const enough = new AbortController();
      await Promise.race([calls, clock.wait(patienceMs, enough.signal)]);
      enough.abort();
    },
  };
}

type Call = {
  readonly schedule: TemplateSchedule;
  readonly functionId: string;
  readonly everyMs: number;
  /** Failure queues. */
  readonly empties: readonly string[];
};

function callsOf(template: SchedulesOptions['template']): readonly Call[] {
  return template.schedules.flatMap((schedule) =>
    schedule.functionIds.map((functionId) => {
      const empties = emptiedBy(functionId, template);
      const everyMs = empties.length === 0 ? schedule.everyMs : Math.min(schedule.everyMs, REDRIVE_EVERY_MS);
      return { schedule, functionId, everyMs, empties };
    }),
  );
}

/** The failure queues whose addresses the function is told: who does not fill one, and none does, empties it. */
function emptiedBy(
  functionId: string,
  { functions, queues, mappings }: SchedulesOptions['template'],
): readonly string[] {
  const { env = {} } = functions.find(({ logicalId }) => logicalId === functionId) ?? {};
  const told = new Set(Object.values(env).map((value) => value.split('/').at(-1)));
  return queues.flatMap(({ name }) =>
    told.has(name) && !mappings.some(({ queueId }) => queueId === name) ? [name] : [],
  );
}

/** "Scheduled events" of EventBridge. */
function scheduledEvent({ name }: TemplateSchedule, atMs: number) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT,
    time: new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: REGION,
    resources: [`arn:aws:events:${REGION}:${ACCOUNT}:rule/${name}`],
    detail: {},
  };
}
