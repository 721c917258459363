/** The template's topic rules, parsed and wired to their functions and queues. What this runtime cannot run is an error by name. */
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import type { AsyncInvoke } from './async-invoke.ts';
import type { DeliveryRule, Target } from './delivery.ts';
import { parseRule } from './rule-sql/parse.ts';
import type { TemplateRule } from './template.ts';

export type RuleTargets = {
  readonly invokeOf: (functionId: string) => AsyncInvoke | undefined;
  /** Puts what it gets into the queue. */
  readonly fillOf: (queueId: string) => AsyncInvoke | undefined;
  /** Of the functions that poll the queue. */
  readonly functionsBehind: (queueId: string) => readonly string[];
};

export function wireRules(
  rules: readonly TemplateRule[],
  { invokeOf, fillOf, functionsBehind }: RuleTargets,
): readonly DeliveryRule[] {
  return rules.map(({ name, sql, sqlVersion, functionIds, queueIds }) => {
    const parsed = parseRule(sql, { awsIotSqlVersion: sqlVersion === '' ? undefined : sqlVersion });
    if (!parsed.ok) throw broken(`topic rule ${name}: ${parsed.reason}`);
    const target = (id: string, invoke: AsyncInvoke | undefined, does: string): Target => {
      if (invoke === undefined) throw broken(`topic rule ${name} ${does} that is not in the template: ${id}`);
      return { name: `${name} ${id}`, invoke };
    };
    const calling = (id: string): Target => target(id, invokeOf(id), 'calls a function');
    const filling = (id: string): Target => target(id, fillOf(id), 'fills a queue');
    const functions = functionIds.map(calling);
    return {
      rule: parsed.rule,
      targets: [...functions, ...queueIds.map(filling)],
      unbuffered: [...functions, ...queueIds.flatMap(functionsBehind).map(calling)],
    };
  });
}

function broken(message: string): AmphoraError {
  return new AmphoraError('setting-invalid', message, { retry: false });
}
