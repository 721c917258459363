/** What a change set would take away of what holds data. CloudFormation's word is the truth of it: a diff only guesses. */
import {
  CloudFormationClient,
  DeleteChangeSetCommand,
  paginateDescribeChangeSet,
  type ResourceChange,
} from '@aws-sdk/client-cloudformation';
import { asked, isNotFound } from './aws-problem.ts';
import { clientOptions } from './client-options.ts';
import type { StackPlace } from './deployed-stack.ts';

export type ChangeSetPlace = StackPlace & { readonly changeSetName: string };

export type Loss = {
  readonly logicalId: string;
  readonly physicalId: string;
  /** As a person calls it. */
  readonly what: string;
  readonly how: 'removed' | 'replaced' | 'perhaps replaced';
  /** The properties whose change makes it so; none for what is removed. */
  readonly because: readonly string[];
  /** Whether the old one stays in the account with what it holds, though the stack forgets it. */
  readonly isKept: boolean;
};

/** What holds something that nobody can make again. */
const HOLDERS: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'a queue, with the messages in it',
  'AWS::Cognito::UserPool': 'the user pool, with its users',
  'AWS::SecretsManager::Secret': 'a secret, with its value',
  'AWS::S3::Bucket': 'a bucket, with its files',
  'AWS::IoT::Policy': 'a device policy, with the certificates attached to it',
};

/** One of a type, as a person calls it; undefined for what can be made again at any time. */
export const holderName = (type: string): string | undefined => HOLDERS[type];

export type ChangeSet = {
  /** Nothing would change. */
  readonly isEmpty: boolean;
  readonly losses: readonly Loss[];
};

export async function changeSet(place: ChangeSetPlace): Promise<ChangeSet> {
  try {
    return await withClient(place, (client) => described(client, place));
  } catch (error) {
    // `cdk` removes one that changes nothing.
    if (isNotFound(error)) return { isEmpty: true, losses: [] };
    throw error;
  }
}

async function described(client: CloudFormationClient, place: ChangeSetPlace): Promise<ChangeSet> {
  const losses: Loss[] = [];
  const question = { StackName: place.stackName, ChangeSetName: place.changeSetName };
  for await (const { Status, Changes = [] } of paginateDescribeChangeSet({ client }, question)) {
    // Its only way to fail that `cdk` lets pass. One that changes outputs alone has no changes either, and is none of these.
    if (Status === 'FAILED') return { isEmpty: true, losses: [] };
    losses.push(...Changes.flatMap(({ ResourceChange: change }) => (change === undefined ? [] : lossesOf(change))));
  }
  return { isEmpty: false, losses };
}

export async function deleteChangeSet(place: ChangeSetPlace): Promise<void> {
  const command = new DeleteChangeSetCommand({ StackName: place.stackName, ChangeSetName: place.changeSetName });
  await withClient(place, (client) => client.send(command));
}

function lossesOf(change: ResourceChange): readonly Loss[] {
  const { ResourceType: type = '' } = change;
  const how = howOf(change);
  const isKept = /Retain|Snapshot/.test(change.PolicyAction ?? '');
  // What the stack retains holds something, or it would not: also a type that nobody thought of above.
  const what = holderName(type) ?? (isKept ? `a resource of type ${type}` : undefined);
  if (what === undefined || how === undefined) return [];
  // A bucket that goes with its stack holds only what is built again: lib/dashboard-site.ts.
  if (type === 'AWS::S3::Bucket' && !isKept) return [];
  const { LogicalResourceId: logicalId = '', PhysicalResourceId: physicalId = '' } = change;
  return [{ logicalId, physicalId, what, how, because: how === 'removed' ? [] : reasonsOf(change), isKept }];
}

function howOf({ Action, Replacement }: ResourceChange): Loss['how'] | undefined {
  if (Action === 'Remove') return 'removed';
  if (Replacement === 'True') return 'replaced';
  return Replacement === 'Conditional' ? 'perhaps replaced' : undefined;
}

function reasonsOf({ Details = [] }: ResourceChange): readonly string[] {
  const names = Details.filter(({ Target }) => Target?.RequiresRecreation !== 'Never').map(
    ({ Target }) => Target?.Name ?? Target?.Attribute ?? '',
  );
  return [...new Set(names)].filter((name) => name !== '');
}

async function withClient<T>(
  { region }: ChangeSetPlace,
  ask: (client: CloudFormationClient) => Promise<T>,
): Promise<T> {
  const client = new CloudFormationClient(clientOptions(region));
  try {
    return await asked('work out what this deploy would change', ask(client));
  } finally {
    client.destroy();
  }
}
