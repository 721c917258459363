/** The stop before a deploy that would take away what holds data. */
import { type ChangeSetPlace, deleteChangeSet, type Loss } from '../../cloud/change-set.ts';
import { messageOf } from '../../lambdas/aws/log.ts';
import { refused } from '../refused.ts';

export type Allowed = {
  /** `--replace`: logical ids that may go. */
  readonly replace: readonly string[];
  /** What was typed, without `--replace`. */
  readonly typed: string;
};

/** Throws, with the change set removed, when something would be lost that was not allowed by its name. */
export async function refuseLosses(
  place: ChangeSetPlace,
  all: readonly Loss[],
  { replace, typed }: Allowed,
): Promise<void> {
  const losses = all.filter(({ logicalId }) => !replace.includes(logicalId));
  if (losses.length === 0) return;
  const leftover = await deleteChangeSet(place).then(
    () => [],
    (error: unknown) => [
      `(${messageOf(error)}: the change set ${place.changeSetName} is still there; it does nothing, and the next deploy replaces it)`,
    ],
  );
  const flags = losses.map(({ logicalId }) => `--replace ${logicalId}`).join(' ');
  throw refused(
    [
      'this deploy would take away what holds data, so nothing was changed:',
      ...losses.map((loss) => `  ${told(loss)}`),
      'Undo the change of settings or of the template that does it, or save first what is in there (docs/operations.md).',
      ...leftover,
      `If it may go: ${typed} ${flags}`,
    ].join('\n'),
  );
}

function told({ logicalId, physicalId, what, how, because, isKept }: Loss): string {
  const reason =
    because.length === 0 ? '' : `, because ${because.join(' and ')} ${because.length === 1 ? 'changes' : 'change'}`;
  const then = isKept
    ? 'the old one stays in the account, but the stack no longer knows it'
    : 'the old one is deleted with all that is in it';
  return `${logicalId} (${what}; ${physicalId}) would be ${how}${reason}: ${then}`;
}
