/** The topic rules of a stack as they are now: somebody may have changed them by hand. */
import { GetTopicRuleCommand, IoTClient } from '@aws-sdk/client-iot';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';
import { filterOfSql } from './topic-root-owners.ts';

export type TopicRule = {
  readonly ruleName: string;
  readonly topicFilter: string;
  readonly isDisabled: boolean;
  /** Whether what the rule cannot hand on is kept somewhere. */
  readonly hasErrorAction: boolean;
};

/** Undefined in place of one that is not there. */
export async function topicRules(
  region: string,
  ruleNames: readonly string[],
): Promise<readonly (TopicRule | undefined)[]> {
  const iot = new IoTClient(clientOptions(region));
  try {
    const rules: (TopicRule | undefined)[] = [];
    for (const ruleName of ruleNames) {
      // "Access to topic rule … was denied" is what AWS says of one that is not there, too.
      const answer = iot
        .send(new GetTopicRuleCommand({ ruleName }))
        .catch((error: unknown) => (isUnauthorized(error) ? { rule: undefined } : Promise.reject(error)));
      const { rule } = await asked(`look at the rule ${ruleName}`, answer);
      rules.push(
        rule === undefined
          ? undefined
          : {
              ruleName,
              topicFilter: filterOfSql(rule.sql ?? ''),
              isDisabled: rule.ruleDisabled ?? false,
              hasErrorAction: rule.errorAction !== undefined,
            },
      );
    }
    return rules;
  } finally {
    iot.destroy();
  }
}

const isUnauthorized = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'UnauthorizedException';
