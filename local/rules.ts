/** The template's topic rules, parsed and wired to their functions and queues. What this runtime cannot run is an error by name. */
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import type { AsyncInvoke } from './async-invoke.ts';
import type { DeliveryRule } from './delivery.ts';
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
    const invoking = (id: string): AsyncInvoke => {
      const invoke = invokeOf(id);
      if (invoke === undefined) throw broken(`topic rule ${name} calls a function that is not in the template: ${id}`);
      return invoke;
    };
    const filling = (id: string): AsyncInvoke => {
      const fill = fillOf(id);
      if (fill === undefined) throw broken(`topic rule ${name} fills a queue that is not in the template: ${id}`);
      return fill;
    };
    const invokes = functionIds.map(invoking);
    return {
      rule: parsed.rule,
      invokes: [...invokes, ...queueIds.map(filling)],
      unbuffered: [...invokes, ...queueIds.flatMap(functionsBehind).map(invoking)],
    };
  });
}

function broken(message: string): AmphoraError {
  return new AmphoraError('setting-invalid', message, { retry: false });
}
