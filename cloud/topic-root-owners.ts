/** Which rules of an account listen below a topic root: topics are account-wide, and two stacks on one root store twice. */
import {
  GetTopicRuleCommand,
  IoTClient,
  ListTagsForResourceCommand,
  paginateListTopicRules,
  type TopicRuleListItem,
} from '@aws-sdk/client-iot';
import { asked } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';

export type TopicRootOwner = {
  readonly ruleName: string;
  /** As in `battery/+/telemetry`. */
  readonly topicFilter: string;
  /** A rule that is switched off hears nothing, until somebody switches it on. */
  readonly isDisabled: boolean;
  /** The stack that made it, by its tag or else by its name; undefined for a rule that no stack of ours would make. */
  readonly stackName?: string;
};

export type TopicRootPlace = {
  readonly topicRoot: string;
  /** Whose rules are left out. */
  readonly stackName: string;
  readonly region?: string;
};

/**
 * The rules of others whose filter begins with this very root. A rule on `#` or `+/…` hears everything and is somebody's
 * archive: it stores nothing twice.
 */
export async function topicRootOwners(place: TopicRootPlace): Promise<readonly TopicRootOwner[]> {
  const iot = new IoTClient(clientOptions(place.region));
  try {
    return await asked("list the account's topic rules", ownersIn(iot, place));
  } finally {
    iot.destroy();
  }
}

// Far below the 10000 that one page may have ("ListTopicRules"): few accounts have a second one.
const RULES_AT_ONCE = 250;

async function ownersIn(iot: IoTClient, { topicRoot, stackName }: TopicRootPlace): Promise<readonly TopicRootOwner[]> {
  const found: TopicRootOwner[] = [];
  for await (const page of paginateListTopicRules({ client: iot, pageSize: RULES_AT_ONCE }, {})) {
    for (const rule of page.rules ?? []) {
      const { ruleName = '' } = rule;
      const topicFilter = await filterOf(iot, rule);
      if (topicFilter.split('/')[0] !== topicRoot) continue;
      const owner = await ownerOf(iot, rule);
      if (owner === stackName) continue;
      found.push({
        ruleName,
        topicFilter,
        isDisabled: rule.ruleDisabled ?? false,
        ...(owner === undefined ? {} : { stackName: owner }),
      });
    }
  }
  return found;
}

async function filterOf(iot: IoTClient, { ruleName = '', topicPattern }: TopicRuleListItem): Promise<string> {
  if (topicPattern !== undefined && topicPattern !== '') return topicPattern;
  const { rule } = await iot.send(new GetTopicRuleCommand({ ruleName }));
  return filterOfSql(rule?.sql ?? '');
}

/** The filter in a rule's SQL; '' when it has none. */
export const filterOfSql = (sql: string): string => /\bFROM\s+'([^']*)'/i.exec(sql)?.[1] ?? '';

async function ownerOf(
  iot: IoTClient,
  { ruleArn = '', ruleName = '' }: TopicRuleListItem,
): Promise<string | undefined> {
  // Who may list rules need not be allowed to read tags; then the name tells.
  const { tags = [] } = await iot
    .send(new ListTagsForResourceCommand({ resourceArn: ruleArn }))
    .catch(() => ({ tags: undefined }));
  const tagged = tags.find(({ Key }) => Key === 'aws:cloudformation:stack-name')?.Value;
  // lib/telemetry-rule.ts: the stack's name with _ for -, and what the rule hears.
  return tagged ?? /^(.+)_(charge|discharge|telemetry)$/.exec(ruleName)?.[1]?.replaceAll('_', '-');
}
