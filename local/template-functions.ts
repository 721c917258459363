/** The template's functions as they run here: how many environments each may have, and how rules call them. */
import { availableParallelism } from 'node:os';
import { parseEnvelope } from '../lambdas/telemetry/envelope.ts';
import { type AsyncInvoke, type AsyncInvokeOptions, asyncInvoke } from './async-invoke.ts';
import type { Clock } from './clock.ts';
import { failureRecord } from './failure-record.ts';
import { type FunctionHost, functionHost } from './function-host.ts';
import type { IngestBuffer } from './ingest-buffer.ts';
import type { LocalLog } from './local-log.ts';
import { functionEnv, type OverrideInput } from './overrides.ts';
import type { RunQueues } from './queues-of-run.ts';
import { wireRules } from './rules.ts';
import type { StoreChoice } from './store-choice.ts';
import type { LocalTemplate, TemplateFunction } from './template.ts';

// Callers of HTTP functions wait, so more environments start soon. Those that wait for InfluxDB do so beside each other; the
// others have work to do all the time, and each more of them than there are processors is another one that V8 has yet to
// compile: on two, four took a tenth more of them for a POST than two.
const HTTP_FUNCTION = { groupSize: 1, patienceMs: 25, maxQueued: 1_000 } as const;
const MAX_WAITING = 4;
const MAX_WORKING = Math.max(2, Math.min(MAX_WAITING, availableParallelism()));
const RULE_FUNCTION = {
  // SQLite lets one thread write at a time: a second writer only costs, and starts when the first one hangs.
  sqlite: { groupSize: 64, maxEnvironments: 2, patienceMs: 2_000 },
  // These wait for the network and the database's disk, and so do better beside each other. Measured with the database 10 ms
  // away: 135 messages a second with two, 253 with four, 470 with eight, each of 15 MB; beside it on two cores and a disk of
  // 5 ms 530 with four and 720 with eight, on one of 0.25 ms 850 and 710.
  influxdb: { groupSize: 8, maxEnvironments: 8, patienceMs: 100 },
} as const;
/** At most, of a function called over HTTP and of one that rules call, or a queue. */
export const environmentsOf = (
  store: StoreChoice['kind'],
  { mappings }: Pick<LocalTemplate, 'mappings'>,
): readonly [number, number] => [
  store === 'influxdb' ? MAX_WAITING : MAX_WORKING,
  mappings[0]?.settings.maxConcurrency ?? RULE_FUNCTION[store].maxEnvironments,
];
/** Of one that is handed batches: each alone, for their poller already has as many under way as it may. */
const batchFunction = (maxEnvironments: number, store: StoreChoice['kind']) =>
  ({ groupSize: 1, maxEnvironments, patienceMs: RULE_FUNCTION[store].patienceMs }) as const;

/** The most batches that the template lets a function have at a time; undefined: no queue feeds it. */
export const batchesAtOnce = ({ mappings }: Pick<LocalTemplate, 'mappings'>, functionId: string): number | undefined =>
  mappings.find((mapping) => mapping.functionId === functionId)?.settings.maxConcurrency;

export function hostOf(
  one: TemplateFunction,
  template: LocalTemplate,
  input: OverrideInput,
  log: LocalLog,
): FunctionHost {
  const batches = batchesAtOnce(template, one.logicalId);
  const isRuleFunction = template.rules.some(({ functionIds }) => functionIds.includes(one.logicalId));
  return functionHost({
    definition: {
      ...one,
      name: one.logicalId,
      // Read when an environment starts, which for who must know the page's address is after there is one.
      get env() {
        return functionEnv(one.env, input);
      },
    },
    log,
    ...(batches !== undefined
      ? batchFunction(batches, input.store.kind)
      : isRuleFunction
        ? RULE_FUNCTION[input.store.kind]
        : { ...HTTP_FUNCTION, maxEnvironments: asksInfluxdb(one, input.store.kind) ? MAX_WAITING : MAX_WORKING }),
  });
}

// The template tells of the token only those that ask the database.
const asksInfluxdb = ({ env }: TemplateFunction, store: StoreChoice['kind']): boolean =>
  store === 'influxdb' && env['INFLUX_TOKEN_SECRET'] !== undefined;

type RuleOptions = {
  readonly retryDelaysMs: readonly [number, number];
  readonly log: LocalLog;
  readonly clock: Clock;
  readonly queues: Pick<RunQueues, 'find'>;
  readonly buffer: Pick<IngestBuffer, 'fillOf'>;
  /** Of the simulated battery, which may be lost: out of a queue it could come back after it was removed. */
  readonly demoClientId: string;
};

export function rulesOf(
  template: LocalTemplate,
  hosts: ReadonlyMap<string, FunctionHost>,
  { retryDelaysMs, log, clock, queues, buffer, demoClientId }: RuleOptions,
  signal: AbortSignal,
): ReturnType<typeof wireRules> {
  const invokeOf = (functionId: string): AsyncInvoke | undefined => {
    const host = hosts.get(functionId);
    const retries = template.retriesByFunctionId.get(functionId) ?? {
      retries: 2,
      maxAgeMs: 21_600_000,
      onFailureQueueId: undefined,
    };
    const { arn = functionId } = template.functions.find(({ logicalId }) => logicalId === functionId) ?? {};
    const onFailure: AsyncInvokeOptions['onFailure'] = async (event, failed) => {
      const { onFailureQueueId: queueId } = retries;
      const isKept = queueId !== undefined && parseEnvelope(event)?.clientId !== demoClientId;
      const queue = isKept ? queues.find(queueId) : undefined;
      if (queue === undefined) log.warn('event-dropped', { function: functionId, reason: failed.error.message });
      else await queue.send(JSON.stringify(failureRecord(event, failed, arn, clock.nowMs())));
    };
    return host === undefined
      ? undefined
      : asyncInvoke({ name: functionId, host, retries, retryDelaysMs, onFailure, log, signal, clock });
  };
  return wireRules(template.rules, {
    invokeOf,
    fillOf: (queueId) => buffer.fillOf(queueId),
    functionsBehind: (id) =>
      template.mappings.flatMap(({ queueId, functionId }) => (queueId === id ? [functionId] : [])),
  });
}
