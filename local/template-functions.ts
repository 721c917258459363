/** The template's functions as they run here: how many environments each may have, and how rules call them. */
import { asyncInvoke } from './async-invoke.ts';
import { failedEvent } from './failure-record.ts';
import { type FunctionHost, functionHost } from './function-host.ts';
import type { LocalLog } from './local-log.ts';
import { functionEnv, type OverrideInput } from './overrides.ts';
import type { QuarantineFolder } from './quarantine-folder.ts';
import { wireRules } from './rules.ts';
import type { StoreChoice } from './store-choice.ts';
import type { LocalTemplate, TemplateFunction } from './template.ts';

// Callers of HTTP functions wait, so more environments start soon.
const HTTP_FUNCTION = { groupSize: 1, maxEnvironments: 4, patienceMs: 25, maxQueued: 1_000 } as const;
const RULE_FUNCTION = {
  // SQLite lets one thread write at a time: a second writer only costs, and starts when the first one hangs.
  sqlite: { groupSize: 64, maxEnvironments: 2, patienceMs: 2_000 },
  // These wait for the network, and so do better beside each other. Measured with the database 10 ms away: 135 messages a
  // second with two, 253 with four, 470 with eight, each of 15 MB; with one on the same machine all do alike.
  influxdb: { groupSize: 8, maxEnvironments: 4, patienceMs: 100 },
} as const;
/** At most, of a function called over HTTP and of one that rules call. */
export const environmentsOf = (store: StoreChoice['kind']): readonly [number, number] => [
  HTTP_FUNCTION.maxEnvironments,
  RULE_FUNCTION[store].maxEnvironments,
];
export function hostOf(
  one: TemplateFunction,
  template: LocalTemplate,
  input: OverrideInput,
  log: LocalLog,
): FunctionHost {
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
    ...(isRuleFunction ? RULE_FUNCTION[input.store.kind] : HTTP_FUNCTION),
  });
}

type RuleOptions = {
  readonly retryDelaysMs: readonly [number, number];
  readonly log: LocalLog;
  readonly nowMs: () => number;
};

export function rulesOf(
  template: LocalTemplate,
  hosts: ReadonlyMap<string, FunctionHost>,
  quarantine: Pick<QuarantineFolder, 'put'>,
  { retryDelaysMs, log, nowMs }: RuleOptions,
  signal: AbortSignal,
): ReturnType<typeof wireRules> {
  return wireRules(template.rules, (functionId) => {
    const host = hosts.get(functionId);
    const retries = template.retriesByFunctionId.get(functionId) ?? {
      retries: 2,
      maxAgeMs: 21_600_000,
      onFailureQueueId: undefined,
    };
    const onFailure = async (event: unknown, reason: string): Promise<void> => {
      if (retries.onFailureQueueId === undefined) log.warn('event-dropped', { function: functionId, reason });
      else await quarantine.put(failedEvent(event, reason));
    };
    return host === undefined
      ? undefined
      : asyncInvoke({ name: functionId, host, retries, retryDelaysMs, onFailure, log, signal, nowMs });
  });
}
