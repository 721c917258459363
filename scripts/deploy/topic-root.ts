/** Two stacks on one topic root would both store every message: the second is not deployed. */
import { type TopicRootPlace, topicRootOwners } from '../../cloud/topic-root-owners.ts';
import { refused } from '../refused.ts';

/** Throws the sentence that names the rules and whose they are. */
export async function refuseTakenRoot(place: TopicRootPlace): Promise<void> {
  const owners = (await topicRootOwners(place)).filter(({ isDisabled }) => !isDisabled);
  if (owners.length === 0) return;
  const { topicRoot } = place;
  const stacks = [...new Set(owners.map(({ stackName }) => stackName ?? 'no stack of Amphora'))].join(', ');
  const rules = owners.map(({ ruleName, topicFilter }) => `${ruleName} ('${topicFilter}')`).join(', ');
  throw refused(
    `topics below '${topicRoot}' are heard already in this account and region: by ${rules}, of ${stacks}. Both would store every message. Give this stack a root of its own, as in -c topicRoot=${topicRoot}2, or remove the other: npm run destroy -- -c stackName=…`,
  );
}
