/** The template's topic rules, parsed and wired to their functions. What this runtime cannot run is an error by name. */
import { AmphoraError } from '../lambdas/failures/amphora-error.ts';
import type { AsyncInvoke } from './async-invoke.ts';
import type { DeliveryRule } from './delivery.ts';
import { parseRule } from './rule-sql/parse.ts';
import type { TemplateRule } from './template.ts';

export function wireRules(
  rules: readonly TemplateRule[],
  invokeOf: (functionId: string) => AsyncInvoke | undefined,
): readonly DeliveryRule[] {
  return rules.map(({ name, sql, sqlVersion, functionIds }) => {
    const parsed = parseRule(sql, { awsIotSqlVersion: sqlVersion === '' ? undefined : sqlVersion });
    if (!parsed.ok) throw broken(`topic rule ${name}: ${parsed.reason}`);
    const invokes = functionIds.map((id) => {
      const invoke = invokeOf(id);
      if (invoke === undefined) throw broken(`topic rule ${name} calls a function that is not in the template: ${id}`);
      return invoke;
    });
    return { rule: parsed.rule, invokes };
  });
}

function broken(message: string): AmphoraError {
  return new AmphoraError('setting-invalid', message, { retry: false });
}
